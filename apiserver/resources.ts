import type { ApiObject } from './objects.js';

/** What the server knows of a resource: where it is served, and by which rules it is written. */
export interface Resource {
  /** `''` for the core group. */
  readonly group: string;
  /** All served versions; the first is the preferred one. */
  readonly versions: readonly string[];
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** `status` is written through a subresource only. */
  readonly status: boolean;
  /** `metadata.generation` counts the changes of what is neither metadata nor status. */
  readonly generation: boolean;
  /** What field selectors may name, besides metadata.name and metadata.namespace. */
  readonly fields: readonly string[];
  /** Of a CustomResourceDefinition. Its lists, frames and updates differ a little from those of the built-in kinds. */
  readonly custom: boolean;
}

export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `pods`, `widgets.example.com` */
export function idOf({ group, plural }: { readonly group: string; readonly plural: string }): string {
  return group === '' ? plural : `${plural}.${group}`;
}

type Row = readonly [
  apiVersion: string,
  plural: string,
  kind: string,
  shortName?: string | undefined,
  more?: Partial<Pick<Resource, 'namespaced' | 'status' | 'generation' | 'fields' | 'categories'>>,
];

const CLUSTER = { namespaced: false } as const;
const WITH_STATUS = { status: true, generation: true } as const;
const WORKLOAD = { ...WITH_STATUS, categories: ['all'] } as const;

/** What is served from the start. The fields that can be selected by are those of kube-apiserver 1.37. */
const ROWS: readonly Row[] = [
  ['v1', 'configmaps', 'ConfigMap', 'cm'],
  ['v1', 'endpoints', 'Endpoints', 'ep'],
  ['v1', 'events', 'Event', 'ev', { fields: ['type', 'reason', 'source', 'reportingComponent', 'involvedObject.kind', 'involvedObject.namespace', 'involvedObject.name', 'involvedObject.uid', 'involvedObject.apiVersion', 'involvedObject.resourceVersion', 'involvedObject.fieldPath'] }],
  ['v1', 'limitranges', 'LimitRange', 'limits'],
  ['v1', 'namespaces', 'Namespace', 'ns', { ...CLUSTER, status: true, fields: ['status.phase'] }],
  ['v1', 'nodes', 'Node', 'no', { ...CLUSTER, status: true, fields: ['spec.unschedulable'] }],
  ['v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', 'pvc', { status: true }],
  ['v1', 'persistentvolumes', 'PersistentVolume', 'pv', { ...CLUSTER, status: true }],
  ['v1', 'pods', 'Pod', 'po', { ...WORKLOAD, fields: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'spec.hostNetwork', 'status.phase', 'status.podIP', 'status.nominatedNodeName'] }],
  ['v1', 'replicationcontrollers', 'ReplicationController', 'rc', { ...WORKLOAD, fields: ['status.replicas'] }],
  ['v1', 'resourcequotas', 'ResourceQuota', 'quota', { status: true }],
  ['v1', 'secrets', 'Secret', undefined, { fields: ['type'] }],
  ['v1', 'serviceaccounts', 'ServiceAccount', 'sa'],
  ['v1', 'services', 'Service', 'svc', { status: true, categories: ['all'], fields: ['spec.clusterIP', 'spec.type'] }],
  ['apps/v1', 'controllerrevisions', 'ControllerRevision'],
  ['apps/v1', 'daemonsets', 'DaemonSet', 'ds', WORKLOAD],
  ['apps/v1', 'deployments', 'Deployment', 'deploy', WORKLOAD],
  ['apps/v1', 'replicasets', 'ReplicaSet', 'rs', { ...WORKLOAD, fields: ['status.replicas'] }],
  ['apps/v1', 'statefulsets', 'StatefulSet', 'sts', WORKLOAD],
  ['autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'hpa', { status: true, categories: ['all'] }],
  ['batch/v1', 'cronjobs', 'CronJob', 'cj', WORKLOAD],
  ['batch/v1', 'jobs', 'Job', undefined, { ...WORKLOAD, fields: ['status.successful'] }],
  ['coordination.k8s.io/v1', 'leases', 'Lease'],
  ['discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice'],
  ['networking.k8s.io/v1', 'ingresses', 'Ingress', 'ing', WITH_STATUS],
  ['networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy', 'netpol', { generation: true }],
  ['policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', 'pdb', WITH_STATUS],
  ['rbac.authorization.k8s.io/v1', 'clusterrolebindings', 'ClusterRoleBinding', undefined, CLUSTER],
  ['rbac.authorization.k8s.io/v1', 'clusterroles', 'ClusterRole', undefined, CLUSTER],
  ['rbac.authorization.k8s.io/v1', 'rolebindings', 'RoleBinding'],
  ['rbac.authorization.k8s.io/v1', 'roles', 'Role'],
  ['scheduling.k8s.io/v1', 'priorityclasses', 'PriorityClass', 'pc', CLUSTER],
  ['storage.k8s.io/v1', 'storageclasses', 'StorageClass', 'sc', CLUSTER],
  ['apiextensions.k8s.io/v1', 'customresourcedefinitions', 'CustomResourceDefinition', 'crd', { ...CLUSTER, ...WITH_STATUS }],
]; // prettier-ignore

export const NAMESPACES = 'namespaces';
export const DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';

export const BUILT_IN: readonly Resource[] = ROWS.map(([apiVersion, plural, kind, shortName, more = {}]) => {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return {
    group: group ?? '',
    versions: [version ?? ''],
    plural,
    singular: kind.toLowerCase(),
    kind,
    listKind: `${kind}List`,
    shortNames: shortName === undefined ? [] : [shortName],
    namespaced: true,
    status: false,
    generation: false,
    fields: [],
    categories: [],
    ...more,
    custom: false,
  };
});

/** As much of a CustomResourceDefinition as is served. */
interface Definition extends ApiObject {
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: {
      readonly plural: string;
      readonly kind: string;
      readonly singular?: string;
      readonly listKind?: string;
      readonly shortNames?: readonly string[];
      readonly categories?: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly subresources?: { readonly status?: unknown };
      readonly selectableFields?: readonly { readonly jsonPath: string }[];
    }[];
  };
}

/** @throws TypeError when parts are missing */
export function customResource(definition: ApiObject): Resource {
  const { group, scope, names, versions } = (definition as Definition).spec;
  const served = versions.filter((version) => version.served);
  return {
    group,
    versions: served.map(({ name }) => name),
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    status: served.some(({ subresources }) => subresources?.status !== undefined),
    generation: true,
    fields: served.flatMap(({ selectableFields = [] }) =>
      selectableFields.map(({ jsonPath }) => jsonPath.replace(/^\./, '')),
    ),
    custom: true,
  };
}

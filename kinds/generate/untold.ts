import type { Schema } from './api.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const CRD = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

/**
 * Fields that a server sends as `null`, which its OpenAPI does not say. In Go they have no value, and no `omitzero`: an empty list, a
 * nil pointer, a time that nobody has set. `test/real/kinds.spec.ts` has a real server send each of them.
 */
const NULL: Readonly<Record<string, readonly string[]>> = {
  // Lists that may be empty. Where validation demands an element the list is always one.
  [`${CRD}.CustomResourceDefinitionStatus`]: ['conditions'],
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus': ['currentMetrics'],
  'io.k8s.api.batch.v1.PodFailurePolicy': ['rules'],
  'io.k8s.api.core.v1.ContainerImage': ['names'],
  'io.k8s.api.core.v1.LimitRangeSpec': ['limits'],
  'io.k8s.api.core.v1.ProjectedVolumeSource': ['sources'],
  'io.k8s.api.discovery.v1.EndpointSlice': ['endpoints', 'ports'],
  'io.k8s.api.flowcontrol.v1.ResourcePolicyRule': ['namespaces'],
  'io.k8s.api.rbac.v1.ClusterRole': ['rules'],
  'io.k8s.api.rbac.v1.Role': ['rules'],
  'io.k8s.api.resource.v1.AllocatedDeviceStatus': ['conditions'],
  'io.k8s.api.resource.v1.DeviceClaim': ['requests'],
  'io.k8s.api.storage.v1.CSINodeDriver': ['topologyKeys'],
  'io.k8s.api.storage.v1.CSINodeSpec': ['drivers'],
  // Pointers. The API group of what is in the core group is one.
  'io.k8s.api.core.v1.AzureFilePersistentVolumeSource': ['secretNamespace'],
  'io.k8s.api.core.v1.TypedLocalObjectReference': ['apiGroup'],
  'io.k8s.api.core.v1.TypedObjectReference': ['apiGroup'],
  'io.k8s.api.resource.v1.CapacityRequestPolicy': ['default'],
  // Times. Whoever writes a status may leave them out: kubelets do so with `lastProbeTime`, recorders of events with half of theirs.
  [`${META}.Condition`]: ['lastTransitionTime'],
  [`${CRD}.CustomResourceDefinitionCondition`]: ['lastTransitionTime'],
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceCondition': ['lastTransitionTime'],
  'io.k8s.api.apps.v1.DaemonSetCondition': ['lastTransitionTime'],
  'io.k8s.api.apps.v1.DeploymentCondition': ['lastTransitionTime', 'lastUpdateTime'],
  'io.k8s.api.apps.v1.ReplicaSetCondition': ['lastTransitionTime'],
  'io.k8s.api.apps.v1.StatefulSetCondition': ['lastTransitionTime'],
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition': ['lastTransitionTime'],
  'io.k8s.api.batch.v1.JobCondition': ['lastProbeTime', 'lastTransitionTime'],
  'io.k8s.api.core.v1.ContainerStateRunning': ['startedAt'],
  'io.k8s.api.core.v1.ContainerStateTerminated': ['finishedAt', 'startedAt'],
  'io.k8s.api.core.v1.Event': ['eventTime', 'firstTimestamp', 'lastTimestamp'],
  'io.k8s.api.core.v1.EventSeries': ['lastObservedTime'],
  'io.k8s.api.core.v1.NamespaceCondition': ['lastTransitionTime'],
  'io.k8s.api.core.v1.NodeCondition': ['lastHeartbeatTime', 'lastTransitionTime'],
  'io.k8s.api.core.v1.PersistentVolumeClaimCondition': ['lastProbeTime', 'lastTransitionTime'],
  'io.k8s.api.core.v1.PodCondition': ['lastProbeTime', 'lastTransitionTime'],
  'io.k8s.api.core.v1.PodVolumeHealth': ['lastTransitionTime'],
  'io.k8s.api.core.v1.ReplicationControllerCondition': ['lastTransitionTime'],
  'io.k8s.api.core.v1.VolumeHealthStatus': ['lastTransitionTime'],
  'io.k8s.api.events.v1.Event': ['deprecatedFirstTimestamp', 'deprecatedLastTimestamp', 'eventTime'],
  'io.k8s.api.events.v1.EventSeries': ['lastObservedTime'],
  'io.k8s.api.flowcontrol.v1.FlowSchemaCondition': ['lastTransitionTime'],
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationCondition': ['lastTransitionTime'],
  'io.k8s.api.storage.v1.StorageHealthCondition': ['lastTransitionTime'],
  'io.k8s.api.storage.v1.VolumeError': ['time'],
};

/** Types that write their own JSON. Of those of CustomResourceDefinitions OpenAPI has a description and nothing else. */
const TYPES: Readonly<Record<string, string>> = {
  // A server takes a number, too, and sends text.
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'string',
  [`${CRD}.JSON`]: 'unknown',
  [`${CRD}.JSONSchemaPropsOrArray`]: 'JSONSchemaProps | JSONSchemaProps[]',
  [`${CRD}.JSONSchemaPropsOrBool`]: 'JSONSchemaProps | boolean',
  [`${CRD}.JSONSchemaPropsOrStringArray`]: 'JSONSchemaProps | string[]',
};

/** The schemas, with what they do not say themselves. */
export function completed(schemas: ReadonlyMap<string, Schema>): Map<string, Schema> {
  const complete = new Map(schemas);
  const change = (name: string, changed: (schema: Schema) => Schema): void => {
    const schema = schemas.get(name);
    if (schema === undefined) throw new Error(`${name} is described nowhere any more`);
    complete.set(name, changed(schema));
  };
  for (const [name, tsType] of Object.entries(TYPES)) change(name, ({ description }) => ({ description, tsType }));
  for (const [name, fields] of Object.entries(NULL)) {
    change(name, (schema) => ({ ...schema, properties: { ...schema.properties, ...nullable(name, schema, fields) } }));
  }
  return complete;
}

function nullable(name: string, { properties = {} }: Schema, fields: readonly string[]): Record<string, Schema> {
  return Object.fromEntries(
    fields.map((field) => {
      const property = properties[field];
      if (property === undefined) throw new Error(`${name} has no field ${field} any more`);
      return [field, { ...property, nullable: true }];
    }),
  );
}

// Generated from what kube-apiserver says of itself, by `npm run generate`. Not to be edited.
/**
 * The kinds that kube-apiserver v1.37.2 can watch. Each is a descriptor and, under the same name, the type of its objects.
 *
 * ```ts
 * import { appliedObjects, watch$ } from 'rxkube';
 * import { Pod } from 'rxkube/kinds';
 * import type { Container } from 'rxkube/kinds/core/v1';
 * import { connect } from 'rxkube/node';
 *
 * const imageOf = ({ image = 'none' }: Container): string => image;
 *
 * watch$(connect().resource(Pod, { namespace: 'shop' }))
 *   .pipe(appliedObjects())
 *   .subscribe((pod) => console.log(pod.metadata.name, pod.spec?.containers.map(imageOf)));
 * ```
 *
 * Objects are as the server sends them, and readonly: times and quantities are text, and some fields are `null` where nothing is set.
 * Each kind is of the version that the server prefers. Its parts, other versions and the Event of `events.k8s.io` are in a module for
 * each group and version, such as `rxkube/kinds/autoscaling/v1`. The types are those of v1.37.2: an older server may lack a field, and
 * a newer one have more. What is not here, custom resources above all, is described with `customResource` of `rxkube`.
 *
 * @packageDocumentation
 */
export {
  ConfigMap,
  Endpoints,
  Event,
  LimitRange,
  Namespace,
  Node,
  PersistentVolumeClaim,
  PersistentVolume,
  Pod,
  PodTemplate,
  ReplicationController,
  ResourceQuota,
  Secret,
  ServiceAccount,
  Service,
} from './core/v1.js';
export { APIService } from './apiregistration.k8s.io/v1.js';
export { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from './apps/v1.js';
export { HorizontalPodAutoscaler } from './autoscaling/v2.js';
export { CronJob, Job } from './batch/v1.js';
export { CertificateSigningRequest, ClusterTrustBundle, PodCertificateRequest } from './certificates.k8s.io/v1.js';
export { IngressClass, Ingress, IPAddress, NetworkPolicy, ServiceCIDR } from './networking.k8s.io/v1.js';
export { PodDisruptionBudget } from './policy/v1.js';
export { ClusterRoleBinding, ClusterRole, RoleBinding, Role } from './rbac.authorization.k8s.io/v1.js';
export {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from './storage.k8s.io/v1.js';
export {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from './admissionregistration.k8s.io/v1.js';
export { CustomResourceDefinition } from './apiextensions.k8s.io/v1.js';
export { PriorityClass } from './scheduling.k8s.io/v1.js';
export { Lease } from './coordination.k8s.io/v1.js';
export { RuntimeClass } from './node.k8s.io/v1.js';
export { EndpointSlice } from './discovery.k8s.io/v1.js';
export {
  DeviceClass,
  DeviceTaintRule,
  ResourceClaim,
  ResourceClaimTemplate,
  ResourceSlice,
} from './resource.k8s.io/v1.js';
export { FlowSchema, PriorityLevelConfiguration } from './flowcontrol.apiserver.k8s.io/v1.js';
export { StorageVersionMigration } from './storagemigration.k8s.io/v1.js';
export type { NamespacedObjectMeta, ServedObjectMeta } from './metadata.js';

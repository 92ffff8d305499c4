// Generated from what kube-apiserver says of itself, by `npm run generate`. Not to be edited.
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

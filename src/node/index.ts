/**
 * Reaches clusters from Node: kubeconfigs with contexts, certificates, tokens, exec plug-ins and proxies, and one pool of HTTP/2
 * connections a cluster.
 *
 * @packageDocumentation
 */

export { asModels } from './as-models.js';
export type { ModelClass, ModelName, ModelOf } from './as-models.js';
export { connect } from './connect.js';
export type { ClusterLike, KubeConfigLike, UserLike } from './kube-config-like.js';
export type { ConnectOptions } from './read-config.js';

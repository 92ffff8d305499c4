export { connect } from './connect.js';
export type { ClusterLike, KubeConfigLike, UserLike } from './kube-config-like.js';
export type { ConnectOptions } from './read-config.js';

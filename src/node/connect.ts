import { createCluster, type Cluster } from '../cluster.js';
import { nodeClient } from './client.js';
import { readConfig, type ConnectOptions } from './read-config.js';

/**
 * Connects to a cluster from Node, with all that a kubeconfig can say: contexts, tokens and token files, client certificates, exec
 * plug-ins, `oidc`, proxies, `tls-server-name`, impersonation.
 *
 * ```ts
 * import { appliedObjects, watch$ } from 'rxkube';
 * import { Pod } from 'rxkube/kinds';
 * import { connect } from 'rxkube/node';
 *
 * const cluster = connect({ context: 'production' });
 * watch$(cluster.resource(Pod, { namespace: 'default' }))
 *   .pipe(appliedObjects())
 *   .subscribe((pod) => console.log(pod.metadata.name));
 * ```
 *
 * Nothing is opened before the first request, and what is not used for 5 s is closed, so there is nothing to close and a process that
 * watches nothing can end. Watches share HTTP/2 connections, 95 on each; over HTTP/1.1 each has its own.
 *
 * - **Credentials** are looked at for every request: token files and certificates are read anew, exec plug-ins run when what they said
 *   has expired or was refused. What cannot be obtained is a failure of kind `credentials`, which the watch recovers from.
 * - **A dead path** is noticed within 45 s over HTTP/2: after 30 s without a byte the server is asked for its version on the same
 *   connection, and all watches on it fail at once if there is no answer within 10 s. Over HTTP/1.1, and on a connection that the server
 *   is about to close, there is only TCP keepalive, which notices a peer that no longer acknowledges within 25 s.
 * - **Proxies**: the `proxy-url` of the kubeconfig, else HTTPS_PROXY, HTTP_PROXY and NO_PROXY: http, https and socks5.
 *
 * @param options which cluster; by default what kubectl would use, or the cluster that the pod runs in.
 * @returns the cluster; a `KubeConfig` that is changed afterwards does not change it.
 * @throws TypeError, RangeError or Error, at once, when the configuration cannot work: an unknown context, a file that is not there …
 */
export function connect(options: ConnectOptions = {}): Cluster {
  return createCluster(nodeClient(readConfig(options)));
}

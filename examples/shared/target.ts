import type { Cluster } from 'rxkube';
import { connect } from 'rxkube/node';
import { startEmbedded, type Embedded } from '../demo/embedded.ts';

export interface TargetOptions {
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

export interface Target extends AsyncDisposable {
  readonly cluster: Cluster;
  /** Given where the cluster is made up. */
  readonly embedded: Embedded | undefined;
}

/** The cluster that the options name, or a server in this process. @throws what is wrong with them */
export async function openTarget({ context, kubeconfig }: TargetOptions): Promise<Target> {
  if (context !== undefined || kubeconfig !== undefined) {
    const cluster = connect({ context, kubeconfig });
    return { cluster, embedded: undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const embedded = await startEmbedded();
  const cluster = connect({ kubeconfig: embedded.server.kubeconfigPath });
  return { cluster, embedded, [Symbol.asyncDispose]: () => embedded[Symbol.asyncDispose]() };
}

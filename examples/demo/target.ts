import { customResource, type Kind } from 'rxkube';
import { connect } from 'rxkube/node';
import { startEmbedded } from './embedded.ts';
import type { Demo } from './run.ts';

export interface TargetOptions {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

export type Target = Pick<Demo, 'cluster' | 'kind' | 'namespace' | 'place' | 'embedded'> & AsyncDisposable;

/** What is to be shown: the cluster that the options name, or a server in this process. @throws what is wrong with them */
export async function chooseTarget({ kind, namespace, context, kubeconfig }: TargetOptions): Promise<Target> {
  if (context !== undefined || kubeconfig !== undefined) {
    const cluster = connect({ context, kubeconfig });
    // This also finds out whether anybody is there: a watch would wait for ever.
    const found = await lookUp(kind, kubeconfig, context);
    const place = context === undefined ? cluster.id : `context ${context}`;
    return { cluster, kind: found, namespace, place, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  await using stack = new AsyncDisposableStack();
  const embedded = stack.use(await startEmbedded());
  const { kubeconfigPath } = embedded.server;
  const target = {
    cluster: connect({ kubeconfig: kubeconfigPath }),
    kind: kind === PODS.plural ? PODS : await lookUp(kind, kubeconfigPath),
    namespace,
    place: 'embedded server',
    embedded,
  };
  const owned = stack.move();
  return { ...target, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const PODS: Kind = customResource()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });

async function lookUp(kind: string, kubeconfig: string | undefined, context?: string): Promise<Kind> {
  // It takes a second to load, and most people look at pods of the embedded server.
  const { findKind } = await import('./find-kind.ts');
  return findKind(kind, kubeconfig, context);
}

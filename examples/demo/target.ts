import type { Kind } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { openTarget, type TargetOptions } from '../shared/target.ts';
import type { Demo } from './run.ts';

export interface ShownOptions extends TargetOptions {
  readonly kind: string;
  readonly namespace?: string | undefined;
}

export type Shown = Pick<Demo, 'cluster' | 'kind' | 'namespace' | 'place' | 'embedded'> & AsyncDisposable;

/** What is to be shown, and where. @throws what is wrong with the options */
export async function chooseTarget({ kind, namespace, context, kubeconfig }: ShownOptions): Promise<Shown> {
  await using stack = new AsyncDisposableStack();
  const { cluster, embedded } = stack.use(await openTarget({ context, kubeconfig }));
  const shown = {
    cluster,
    embedded,
    namespace,
    // This also finds out whether anybody is there: a watch would wait for ever.
    kind:
      embedded !== undefined && kind === Pod.plural
        ? Pod
        : await lookUp(kind, embedded?.server.kubeconfigPath ?? kubeconfig, context),
    place: embedded !== undefined ? 'embedded server' : context === undefined ? cluster.id : `context ${context}`,
  };
  const owned = stack.move();
  return { ...shown, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function lookUp(kind: string, kubeconfig: string | undefined, context?: string): Promise<Kind> {
  // It takes a second to load, and most people look at pods of the embedded server.
  const { findKind } = await import('./find-kind.ts');
  return findKind(kind, kubeconfig, context);
}

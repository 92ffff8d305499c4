import { WatchError } from '../errors.js';
import type { KubernetesObject } from '../events.js';
import type { ListPage, WatchFrame } from './messages.js';
import type { Plan } from './state.js';

export type DataFrame<T extends KubernetesObject> = Exclude<WatchFrame<T>, { type: 'ERROR' } | { type: 'OPEN' }>;

/** The server has another kind at this place: the descriptor is wrong, and no retry mends it. */
export class WrongKind extends WatchError {
  constructor(expected: string, got: string | undefined) {
    super(`expected objects of kind ${expected}, but the server sent ${got ?? 'none'}`, { kind: 'decode' });
  }
}

export function flawOfPage(plan: Plan, page: ListPage): WatchError | undefined {
  if (page.kind !== plan.listKind) return new WrongKind(plan.listKind, page.kind);
  if (!isUsable(page.resourceVersion)) return new WatchError('the list has no resourceVersion', { kind: 'decode' });
  for (const object of page.items) {
    const flaw = flawOfObject(object);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

export function flawOfFrame(plan: Plan, frame: DataFrame<KubernetesObject>): WatchError | undefined {
  if (frame.type === 'BOOKMARK') {
    // Of any other only the resourceVersion means something (E7).
    if (!frame.initialEventsEnd) return undefined;
    if (frame.kind !== undefined && frame.kind !== plan.kind) return new WrongKind(plan.kind, frame.kind);
    if (isUsable(frame.resourceVersion)) return undefined;
    return new WatchError('the marker of the streaming list has no resourceVersion', { kind: 'decode' });
  }
  const { kind } = frame.object as { kind?: string };
  return kind === plan.kind ? flawOfObject(frame.object) : new WrongKind(plan.kind, kind);
}

/** An object without a name or a resourceVersion can neither be kept nor resumed from (D7). */
function flawOfObject(object: KubernetesObject): WatchError | undefined {
  const metadata = object.metadata as Partial<KubernetesObject['metadata']> | undefined | null;
  const missing = !isText(metadata?.name)
    ? 'name'
    : !isUsable(metadata?.resourceVersion)
      ? 'resourceVersion'
      : undefined;
  return missing && new WatchError(`an object without metadata.${missing}`, { kind: 'decode' });
}

export function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** Whether a watch can begin there: at '' and '0' the server would replay its present state (A11). */
export function isUsable(resourceVersion: unknown): boolean {
  return isText(resourceVersion) && resourceVersion !== '0';
}

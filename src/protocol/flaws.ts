import { WatchError } from '../errors.js';
import type { KubernetesObject } from '../events.js';
import type { ListPage, WatchFrame } from './messages.js';
import type { Plan } from './state.js';

export type DataFrame<T extends KubernetesObject> = Exclude<WatchFrame<T>, { type: 'ERROR' } | { type: 'OPEN' }>;

/** The server has another kind at this place: the descriptor is wrong, and no retry mends it. */
export class WrongKind extends WatchError {
  constructor(expected: string, got: unknown) {
    super(`expected objects of kind ${expected}, but the server sent ${shown(got)}`, { kind: 'decode' });
  }
}

/** What is no name is not quoted: it may be anything, of any length, and need not even have a text. */
function shown(kind: unknown): string {
  if (kind === undefined) return 'none';
  return typeof kind === 'string' && /^[\w.-]{1,253}$/.test(kind) ? kind : 'something else';
}

/** @param token what the page was asked for with; undefined for the first one. */
export function flawOfPage(plan: Plan, page: ListPage, token?: string): WatchError | undefined {
  if (page.kind !== plan.listKind) return new WrongKind(plan.listKind, page.kind);
  if (!isUsable(page.resourceVersion)) return new WatchError('the list has no resourceVersion', { kind: 'decode' });
  // Pages are not spaced, so a list that goes round in circles would be asked for without a pause, for ever.
  if (token !== undefined && page.continue === token) {
    return new WatchError('the list continues where it was', { kind: 'decode' });
  }
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
  const { kind } = frame.object as { kind?: unknown };
  return kind === plan.kind ? flawOfObject(frame.object) : new WrongKind(plan.kind, kind);
}

/** An object without a name or a resourceVersion can neither be kept nor resumed from (D7). */
function flawOfObject(object: KubernetesObject): WatchError | undefined {
  // Whatever its type says, it is what a server sent.
  type Metadata = Readonly<Partial<Record<'name' | 'namespace' | 'resourceVersion', unknown>>>;
  const { name, namespace, resourceVersion } = (object.metadata as Metadata | undefined | null) ?? {};
  const missing = !isText(name) ? 'name' : !isUsable(resourceVersion) ? 'resourceVersion' : undefined;
  if (missing !== undefined) return new WatchError(`an object without metadata.${missing}`, { kind: 'decode' });
  // With the name it is what the object is known by.
  if (namespace === undefined || typeof namespace === 'string') return undefined;
  return new WatchError('an object whose metadata.namespace is not text', { kind: 'decode' });
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Whether a watch can begin there: at '' and '0' the server would replay its present state (A11). */
export function isUsable(resourceVersion: unknown): boolean {
  return isText(resourceVersion) && resourceVersion !== '0' && resourceVersion.length <= MAX_LENGTH;
}

/** A longer one could be told, but not asked for: it is no number, and there is no room for it in a request. */
const MAX_LENGTH = 1024;

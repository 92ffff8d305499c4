import type { WatchError } from './errors.js';

/** The part of every Kubernetes object that identifies it. Objects are what the server sent: times are strings. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
}

/**
 * Why a full list begins.
 *
 * - `start`: the watch was subscribed to.
 * - `expired`: the server no longer has the changes since the last resourceVersion (410).
 * - `restart`: a list was cut short and begins again, or the resource was gone (404) and is looked for again.
 * - `stuck`: the watch could not get past one resourceVersion.
 * - `rollback`: the server is behind the last resourceVersion: it was restored from a backup.
 * - `removed`: this `from` was taken out of a composed watch; nothing of it remains.
 * - `replay`: a shared watch tells a late subscriber what it knows.
 */
export type InitCause = 'start' | 'expired' | 'restart' | 'stuck' | 'rollback' | 'removed' | 'replay';

/** How an `interrupted` event is answered; see {@link Interrupted}. */
export interface Recovery {
  /**
   * Says how long to wait before the next attempt. Only counts while the event is being delivered, as `preventDefault()` does.
   *
   * @param ms milliseconds ≥ 0, or `Infinity` to give up. The watch waits at least 100 ms, and at least as long as the server asked.
   * @returns false when it came too late (behind `observeOn`, `delay`, `bufferTime`) or after {@link Recovery.giveUp}: the answer is then ignored.
   */
  retryIn(ms: number): boolean;
  /**
   * Gives up for good, whatever anybody else answers: the watch errors with the event's `error`.
   *
   * @returns false when it came too late.
   */
  giveUp(): boolean;
}

type Of<Type extends string, K extends string, Fields = unknown> = {
  readonly type: Type;
  /** Which resource: `'pods'`, `'deployments.apps'`. A literal type, so that it narrows after `merge`. */
  readonly resource: K;
  /** Which cluster the object lives in: with `resource`, namespace and name it identifies an object. */
  readonly cluster: string;
  /** Which watch says so: one string a watch (cluster, resource, namespace and selectors, or the option `as`). */
  readonly from: string;
} & Readonly<Fields>;

/** A full list begins, for this `cause`: what this `from` listed before is in doubt until `initDone`. */
export type Init<K extends string = string> = Of<'init', K, { cause: InitCause }>;
/** An object of the list that has begun. */
export type InitApply<T extends KubernetesObject = KubernetesObject, K extends string = string> = Of<
  'initApply',
  K,
  { object: T }
>;
/** The list is complete, as of this `resourceVersion`: what it did not list is gone. */
export type InitDone<K extends string = string> = Of<'initDone', K, { resourceVersion: string }>;
/** An object was added or modified. */
export type Apply<T extends KubernetesObject = KubernetesObject, K extends string = string> = Of<
  'apply',
  K,
  { object: T }
>;
/** An object was deleted, or left the selector; during a list: it is withdrawn from it. */
export type Delete<T extends KubernetesObject = KubernetesObject, K extends string = string> = Of<
  'delete',
  K,
  { object: T }
>;
/** The stream is open again from this `resourceVersion`, and what was missed comes next, in order. */
export type Live<K extends string = string> = Of<'live', K, { resourceVersion: string }>;
/** Progress without a change: this `resourceVersion` is safe to resume from. */
export type Bookmark<K extends string = string> = Of<'bookmark', K, { resourceVersion: string }>;
/** `pauseWhile` asked for it: what is known grows old until `live` or `init`. */
export type Paused<K extends string = string> = Of<'paused', K>;
/**
 * A failure, about to be recovered from: delivered before the watch waits, and answerable while it is being delivered.
 *
 * `attempt` is 1 for the first failure since the watch was healthy, `failingFor` the milliseconds since then, and `retryIn` those that it
 * intends to wait; `Infinity`: it intends to give up.
 */
export type Interrupted<K extends string = string> = Of<
  'interrupted',
  K,
  {
    error: WatchError;
    /** 1 for the first failure since the watch was healthy. */
    attempt: number;
    /** Milliseconds since the watch last was healthy. */
    failingFor: number;
    /** Milliseconds that the watch intends to wait; `Infinity`: it intends to give up. */
    retryIn: number;
    recovery: Recovery;
  }
>;

/**
 * What a watch says. Per `from` the order is `init (initApply | delete)* initDone (apply | delete | bookmark | live)*`, again and
 * again, with `interrupted` and `paused` anywhere. A watch that starts at a given resourceVersion begins without `init`.
 *
 * | type | with | meaning |
 * |---|---|---|
 * | `init` | `cause` | a full list begins: what this `from` listed before is in doubt until `initDone` |
 * | `initApply` | `object` | an object of that list |
 * | `initDone` | `resourceVersion` | the list is complete: what it did not list is gone |
 * | `apply` | `object` | an object was added or modified |
 * | `delete` | `object` | an object was deleted, or left the selector; during a list: it is withdrawn from it |
 * | `live` | `resourceVersion` | the stream is open again, and what was missed comes next, in order; after a streaming list `initDone` says so |
 * | `bookmark` | `resourceVersion` | progress without a change: a safe point to resume from |
 * | `interrupted` | `error`, `attempt`, `failingFor`, `retryIn`, `recovery` | a failure, about to be recovered from |
 * | `paused` | | `pauseWhile` asked for it: what is known grows old until `live` or `init` |
 *
 * Each has these besides: its `resource` (`'pods'`, `'deployments.apps'`: a literal type, so that it narrows after `merge`); the `cluster`,
 * which with `resource`, namespace and name identifies an object; and which watch it comes `from`, one string a watch.
 */
export type WatchEvent<T extends KubernetesObject = KubernetesObject, K extends string = string> =
  | Init<K>
  | InitApply<T, K>
  | InitDone<K>
  | Apply<T, K>
  | Delete<T, K>
  | Live<K>
  | Bookmark<K>
  | Interrupted<K>
  | Paused<K>;

/** The object type of a union of watch events. */
export type ObjectOf<E> = E extends { readonly type: 'apply'; readonly object: infer T extends KubernetesObject }
  ? T
  : never;

/** The resource names of a union of watch events. */
export type ResourceOf<E> = E extends { readonly resource: infer K extends string } ? K : never;

/**
 * Decides how long to wait after a failure: a pure function of the `interrupted` event.
 *
 * @returns milliseconds ≥ 0, or `Infinity` to give up. `failure.retryIn` is what the watch would do by itself; it is `Infinity` where
 * the server refused a watch that never worked, and returning it keeps that loud.
 */
export type Policy = (failure: Interrupted) => number;

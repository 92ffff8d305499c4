import type { KubernetesObject } from '../events.js';

type Of<Type extends string, K extends string, Fields> = {
  readonly type: Type;
  readonly resource: K;
  readonly cluster: string;
  /** Which watch brought it about. */
  readonly from: string;
} & Readonly<Fields>;

/** An object was not known before, or has another uid than the one just deleted. */
export type Added<T extends KubernetesObject = KubernetesObject, K extends string = string> = Of<
  'added',
  K,
  { object: T }
>;
/** An object has changed: `previous` is the very object that was last told. */
export type Modified<T extends KubernetesObject = KubernetesObject, K extends string = string> = Of<
  'modified',
  K,
  { object: T; previous: T }
>;
/** An object is gone from every watch: `object` is its final state, or the last known one where a list revealed the deletion. */
export type Deleted<T extends KubernetesObject = KubernetesObject, K extends string = string> = Of<
  'deleted',
  K,
  { object: T }
>;

/**
 * What happened to one object, over all the watches that list it. Per object the order is `added modified* deleted`, again and
 * again; a watch that starts at a given resourceVersion knows nothing older, so there the first may be `deleted`.
 *
 * | type | meaning |
 * |---|---|
 * | `added` | it was not known, or has another uid than the one just deleted |
 * | `modified` | `previous` is the very object that was last told |
 * | `deleted` | gone from every watch. `object` is the server's final state, or the last known one where a list revealed the deletion |
 *
 * Each has the `object`, the `resource`, the `cluster`, and the watch it comes `from`.
 */
export type ChangeOf<T extends KubernetesObject = KubernetesObject, K extends string = string> =
  Added<T, K> | Modified<T, K> | Deleted<T, K>;

/** The changes that a union of watch events amounts to, kind by kind. */
export type Change<E> = E extends {
  readonly type: 'apply';
  readonly object: infer T extends KubernetesObject;
  readonly resource: infer K extends string;
}
  ? ChangeOf<T, K>
  : never;

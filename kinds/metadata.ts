import type { ObjectMeta } from './meta/v1.js';

/** The metadata of an object as a server has it: what a server always fills in is always there. Times are strings. */
export interface ServedObjectMeta extends ObjectMeta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
}

/** {@link ServedObjectMeta} of a kind that lives in namespaces. */
export interface NamespacedObjectMeta extends ServedObjectMeta {
  readonly namespace: string;
}

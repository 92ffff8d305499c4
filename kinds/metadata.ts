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

/** An object inside another one, such as the template of a claim in a StatefulSet: it is not in the server itself. */
export type Embedded<T extends { readonly apiVersion: string; readonly kind: string }> = Omit<
  T,
  'apiVersion' | 'kind' | 'metadata'
> & {
  readonly apiVersion?: T['apiVersion'];
  readonly kind?: T['kind'];
  readonly metadata?: ObjectMeta;
};

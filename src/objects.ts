import type { KubernetesObject, WatchEvent } from './events.js';

/** `namespace/name`, or `name` where there is no namespace: what identifies an object among its kind (I1). */
export function keyOf({ metadata: { namespace, name } }: KubernetesObject): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** What identifies an object among all of a merge, in which resources and clusters may have equal keys. */
export function identityOf(
  { resource, cluster }: Pick<WatchEvent, 'resource' | 'cluster'>,
  object: KubernetesObject,
): string {
  return JSON.stringify([resource, cluster, keyOf(object)]);
}

/** Whether two states with one key are of one object, and not of one that was deleted and its successor. */
export function isSameObject(a: KubernetesObject | undefined, b: KubernetesObject): boolean {
  // Apart from the comparison, as some aggregated servers give no uid.
  if (a === undefined) return false;
  return a.metadata.uid === b.metadata.uid;
}

/** Whether two states of one object are the same one: a server never gives one resourceVersion to two. */
export function isSameVersion(a: KubernetesObject, b: KubernetesObject): boolean {
  return a.metadata.resourceVersion === b.metadata.resourceVersion && a.metadata.uid === b.metadata.uid;
}

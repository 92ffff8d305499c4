import type { KubernetesObject, WatchEvent } from './events.js';
import type { Kind } from './kind.js';
import type { Neighbours } from './neighbours.js';
import type { ResourceApi } from './transport/resource-api.js';

/** What to watch: a kind, a scope and selectors, on one cluster. Made by `cluster.resource(kind, options)`. */
export interface Source<T extends KubernetesObject = KubernetesObject, K extends string = string> {
  readonly kind: Kind<T, K>;
  /** Names the cluster in the events. */
  readonly cluster: string;
  /** Names this scope in the events, unless the option `as` of the watch says otherwise. */
  readonly from: string;
  readonly api: ResourceApi<T>;
  /** What the watches of one cluster know from each other. */
  readonly neighbours: Neighbours;
}

/** The source that a kind gives: for one of several kinds, one of their sources. */
export type SourceOf<D extends Kind> = D extends Kind<infer T, infer K> ? Source<T, K> : never;

/** The event that a watch of a source says: for one of several sources, one of theirs. */
export type EventOf<S extends Source> = S extends Source<infer T, infer K> ? WatchEvent<T, K> : never;

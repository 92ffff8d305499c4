import type { WatchError } from '../errors.js';
import type { KubernetesObject } from '../events.js';

/** The query of a list, without the selectors, which belong to the source. */
export interface ListParams {
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'NotOlderThan' | 'Exact';
}

/** The query of a watch. `allowWatchBookmarks` is always asked for. */
export interface WatchParams {
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  /** Ask for the current state as `ADDED` frames and a marking bookmark first (KEP-3157). */
  readonly sendInitialEvents?: true;
}

/** How a request is to be made, apart from what it asks. */
export interface Attempt {
  /** The server refused the credentials (401): obtain them anew instead of from a cache. */
  readonly refreshCredentials?: boolean;
  /** The connection in use is in doubt: do not make this request on it. */
  readonly freshConnection?: boolean;
}

/** One page of a list. */
export interface ListPage<T extends KubernetesObject = KubernetesObject> {
  /** As the server says it: `PodList`. */
  readonly kind: string;
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** The token of the next page; undefined on the last one (an empty token is none: A7). */
  readonly continue?: string | undefined;
  /** What the server warns of (C17). */
  readonly warnings?: readonly string[];
}

/** A frame of a watch, decoded. `OPEN` comes first: the server accepted the request and the stream is open. */
export type WatchFrame<T extends KubernetesObject = KubernetesObject> =
  | { readonly type: 'OPEN'; readonly warnings?: readonly string[] }
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | {
      readonly type: 'BOOKMARK';
      readonly kind: string | undefined;
      readonly resourceVersion: string;
      /** The initial events that were asked for have all been sent (H3). */
      readonly initialEventsEnd: boolean;
    }
  | { readonly type: 'ERROR'; readonly error: WatchError };

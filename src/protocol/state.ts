import type { WatchError } from '../errors.js';
import type { InitCause, Interrupted, KubernetesObject, Paused, WatchEvent } from '../events.js';
import type { Delay } from './limits.js';
import type { Attempt, ListPage, ListParams, WatchFrame } from './messages.js';

/** What a watch was asked to do; never changes. */
export interface Plan<K extends string = string> {
  /** What every event says of itself. */
  readonly stamp: { readonly resource: K; readonly cluster: string; readonly from: string };
  /** The `kind` that objects must have. */
  readonly kind: string;
  readonly listKind: string;
  /** Where to resume, or undefined to list first. */
  readonly resourceVersion: string | undefined;
  readonly freshness: 'latest' | 'any';
  readonly pageSize: number;
}

/** How full lists are asked for: as a watch with `sendInitialEvents`, or page by page. */
export type Mode = 'streaming' | 'paged';

/** What the watch wants from the server. Compared by identity: a new object means "let go of the old request". */
export type Request = ListRequest | WatchRequest;

export interface ListRequest {
  readonly ask: 'list';
  readonly params: ListParams;
  readonly attempt: Attempt;
}

export interface WatchRequest {
  readonly ask: 'watch';
  readonly resourceVersion: string;
  readonly sendInitialEvents: boolean;
  readonly attempt: Attempt;
}

/** What is to be done when a wait or a pause ends. */
export type Next =
  /** A full list. Without a cause none of it was delivered yet: the `init` that was said still stands. */
  | {
      readonly do: 'list';
      readonly cause: InitCause | undefined;
      readonly unpaged?: boolean;
      readonly attempt?: Attempt;
    }
  /** The same request again: the same page, the same resourceVersion. */
  | { readonly do: 'again'; readonly request: Request };

/** What survives from request to request. */
export interface Memory {
  readonly plan: Plan;
  /** Up to here everything was delivered; '' before the first list. */
  readonly resourceVersion: string;
  /** A list was completed, or a watch from the user's resourceVersion was live: refusals are no longer final. */
  readonly worked: boolean;
  readonly mode: Mode;
  /** Bookmarks come: a silence is not the server's way, and may be a path's. */
  readonly bookmarks: boolean;
  /** Failures since the last healthy life. */
  readonly failures: number;
  /** Nobody answered last. When somebody does again, attempts are counted anew: `forgiven`, once a healthy life. */
  readonly outage: 'none' | 'lasting' | 'forgiven';
  /** 410s and the like since the last healthy life: the first is routine. */
  readonly expirations: number;
  /** Streams in a row that closed at once without a frame. */
  readonly shorts: number;
  /** Failures at the present resourceVersion that may be its fault. */
  readonly stuck: { readonly broken: number; readonly garbled: number };
  /** The last data frame, as far as its exact repetition is told by it. */
  readonly last: { readonly type: string; readonly uid: string } | undefined;
  /** A 401 was answered with fresh credentials already. */
  readonly reauthed: boolean;
  /** A list that begins has to be announced: no `init` was said yet, or something was said since. */
  readonly announce: boolean;
  /** Streaming lists that broke off since the last complete list. */
  readonly brokenOff: number;
  /** The resourceVersion of the first page, which is that of the whole list (A6); undefined before it. */
  readonly firstPage: string | undefined;
  /** Failures at the present page. */
  readonly pageFailures: number;
  /** Whatever `freshness` says, the next list is at '': the last one was refused for its resourceVersion. */
  readonly latest: boolean;
  /** A pause just ended: the 410 that it may have caused is nobody's failure. */
  readonly resumed: boolean;
}

export type Phase =
  /** A streaming list, before its marker. `doubtful`: something came that does not belong there. */
  | { readonly at: 'streaming'; readonly request: WatchRequest; readonly doubtful: boolean }
  /** A paged list. */
  | { readonly at: 'listing'; readonly request: ListRequest }
  /** An open watch, or one being opened. `live`: it was said that it is open. */
  | { readonly at: 'watching'; readonly request: WatchRequest; readonly live: boolean }
  /** A watch that is silent beyond the limit, and beside it the question whether the server is alive and not behind us. */
  | { readonly at: 'probing'; readonly request: WatchRequest; readonly live: boolean; readonly probe: ListParams }
  | { readonly at: 'waiting'; readonly next: Next; readonly wait: Wait }
  | { readonly at: 'paused'; readonly next: Next };

export interface State {
  readonly memory: Memory;
  readonly phase: Phase;
}

export interface Wait {
  readonly delay: Delay;
  /** What the server asked for; nothing ends the wait sooner. */
  readonly floor: number;
  /** Nobody answered: another watch of the cluster that is answered ends the wait. */
  readonly unanswered: boolean;
}

/** How a request has fared so far. */
export interface Life {
  /** Milliseconds since the server accepted it; undefined if it did not. */
  readonly lived: number | undefined;
  /** Frames that it brought, bookmarks included. */
  readonly frames: number;
}

export type Input<T extends KubernetesObject = KubernetesObject> =
  | { readonly type: 'page'; readonly page: ListPage<T>; readonly life: Life }
  | { readonly type: 'frame'; readonly frame: WatchFrame<T>; readonly life: Life }
  /** Open for a second, without a frame. */
  | { readonly type: 'settled' }
  /** Closed by the server, properly; or, `overdue`, by the client, when the server should have. */
  | { readonly type: 'ended'; readonly life: Life; readonly overdue?: true }
  /** Refused, or broken. */
  | { readonly type: 'failed'; readonly error: WatchError; readonly life: Life }
  /** No frame within the idle limit. */
  | { readonly type: 'silent' }
  /** No marker in time. */
  | { readonly type: 'unmarked' }
  /** The answer to the probe. */
  | { readonly type: 'probed'; readonly error?: WatchError; readonly life: Life }
  /** The wait is over. `mode`: what is known of the server by now. */
  | { readonly type: 'waited'; readonly mode: Mode }
  | { readonly type: 'pause' }
  | { readonly type: 'resume'; readonly mode: Mode };

/** A failure to be told and negotiated: the shell makes an `interrupted` event of it. */
export interface Failure {
  readonly error: WatchError;
  readonly attempt: number;
  /** Retrying cannot mend it: the intent is to give up. */
  readonly fatal: boolean;
  readonly wait: Wait;
}

export type CoreEvent<T extends KubernetesObject> = Exclude<WatchEvent<T>, Interrupted> | Paused;

export interface Transition<T extends KubernetesObject = KubernetesObject> {
  readonly state: State;
  readonly events: readonly CoreEvent<T>[];
  readonly failure?: Failure;
}

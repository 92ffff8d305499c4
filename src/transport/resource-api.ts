import type { Observable } from 'rxjs';
import type { KubernetesObject } from '../events.js';
import type { Attempt, ListPage, ListParams, WatchFrame, WatchParams } from '../protocol/messages.js';

/**
 * The seam between a watch and a server: all that `watch$` needs of a transport, and all that a double has to implement.
 *
 * Both are cold: a subscription makes one request, unsubscribing aborts it at any point. A failure is an error notification
 * with a {@link WatchError}; anything else is taken for a bug and passed on as it is.
 */
export interface ResourceApi<T extends KubernetesObject = KubernetesObject> {
  /** Emits one page and completes. */
  list(params: ListParams, attempt: Attempt): Observable<ListPage<T>>;
  /** Emits `OPEN` when the server has accepted the request, then its frames, and completes when the server closes the stream. */
  watch(params: WatchParams, attempt: Attempt): Observable<WatchFrame<T>>;
}

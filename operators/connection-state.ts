import { defer, filter, map, startWith, type Observable } from 'rxjs';
import type { WatchEvent } from '../src/events.js';
import { Connections, type Connection } from '../src/store/connections.js';

/** How it stands with a stream of watch events: the worst of its watches, and each of them. */
export interface ConnectionState extends Connection {
  /** How it stands with each watch, by its `from`. */
  readonly scopes: ReadonlyMap<string, Connection>;
}

/**
 * Tells how it stands with a watch: `listing`, `live`, `interrupted` (with `error`, `attempt` and `retryIn`) or `paused`; at
 * once, and whenever that changes.
 *
 * An interruption ends with what the server says next, not with the `init` of a relist (410 and the like), which is said before
 * anything was asked. In a merge it is the worst that counts (interrupted, paused, listing, live, in this order), and `scopes` has
 * each. Put it below {@link backoffWith}, so that `retryIn` is what was agreed. It is cold as its source is; errors and completion pass.
 *
 * ```txt
 * -i-a-I-b-x----l-c-    i init, a initApply, I initDone, b c apply, x interrupted, l live
 *
 * > connectionState()
 *
 * si---l---x----l---    s nothing yet, i listing, l live, x interrupted
 * ```
 *
 * ```ts
 * import { connectionState, watch$ } from 'rxkube';
 *
 * watch$(pods)
 *   .pipe(connectionState())
 *   .subscribe(({ phase, error }) => console.log(phase, error?.message ?? ''));
 * ```
 */
export function connectionState<E extends WatchEvent>(): (source: Observable<E>) => Observable<ConnectionState> {
  return (source) =>
    defer(() => {
      const connections = new Connections();
      const state = (): ConnectionState => ({ ...connections.worst, scopes: connections.scopes() });
      return source.pipe(
        filter((event) => connections.track(event)),
        map(state),
        startWith(state()),
      );
    });
}

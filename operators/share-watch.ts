import { defer, identity, merge, of, share, Subject, tap, timer } from 'rxjs';
import type { MonoTypeOperatorFunction, SubjectLike } from 'rxjs';
import type { WatchEvent } from '../src/events.js';
import { emitEach } from './internal/emit-each.js';
import { timerMs } from './internal/validate.js';
import { WatchReplay } from './internal/watch-replay.js';

/** How long {@link shareWatch} outlives its subscribers. */
export interface ShareWatchOptions {
  /** Milliseconds for which the source stays subscribed to after the last unsubscription, 0 to 2³¹ − 1. Default: 0. */
  readonly grace?: number | undefined;
}

/**
 * Makes one watch of many subscriptions: a late one is told what is known, and then the events as everybody else.
 *
 * What is known is, for each `from`, the complete list, as `init {cause: 'replay'}`, `initApply` … `initDone` with the resourceVersion
 * that it has been followed up to. If a relist (410 and the like) is under way, what came of it so far comes next. A `from` that never
 * had a list, as it started at a given resourceVersion, is told as `apply`s, with a `bookmark` if it has come further. The present
 * trouble, `interrupted` or `paused`, is last. Replayed, `interrupted` is for information: answering it returns false, and is not
 * reported. Live, anybody may answer, and the last one decides: policies are better above this operator.
 *
 * It is shared: the first subscriber makes it subscribe to the source, and when the last one is gone for `grace`, it unsubscribes and
 * forgets. An error or completion goes to everybody, during the grace to nobody, and whoever comes after it begins anew. Until then
 * it keeps all present objects in memory, once for all subscribers; deleted ones and removed watches are forgotten.
 *
 * ```txt
 * -i-a-b-I------c-C-    i init, a b initApply, I initDone, c apply, C delete
 *
 * > shareWatch(), for a second subscriber at 8
 *
 * --------(rabI)c-C-    r init {cause: 'replay'}
 * ```
 *
 * ```ts
 * import { changes, shareWatch, snapshots, watch$ } from 'rxkube';
 *
 * const shared$ = watch$(pods).pipe(shareWatch({ grace: 30_000 }));
 * shared$.pipe(changes()).subscribe((change) => console.log(change.type));
 * shared$.pipe(snapshots()).subscribe(({ items }) => console.log(items.length));
 * ```
 *
 * @throws RangeError when `grace` is no number of milliseconds that a timer takes.
 */
export function shareWatch<E extends WatchEvent>({ grace = 0 }: ShareWatchOptions = {}): MonoTypeOperatorFunction<E> {
  timerMs('grace', grace);
  return (source) => {
    let known: WatchReplay;
    return source.pipe(
      // One at a time: where a consumer makes the source emit, the others hear the first event first.
      emitEach(() => (event) => [event]),
      // Before anybody is told: whoever subscribes meanwhile is told once. And not in the connector, where what a reading throws gets lost.
      tap((event) => known.record(event)),
      share({
        connector: () => replaying<E>((known = new WatchReplay())),
        resetOnError: true,
        resetOnComplete: true,
        resetOnRefCountZero: grace === 0 || (() => timer(grace)),
      }),
    );
  };
}

/** A Subject that tells a subscriber what is known before what comes; what the telling brings about waits for its end. */
function replaying<E extends WatchEvent>(known: WatchReplay): SubjectLike<E> {
  const live = new Subject<readonly E[]>();
  // Deferred, as what an operator is made of stays in memory for as long as it is subscribed to.
  const replay = defer(() => of(known.events() as readonly E[]));
  const told = merge(live, replay).pipe(emitEach(() => identity));
  return {
    next: (event) => live.next([event]),
    error: (error: unknown) => live.error(error),
    complete: () => live.complete(),
    subscribe: (observer) => told.subscribe(observer),
  };
}

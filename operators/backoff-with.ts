import { map, type Observable } from 'rxjs';
import type { Policy, WatchEvent } from '../src/events.js';

/**
 * Answers each `interrupted` event with the milliseconds that `policy` says: the watch waits so long before its next attempt, or gives
 * up at `Infinity`. The event goes on with what was agreed as its `retryIn`; all others pass untouched.
 *
 * The watch has the last word on the least: 100 ms, and what the server asked for. An answer counts only while the event is being
 * delivered, so this stands above any `observeOn`, `delay` or buffer; behind one, use the option `retry` of `watch$`. It works over a
 * merge, and the last one downstream decides. It is cold as its source is. What `policy` throws is an error notification, and so is
 * anything but a number ≥ 0. Errors, relists and completion pass.
 *
 * ```txt
 * -i-I-x---x---l-    i init, I initDone, l live, x interrupted with attempt 1 and 2
 *
 * > backoffWith(exponential({ min: 500, jitter: false }))
 *
 * -i-I-y---z---l-    y x with retryIn 500, z x with retryIn 1000
 * ```
 *
 * ```ts
 * import { backoffWith, exponential, watch$ } from 'rxkube';
 *
 * watch$(pods).pipe(backoffWith(exponential({ min: 500, max: 20_000 })));
 * watch$(pods).pipe(backoffWith(({ error, retryIn }) => (error.code === 403 ? 60_000 : retryIn)));
 * ```
 */
export function backoffWith(policy: Policy): <E extends WatchEvent>(source: Observable<E>) => Observable<E> {
  return <E extends WatchEvent>(source: Observable<E>) =>
    source.pipe(
      map((event) => {
        if (event.type !== 'interrupted') return event;
        const retryIn = policy(event);
        if (!(retryIn >= 0)) throw new RangeError(`policy must return milliseconds ≥ 0 or Infinity, got ${retryIn}`);
        return event.recovery.retryIn(retryIn) ? { ...event, retryIn } : event;
      }),
    );
}

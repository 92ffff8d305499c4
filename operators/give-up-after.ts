import { map, type Observable } from 'rxjs';
import type { WatchEvent } from '../src/events.js';
import { atLeast } from './internal/validate.js';

/** When {@link giveUpAfter} has had enough: at the first of the two that is reached. */
export interface GiveUpLimit {
  /** How many failures in a row are enough, ≥ 1. Default: any number. */
  readonly attempts?: number | undefined;
  /** How many milliseconds without health are enough, ≥ 0; looked at when an attempt fails. Default: any time. */
  readonly failingFor?: number | undefined;
}

/**
 * Makes a watch give up after so many failures in a row, or after failing for so long, whichever comes first: the watch then errors
 * with the failure, whatever anybody else answers.
 *
 * The event goes on with `retryIn: Infinity`; all others pass untouched. As any answer, this counts only while the event is being
 * delivered: put it above any `observeOn`, `delay` or buffer. It is cold as its source is. Errors, relists and completion pass.
 *
 * ```txt
 * -i-I-x---x---x#    i init, I initDone, x interrupted with attempt 1, 2 and 3
 *
 * > giveUpAfter({ attempts: 3 })
 *
 * -i-I-x---x---y#    y x with retryIn Infinity
 * ```
 *
 * ```ts
 * import { giveUpAfter, watch$ } from 'rxkube';
 *
 * watch$(pods).pipe(giveUpAfter({ attempts: 10, failingFor: 5 * 60_000 }));
 * ```
 *
 * @throws RangeError when a limit is out of range, TypeError when there is none.
 */
export function giveUpAfter({
  attempts,
  failingFor,
}: GiveUpLimit): <E extends WatchEvent>(source: Observable<E>) => Observable<E> {
  if (attempts === undefined && failingFor === undefined) {
    throw new TypeError('giveUpAfter needs a limit: attempts, failingFor or both');
  }
  const mostAttempts = attempts === undefined ? Infinity : atLeast(1, 'attempts', attempts);
  const longest = failingFor === undefined ? Infinity : atLeast(0, 'failingFor', failingFor);
  return <E extends WatchEvent>(source: Observable<E>) =>
    source.pipe(
      map((event) => {
        if (event.type !== 'interrupted') return event;
        if (event.attempt < mostAttempts && event.failingFor < longest) return event;
        return event.recovery.giveUp() ? { ...event, retryIn: Infinity } : event;
      }),
    );
}

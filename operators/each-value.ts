import { fromEvent, NEVER, Subject, takeUntil, tap, type Observable } from 'rxjs';
import { bufferedValuesFrom } from 'rxjs-for-await';

/** When {@link eachValue} ends before its source does. */
export interface EachValueOptions {
  /** Ends the iteration: a pending or the next `next()` rejects with its `reason`. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Iterates over every value of an Observable: `for await (const value of eachValue(source))`. No value is lost; those that come
 * while the loop is busy wait in memory, so a loop that is slower than its source for good needs another operator before it.
 *
 * It subscribes at the first `next()`. Leaving the loop (`break`, `return`, an exception) unsubscribes, and so does `return()`, even
 * while a `next()` is pending, which then ends. An abort unsubscribes and drops what waits. An error of the source is thrown after
 * the values before it; completion ends the loop.
 *
 * ```ts
 * import { eachValue, watch$ } from 'rxkube';
 *
 * for await (const event of eachValue(watch$(pods), { signal: AbortSignal.timeout(60_000) })) {
 *   if (event.type === 'apply') await handle(event.object);
 * }
 * ```
 */
export function eachValue<T>(source: Observable<T>, { signal }: EachValueOptions = {}): AsyncIterableIterator<T> {
  // An async generator hears of `return()` only when it is resumed; on a quiet source this is what resumes it.
  const returned = new Subject<void>();
  const values = iterate(source.pipe(takeUntil(returned), takeUntil(abortOf(signal))), signal);
  return {
    next: () => values.next(),
    return: () => {
      returned.next();
      return values.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

async function* iterate<T>(source: Observable<T>, signal: AbortSignal | undefined): AsyncGenerator<T, void, void> {
  signal?.throwIfAborted();
  // Not each value by itself: the library's queue of single values is shifted in O(n).
  for await (const batch of bufferedValuesFrom(source)) {
    for (const value of batch) {
      signal?.throwIfAborted();
      yield value;
    }
  }
}

/** Errors with the reason of the signal. */
function abortOf(signal: AbortSignal | undefined): Observable<unknown> {
  return signal === undefined ? NEVER : fromEvent(signal, 'abort').pipe(tap(() => signal.throwIfAborted()));
}

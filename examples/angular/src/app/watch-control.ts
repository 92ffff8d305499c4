import { DOCUMENT, inject, Service, signal } from '@angular/core';
import { toObservable } from '@angular/core/rxjs-interop';
import type { WatchOptions } from 'rxkube';
import { combineLatest, fromEvent, map, merge, of, shareReplay, startWith, Subject, switchMap, timer } from 'rxjs';

/** A tab that nobody looks at for so long gives its connections back: a browser has six for all tabs of a server. */
const HIDDEN_FOR = 10_000;
const MOST_WAIT = 30_000;

/** When all watches of the application rest, and when they try again. */
@Service()
export class WatchControl {
  readonly #document = inject(DOCUMENT);
  readonly #retries = new Subject<void>();
  readonly paused = signal(false);

  readonly #hidden$ = fromEvent(this.#document, 'visibilitychange').pipe(
    startWith(undefined),
    switchMap(() => (this.#document.hidden ? timer(HIDDEN_FOR).pipe(map(() => true)) : of(false))),
  );

  readonly options: WatchOptions = {
    pauseWhile: combineLatest([this.#hidden$, toObservable(this.paused)]).pipe(
      map(([hidden, paused]) => hidden || paused),
      shareReplay({ bufferSize: 1, refCount: true }),
    ),
    wakeOn: merge(fromEvent(window, 'online'), this.#retries),
    // A refusal (`retryIn` is Infinity) would end the watch. Here it is said, and asked again: permissions are granted while one waits.
    retry: ({ retryIn }) => Math.min(retryIn, MOST_WAIT),
  };

  retryNow(): void {
    this.#retries.next();
  }
}

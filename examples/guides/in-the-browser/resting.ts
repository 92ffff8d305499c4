import { fromEvent, map, of, startWith, switchMap, timer } from 'rxjs';
import type { WatchOptions } from 'rxkube';

/** A glance at another tab is no reason to let go of everything. */
const HIDDEN_FOR = 10_000;

/** For every watch of a page. */
export const resting: WatchOptions = {
  pauseWhile: fromEvent(document, 'visibilitychange').pipe(
    startWith(undefined),
    switchMap(() => (document.hidden ? timer(HIDDEN_FOR).pipe(map(() => true)) : of(false))),
  ),
  wakeOn: fromEvent(window, 'online'),
};

import { TestScheduler } from 'rxjs/testing';
import type { WatchTestHelpers } from './helpers.js';
import { assertSame } from './rxjs.js';
import { Stage } from './stage.js';

/** A watch that nobody unsubscribes from would go on for ever. */
const LONGEST_TEST = 3_600_000;

/**
 * Makes a test for any runner. It runs in virtual time, an hour at most, and throws an Error where something is not as expected. The waits of
 * its watches are the least of their range: a first failure is followed by 800 ms.
 *
 * ```ts
 * import { watch$ } from 'rxkube';
 * import { list, watchTest } from 'rxkube/marbles';
 *
 * it(
 *   'lists anew after a 410',
 *   watchTest(({ watch, expectThat }) => {
 *     const pods = watch(['1-c-A-!', '2'], { 1: list('a', 'b'), 2: list('b', 'c') });
 *     expectThat(watch$(pods)).toBe('1-c-A-! 99ms 2');
 *   }),
 * );
 * ```
 */
export function watchTest(test: (helpers: WatchTestHelpers) => void): () => void {
  return () => {
    const scheduler = new TestScheduler(assertSame);
    scheduler.run((helpers) => {
      scheduler.maxFrames = LONGEST_TEST;
      const stage = new Stage(scheduler, helpers);
      const run: (helpers: WatchTestHelpers) => unknown = test;
      if (run({ ...helpers, ...stage.helpers }) instanceof Promise)
        throw new TypeError('a watch test has virtual time, and cannot be async');
      stage.flush();
    });
  };
}

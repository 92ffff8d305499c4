import { describe, it } from 'vitest';
import { list, watchTest } from '../marbles/index.js';
import { watch$ } from '../src/watch.js';
import { marbles, thing } from '../test/double.js';
import { diagram, itIsAnOperator, script } from '../test/events.js';
import { appliedObjects } from './applied-objects.js';

describe('appliedObjects', () => {
  itIsAnOperator(appliedObjects);

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable }) => {
      const { source, expected } = diagram('operators/applied-objects.ts');
      const objects = { a: thing('a', 1), b: thing('b', 2), c: thing('c', 10) };

      expectObservable(cold(source, script()).pipe(appliedObjects())).toBe(expected, objects);
    }),
  );

  it(
    'emits the objects of a relist again, and drops everything without an object',
    watchTest(({ watch, hot, expectThat, expectRequests }) => {
      const things = watch(['-1-*-!', '-2-B'], { 1: list('a', 'b'), 2: list('a', "b'") });
      const pauses = hot('    -----  -t--f', { t: true, f: false });
      const expected = '      -{ab}  104ms {ab}';

      expectThat(watch$(things, { pauseWhile: pauses }).pipe(appliedObjects())).toBe(expected);
      expectRequests(things).toBe('list', 'list');
    }),
  );
});

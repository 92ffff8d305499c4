import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { list, watchTest } from '../marbles/index.js';
import { watch$ } from '../src/watch.js';
import { marbles, thing } from '../test/double.js';
import { diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { deletedObjects } from './deleted-objects.js';

const { apply, delete: deleted } = says();

describe('deletedObjects', () => {
  itIsAnOperator(deletedObjects, (n) => {
    const object = thing('a', n + 1, `uid-${String(Math.floor(n / 2))}`);
    return n % 2 === 0 ? apply(object) : deleted(object);
  });

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable }) => {
      const { source, expected } = diagram('operators/deleted-objects.ts');

      expectObservable(cold(source, script()).pipe(deletedObjects())).toBe(expected, {
        a: thing('a', 1),
        c: thing('c', 13),
      });
    }),
  );

  it(
    'emits an object once, and the old one where its name has a new uid',
    watchTest(({ watch, expectThat }) => {
      const things = watch(['--1-A-b-!', '--2'], { 1: list('a', 'b', 'c'), 2: list('b+') });
      const expected = '    ----A--- 102ms {CB}';

      expectThat(watch$(things).pipe(deletedObjects())).toBe(expected);
    }),
  );

  it('does so where a deletion is told twice, or not at all', () => {
    const [a, old] = [thing('a', 3), thing('b', 4, 'old')];
    const events = [apply(thing('a', 1)), deleted(a), deleted(a), apply(old), apply(thing('b', 6, 'new'))];
    expect(record(of(...events).pipe(deletedObjects())).values).toEqual([a, old]);
  });
});

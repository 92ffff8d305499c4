import { describe, it } from 'vitest';
import { marbles, thing } from '../test/double.js';
import { diagram, itIsAnOperator, says, script } from '../test/events.js';
import { deletedObjects } from './deleted-objects.js';

const { init, initApply, initDone, apply, delete: deleted } = says();

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
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' iaI--A-A--b--c-|', {
        i: init(),
        a: initApply(thing('a', 1)),
        I: initDone(2),
        A: deleted(thing('a', 3)),
        b: apply(thing('b', 4, 'old')),
        c: apply(thing('b', 6, 'new')),
      });
      const e1subs = '  ^--------------!';
      const expected = '-----a-------b-|';

      expectObservable(e1.pipe(deletedObjects())).toBe(expected, { a: thing('a', 3), b: thing('b', 4, 'old') });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );
});

import { describe, it } from 'vitest';
import { marbles, thing } from '../test/double.js';
import { diagram, itIsAnOperator, says, script } from '../test/events.js';
import { touchedObjects } from './touched-objects.js';

const { init, initApply, initDone, apply, delete: deleted } = says();

describe('touchedObjects', () => {
  itIsAnOperator(touchedObjects);

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable }) => {
      const { source, expected } = diagram('operators/touched-objects.ts');
      const objects = { a: thing('a', 1), b: thing('b', 2), c: thing('c', 10) };
      const events = { ...script(), C: deleted(objects.c) };

      expectObservable(cold(source, events).pipe(touchedObjects())).toBe(expected, objects);
    }),
  );

  it(
    'emits new states and final ones, each once',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' iabI---c-c-A--|', {
        i: init(),
        a: initApply(thing('a', 1)),
        b: initApply(thing('b', 2)),
        I: initDone(2),
        c: apply(thing('a', 3)),
        A: deleted(thing('a', 4)),
      });
      const e1subs = '  ^-------------!';
      const expected = '---(ab)c---d--|';

      expectObservable(e1.pipe(touchedObjects())).toBe(expected, {
        a: thing('a', 1),
        b: thing('b', 2),
        c: thing('a', 3),
        d: thing('a', 4),
      });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );
});

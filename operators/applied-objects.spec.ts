import { describe, it } from 'vitest';
import { marbles, thing } from '../test/double.js';
import { diagram, itIsAnOperator, says, script } from '../test/events.js';
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
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const { init, initApply, initDone, bookmark, interrupted, paused } = says();
      const events = {
        i: init('expired'),
        a: initApply(thing('a', 1)),
        I: initDone(2),
        m: bookmark(3),
        x: interrupted(),
        p: paused(),
      };
      const e1 = cold(' -i-a-I-m-x-p-i-a-I-|', events);
      const e1subs = '  ^------------------!';
      const expected = '---a-----------a---|';

      expectObservable(e1.pipe(appliedObjects())).toBe(expected, { a: thing('a', 1) });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );
});

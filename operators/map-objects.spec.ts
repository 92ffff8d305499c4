import { describe, expect, it } from 'vitest';
import { of } from 'rxjs';
import { watchTest } from '../marbles/index.js';
import { watch$ } from '../src/watch.js';
import type { Thing } from '../test/double.js';
import { marbles, thing } from '../test/double.js';
import { diagram, itIsAnOperator, lazy, record, says, script } from '../test/events.js';
import { mapObjects } from './map-objects.js';

const { init, initApply, initDone, apply, delete: deleted, bookmark, interrupted, live, paused } = says();
const slim = ({ metadata }: Thing) => ({ metadata, slim: true });

describe('mapObjects', () => {
  itIsAnOperator(() => mapObjects(slim));

  it(
    'I12 emits what its diagram says: deletions are transformed, too',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const { source, expected } = diagram('operators/map-objects.ts');
      const [a, b] = [thing('a', 1), thing('b', 10)];
      const e1 = cold(source, { ...script(), a: initApply(a), b: apply(b), A: deleted(a) });
      const e1subs = '^----------!';

      expectObservable(e1.pipe(mapObjects(slim))).toBe(expected, {
        ...script(),
        x: { ...initApply(a), object: slim(a) },
        y: { ...apply(b), object: slim(b) },
        X: { ...deleted(a), object: slim(a) },
      });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it('leaves events without an object alone', () => {
    const events = [init(), initDone(1), bookmark(2), live(3), paused(), interrupted()];
    const { values } = record(of(...events).pipe(mapObjects(slim)));
    expect(values.every((event, i) => event === events[i])).toBe(true);
  });

  it(
    'I12 turns what the user throws into an error, and lets go of its source',
    watchTest(({ watch, expectThat, expectConnections }) => {
      const things = watch('0--c--c');
      const expected = '    0--#';
      const broken = (): Thing => {
        throw new Error('broken');
      };

      expectThat(watch$(things).pipe(mapObjects(broken))).toBe(expected, { '#': new Error('broken') });
      expectConnections(things).toBe('^--!');
    }),
  );

  it('I12 reads an object that is decoded on first reading once, and not again downstream', () => {
    const { event, readings } = lazy(apply(thing('a', 1)));
    const { values } = record(of(event).pipe(mapObjects(slim)));
    expect(values).toEqual([{ ...apply(thing('a', 1)), object: slim(thing('a', 1)) }]);
    expect(readings()).toBe(1);
  });
});

import { merge, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import { gone, marbles, reset, thing, type Thing } from '../test/double.js';
import { diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { snapshots, type Snapshot } from './snapshots.js';

const { init, initApply, initDone, apply, delete: deleted, interrupted, live, paused } = says();

const START: Snapshot<Thing> = { phase: 'listing', ready: false, items: [] };
const liveWith = (...items: readonly Thing[]): Snapshot<Thing> => ({ phase: 'live', ready: true, items });

describe('snapshots', () => {
  itIsAnOperator(snapshots, (n) => (n % 2 === 0 ? interrupted({ attempt: n + 1 }) : live(n)));

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const { source, expected } = diagram('operators/snapshots.ts');
      const e1 = cold(source, script());
      const [a, b, c] = [thing('a', 1), thing('b', 2), thing('c', 10)];

      expectObservable(e1.pipe(snapshots({ every: 4 }))).toBe(expected, {
        s: START,
        x: liveWith(a, b),
        y: liveWith(a, b, c),
        z: liveWith(c),
      });
      expectSubscriptions(e1.subscriptions).toBe('^');
    }),
  );

  it(
    'gathers changes for 50 ms, and does not start over with each',
    marbles(({ cold, expectObservable }) => {
      const events = {
        i: init(),
        I: initDone(1),
        a: apply(thing('a', 2)),
        b: apply(thing('b', 3)),
        c: apply(thing('c', 4)),
      };
      const e1 = cold(' iI 8ms a 29ms b 29ms c 99ms |', events);
      const expected = 'sl 58ms y 59ms z 49ms |';

      expectObservable(e1.pipe(snapshots())).toBe(expected, {
        s: START,
        l: liveWith(),
        y: liveWith(thing('a', 2), thing('b', 3)),
        z: liveWith(thing('a', 2), thing('b', 3), thing('c', 4)),
      });
    }),
  );

  it(
    'tells a change of phase at once, with the changes gathered so far',
    marbles(({ cold, expectObservable }) => {
      const events = {
        i: init('expired'),
        I: initDone(1),
        a: apply(thing('a', 2)),
        x: interrupted(),
        p: paused(),
        l: live(5),
      };
      const e1 = cold(' iI-a-x-i-p-l----|', events);
      const expected = 'sl---x---p-y----|';
      const items = [thing('a', 2)];

      expectObservable(e1.pipe(snapshots({ every: 4 }))).toBe(expected, {
        s: START,
        l: liveWith(),
        x: { phase: 'interrupted', ready: true, items, error: reset, attempt: 1, retryIn: 800 },
        p: { phase: 'paused', ready: true, items },
        // The relist that `i` began is still under way.
        y: { phase: 'listing', ready: true, items },
      });
    }),
  );

  it(
    'shows what it had until a relist is complete, and the last changes before it completes',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const events = {
        i: init('expired'),
        a: initApply(thing('a', 1)),
        b: initApply(thing('b', 2)),
        I: initDone(3),
        A: deleted(thing('a', 4)),
      };
      const e1 = cold(' iaI--ib-I--iaI-A|   ', events);
      const e1subs = '  ^---------------!   ';
      const expected = 's-l--r--m--n-l-----(e|)';

      expectObservable(e1.pipe(snapshots({ every: 4 }))).toBe(expected, {
        s: START,
        l: liveWith(thing('a', 1)),
        r: { phase: 'listing', ready: true, items: [thing('a', 1)] },
        m: liveWith(thing('b', 2)),
        n: { phase: 'listing', ready: true, items: [thing('b', 2)] },
        e: liveWith(),
      });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'tells a failure of the watch as a last value, if asked to, and any other error as an error',
    marbles(({ cold, expectObservable }) => {
      const events = { i: init(), I: initDone(1), a: apply(thing('a', 2)) };
      const e1 = cold(' iI-a-#   ', events, gone);
      const expected = 'sl---(f|)';
      const e2 = cold(' iI-a-#   ', events, new TypeError('a bug'));
      const broken = '  sl---#   ';
      const values = {
        s: START,
        l: liveWith(),
        f: { phase: 'failed', ready: true, items: [thing('a', 2)], error: gone },
      } as const;

      expectObservable(e1.pipe(snapshots({ errorAsValue: true }))).toBe(expected, values);
      expectObservable(e2.pipe(snapshots({ errorAsValue: true }))).toBe(broken, values, new TypeError('a bug'));
    }),
  );

  it(
    'is ready when every watch was, and shows all their objects',
    marbles(({ cold, expectObservable }) => {
      const [two, others] = [says('two'), says('others', 'others')];
      const e1 = cold('iaI----------', { i: init(), a: initApply(thing('a', 1)), I: initDone(1) });
      const e2 = cold('i---aI-------', { i: two.init(), a: two.initApply(thing('a', 1)), I: two.initDone(1) });
      const e3 = cold('i------aI----', { i: others.init(), a: others.initApply(thing('a', 1)), I: others.initDone(1) });
      const expected = 's---y---z----';

      expectObservable(merge(e1, e2, e3).pipe(snapshots({ every: 2 }))).toBe(expected, {
        s: START,
        y: { ...START, items: [thing('a', 1)] },
        z: liveWith(thing('a', 1), thing('a', 1)),
      });
    }),
  );

  it('emits a value synchronously, and keeps the array and the objects that did not change', () => {
    const source = new Subject<WatchEvent<Thing, 'things'>>();
    const { values } = record(source.pipe(snapshots()));
    expect(values).toEqual([START]);

    for (const rv of [1, 2]) {
      for (const event of [init(), initApply(thing('a', 1)), initDone(rv)]) source.next(event);
    }
    const [first, relist, second] = values.slice(1);
    expect([first?.phase, relist?.phase, second?.phase]).toEqual(['live', 'listing', 'live']);
    expect(relist?.items).toBe(first?.items);
    expect(second?.items).toBe(first?.items);
  });

  it.each([
    [-1, 'every must be ≥ 0, got -1'],
    [NaN, 'every must be ≥ 0, got NaN'],
    [Infinity, 'every must be finite, got Infinity'],
    [2 ** 31, 'every must be ≤ 2147483647, got 2147483648'],
  ])('refuses every: %s', (every, message) => {
    expect(() => snapshots({ every })).toThrow(new RangeError(message));
  });
});

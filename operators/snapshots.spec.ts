import { merge, Subject, takeWhile } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { list, refuse, watchTest, type List } from '../marbles/index.js';
import type { WatchEvent } from '../src/events.js';
import { customResource } from '../src/kind.js';
import { watch$ } from '../src/watch.js';
import { marbles, reset, thing, type Thing } from '../test/double.js';
import { diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { giveUpAfter } from './give-up-after.js';
import { mapObjects } from './map-objects.js';
import { snapshots, type Snapshot } from './snapshots.js';

const { init, initApply, initDone, interrupted, live } = says();
const Others = customResource()({ group: '', version: 'v1', plural: 'others', kind: 'Other' });

const START: Snapshot<Thing> = { phase: 'listing', ready: false, items: [] };
const liveWith = (items: readonly Thing[] | List) => ({ phase: 'live', ready: true, items });

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
        x: liveWith([a, b]),
        y: liveWith([a, b, c]),
        z: liveWith([c]),
      });
      expectSubscriptions(e1.subscriptions).toBe('^');
    }),
  );

  it(
    'gathers changes for 50 ms, and does not start over with each',
    watchTest(({ watch, expectThat }) => {
      const things = watch('1 8ms a 29ms b 29ms c', { 1: list() });
      const expected = '    {sl} 58ms y 59ms z';

      expectThat(watch$(things).pipe(snapshots())).toBe(expected, {
        s: START,
        l: liveWith(list()),
        y: liveWith(list('a', 'b')),
        z: liveWith(list('a', 'b', 'c')),
      });
    }),
  );

  it(
    'tells a change of phase at once, with the changes gathered so far',
    watchTest(({ watch, hot, expectThat }) => {
      const things = watch(['1-a-!', '-[b-]'], { 1: list() });
      const pauses = hot('   ------t 110ms f', { t: true, f: false });
      const expected = '     {sl}---x-p 110ms y---z';
      const items = list('a');

      expectThat(watch$(things, { pauseWhile: pauses }).pipe(snapshots({ every: 4 }))).toBe(expected, {
        s: START,
        l: liveWith(list()),
        x: { phase: 'interrupted', ready: true, items, error: refuse(410).error, attempt: 1, retryIn: 100 },
        p: { phase: 'paused', ready: true, items },
        y: { phase: 'listing', ready: true, items },
        z: liveWith(list('b')),
      });
    }),
  );

  it(
    'shows what it had until a relist is complete, and the last changes before it completes',
    watchTest(({ watch, expectThat }) => {
      const things = watch(['1---!', '-[b-]-B'], { 1: list('a') });
      const expected = '     {sl}---x 101ms r-m-----{e|}';
      const untilDeleted = takeWhile(({ type }: WatchEvent) => type !== 'delete', true);

      expectThat(watch$(things).pipe(untilDeleted, snapshots({ every: 4 }))).toBe(expected, {
        s: START,
        l: liveWith(list('a')),
        x: { phase: 'interrupted', ready: true, items: list('a'), error: refuse(410).error, attempt: 1, retryIn: 100 },
        r: { phase: 'listing', ready: true, items: list('a') },
        m: liveWith(list('b')),
        e: liveWith(list()),
      });
    }),
  );

  it(
    'tells a failure of the watch as a last value, if asked to, and any other error as an error',
    watchTest(({ watch, expectThat }) => {
      const things = watch('1-a-#', { 1: list() });
      const expected = '    {sl}---{xf|}';
      const others = watch('1-b', { 1: list() });
      const broken = '      {sl}-#';
      const options = { errorAsValue: true };
      const failure = { ready: true, items: list('a'), error: reset, attempt: 1, retryIn: Infinity };
      const bug = (): Thing => {
        throw new TypeError('a bug');
      };
      const values = {
        s: START,
        l: liveWith(list()),
        x: { phase: 'interrupted', ...failure },
        f: { phase: 'failed', ...failure },
        '#': new TypeError('a bug'),
      };

      expectThat(watch$(things).pipe(giveUpAfter({ attempts: 1 }), snapshots(options))).toBe(expected, values);
      expectThat(watch$(others).pipe(mapObjects(bug), snapshots(options))).toBe(broken, values);
    }),
  );

  it(
    'is ready when every watch was, and shows all their objects',
    watchTest(({ watch, expectThat }) => {
      const things = watch(['1', '----0'], { 1: list('a') });
      const others = watch('-------1', { b: { metadata: { name: 'a' } }, 1: list('b') }, { kind: Others });
      const expected = '    s-y----z';
      const all$ = merge(watch$(things), watch$(things, { as: 'two' }), watch$(others));

      expectThat(all$.pipe(snapshots({ every: 2 }))).toBe(expected, {
        s: START,
        y: { ...START, items: list('a') },
        z: liveWith(list('a', 'b')),
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

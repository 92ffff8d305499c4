import { merge, Subject, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import { marbles, thing, type Thing } from '../test/double.js';
import { diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { changes } from './changes.js';

const base = { resource: 'things', cluster: 'test', from: 'things' } as const;
const { init, initApply, initDone, apply, delete: deleted } = says();

describe('changes', () => {
  itIsAnOperator(changes);

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable }) => {
      const { source, expected } = diagram('operators/changes.ts');

      expectObservable(cold(source, script()).pipe(changes())).toBe(expected, {
        a: { type: 'added', ...base, object: thing('a', 1) },
        b: { type: 'added', ...base, object: thing('b', 2) },
        c: { type: 'added', ...base, object: thing('c', 10) },
        C: { type: 'deleted', ...base, object: thing('c', 13) },
        A: { type: 'deleted', ...base, object: thing('a', 1) },
      });
    }),
  );

  it(
    'B8, I3, I4, L31 tells a relist that follows an interruption as its difference, and an aborted one not at all',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const events = {
        i: init('expired'),
        a: initApply(thing('a', 1)),
        b: initApply(thing('b', 2)),
        B: initApply(thing('b', 5)),
        I: initDone(9),
        x: says().interrupted(),
      };
      const e1 = cold(' -iab-I----x-ia--x-iB-I-----#', events);
      const e1subs = '  ^--------------------------!';
      const expected = '-----(ab)------------(de)--#';

      expectObservable(e1.pipe(changes())).toBe(expected, {
        a: { type: 'added', ...base, object: thing('a', 1) },
        b: { type: 'added', ...base, object: thing('b', 2) },
        d: { type: 'deleted', ...base, object: thing('a', 1) },
        e: { type: 'modified', ...base, object: thing('b', 5), previous: thing('b', 2) },
      });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'keeps objects of one name apart by resource and by cluster, and says where each is from',
    marbles(({ cold, expectObservable }) => {
      const others = says('others', 'others');
      const elsewhere = says('elsewhere', 'things', 'other');
      const e1 = cold('-a---c-', { a: apply(thing('a', 1)), c: deleted(thing('a', 4)) });
      const e2 = cold('--a----', { a: others.apply(thing('a', 2)) });
      const e3 = cold('---a---', { a: elsewhere.apply(thing('a', 3)) });
      const expected = '-abc-d-';

      expectObservable(merge(e1, e2, e3).pipe(changes())).toBe(expected, {
        a: { type: 'added', ...base, object: thing('a', 1) },
        b: { type: 'added', resource: 'others', cluster: 'test', from: 'others', object: thing('a', 2) },
        c: { type: 'added', resource: 'things', cluster: 'other', from: 'elsewhere', object: thing('a', 3) },
        d: { type: 'deleted', ...base, object: thing('a', 4) },
      });
    }),
  );

  it('leaves off in the middle of a list', () => {
    const source = new Subject<WatchEvent<Thing, 'things'>>();
    const recorded = record(source.pipe(changes(), take(3)));
    source.next(init());
    for (let n = 0; n < 100; n++) source.next(initApply(thing(`t${String(n)}`, n + 1)));
    source.next(initDone(100));
    expect(recorded.values.map(({ object }) => object.metadata.name)).toEqual(['t0', 't1', 't2']);
    expect(recorded.end).toBe('completed');
    expect(source.observed).toBe(false);
  });

  it('tells an object added before it is modified, where a consumer makes the source emit', () => {
    const source = new Subject<WatchEvent<Thing, 'things'>>();
    const told: string[] = [];
    source.pipe(changes()).subscribe({
      next: ({ type, object }) => {
        told.push(`${type} ${object.metadata.name}@${object.metadata.resourceVersion}`);
        if (told.length === 1) source.next(apply(thing('b', 7)));
      },
      error: (error: unknown) => told.push(String(error)),
    });

    for (const event of [init(), initApply(thing('a', 1)), initApply(thing('b', 2)), initDone(3)]) source.next(event);
    expect(told).toEqual(['added a@1', 'added b@2', 'modified b@7']);
  });
});

import { merge, Subject, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { list, state, watchTest } from '../marbles/index.js';
import type { WatchEvent } from '../src/events.js';
import { customResource } from '../src/kind.js';
import { watch$ } from '../src/watch.js';
import { marbles, thing, type Thing } from '../test/double.js';
import { diagram, itIsAnOperator, says, script } from '../test/events.js';
import { changes } from './changes.js';

const Others = customResource()({ group: '', version: 'v1', plural: 'others', kind: 'Other' });
const base = { resource: 'things', cluster: 'test', from: 'things' } as const;
const { init, initApply, initDone, apply } = says();

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
    watchTest(({ watch, expectThat }) => {
      const things = watch(['--1-!', '-[a-#', '-2'], { 1: list('a', 'b', 'c'), 2: list("b'", 'c') });
      const expected = '    --{abc}- 1705ms {de}';

      expectThat(watch$(things).pipe(changes())).toBe(expected, {
        a: { type: 'added', ...base, object: state('a') },
        b: { type: 'added', ...base, object: state('b') },
        c: { type: 'added', ...base, object: state('c') },
        d: { type: 'deleted', ...base, object: state('a', 1) },
        e: { type: 'modified', ...base, object: state('b'), previous: state('b', 1) },
      });
    }),
  );

  it(
    'keeps objects of one name apart by resource and by cluster, and says where each is from',
    watchTest(({ watch, expectThat }) => {
      const one = { metadata: { name: 'one' } };
      const things = watch('   -a---A', { a: one });
      const others = watch('   --b---', { b: one }, { kind: Others });
      const elsewhere = watch('---c--', { c: one }, { cluster: 'other', from: 'elsewhere' });
      const expected = '       -abc-A';

      expectThat(merge(watch$(things), watch$(others), watch$(elsewhere)).pipe(changes())).toBe(expected, {
        a: { type: 'added', ...base, object: state('a') },
        b: { type: 'added', resource: 'others', cluster: 'test', from: 'others', object: state('b') },
        c: { type: 'added', resource: 'things', cluster: 'other', from: 'elsewhere', object: state('c') },
        A: { type: 'deleted', ...base, object: state('a') },
      });
    }),
  );

  it(
    'leaves off in the middle of a list',
    watchTest(({ watch, expectThat, expectConnections }) => {
      const things = watch('--1--f', { 1: list('a', 'b', 'c', 'd', 'e') });
      const expected = '    --{abc|}';

      expectThat(watch$(things).pipe(changes(), take(3))).toBe(expected);
      expectConnections(things).toBe('^-!');
    }),
  );

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

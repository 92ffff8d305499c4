import {
  endWith,
  from,
  ignoreElements,
  map,
  merge,
  mergeAll,
  mergeMap,
  of,
  Subject,
  switchMap,
  take,
  takeWhile,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import { marbles, thing, type Thing } from '../test/double.js';
import { diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { collected } from '../test/garbage.js';
import { groupByObject, type ObjectGroup } from './group-by-object.js';

type Event = WatchEvent<Thing, 'things'>;
const { init, initApply, initDone, apply, delete: deleted } = says();
const [a1, a2, a3, b1] = [thing('a', 1), thing('a', 2), thing('a', 3), thing('b', 1)];

describe('groupByObject', () => {
  itIsAnOperator(() => (source) => source.pipe(groupByObject(), mergeAll()));

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable }) => {
      const { source, expected } = diagram('operators/group-by-object.ts');
      const e1 = cold(source, script());
      const a = cold('        a-----------|   ', { a: thing('a', 1) });
      const b = cold('        b---------------', { b: thing('b', 2) });
      const c = cold('            c-|         ', { c: thing('c', 10) });

      expectObservable(e1.pipe(groupByObject())).toBe(expected, { a, b, c });
    }),
  );

  it(
    'completes a group when the object is deleted, and begins another for its successor',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const events = { 1: apply(a1), 2: apply(a2), A: deleted(a3), 4: apply(thing('a', 4, 'new')) };
      const e1 = cold(' -1-2--A---4---A-|', { ...events, 5: apply(thing('a', 5, 'newer')) });
      const e1subs = '  ^---------------!';
      const expected = '-x--------y-----|';
      const x = cold('   1-2--|          ', { 1: a1, 2: a2 });
      const y = cold('            4-----| ', { 4: thing('a', 4, 'new') });

      expectObservable(e1.pipe(groupByObject())).toBe(expected, { x, y });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'completes what a relist no longer has, or has with another uid, and nothing for a list that was cut short',
    marbles(({ cold, expectObservable }) => {
      const events = {
        i: init('expired'),
        a: initApply(a1),
        b: initApply(b1),
        B: initApply(thing('b', 9, 'new')),
        I: initDone(9),
      };
      const e1 = cold(' iabI---ib---iB-I-', events);
      const expected = '---(ab)--------y-';
      const a = cold('     a-----------| ', { a: a1 });
      const b = cold('     b-----------| ', { b: b1 });
      const y = cold('                 y-', { y: thing('b', 9, 'new') });

      expectObservable(e1.pipe(groupByObject())).toBe(expected, { a, b, y });
    }),
  );

  it(
    'gives every group the error or the completion of the source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const events = { a: apply(a1), b: apply(b1) };
      const e1 = cold(' -a-b--#', events);
      const e2 = cold(' -a-b--|', events);
      const subs = '    ^-----!';
      const errors = '  -a-b--#';
      const completes = '-a-b--|';

      const [a, b] = [cold('a----#', { a: a1 }), cold('b--#', { b: b1 })];
      const [c, d] = [cold('a----|', { a: a1 }), cold('b--|', { b: b1 })];
      expectObservable(e1.pipe(groupByObject())).toBe(errors, { a, b });
      expectObservable(e2.pipe(groupByObject())).toBe(completes, { a: c, b: d });
      expectSubscriptions(e1.subscriptions).toBe(subs);
      expectSubscriptions(e2.subscriptions).toBe(subs);
    }),
  );

  it(
    'emits the present state to whoever subscribes late, and only completes for one that is over',
    marbles(({ cold, expectObservable }) => {
      const e1 = cold(' -1-2----3--A-----|', { 1: apply(a1), 2: apply(a2), 3: apply(a3), A: deleted(a3) });
      const expected = '------2-3--(x|)   ';
      const over = '    --------------(x|)';
      const late = (delay: number) =>
        e1.pipe(
          groupByObject(),
          mergeMap((group) => timer(delay).pipe(switchMap(() => group.pipe(endWith('x'))))),
          takeWhile((value) => value !== 'x', true),
        );

      expectObservable(late(5)).toBe(expected, { 2: a2, 3: a3, x: 'x' });
      expectObservable(late(13)).toBe(over);
    }),
  );

  it(
    'keeps the source while a group is subscribed to, and lets go of it with the last one',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -a-b-c-A--', { a: apply(a1), b: apply(b1), c: apply(a2), A: deleted(a3) });
      const e1subs = '  ^------!   ';
      const expected = '-a---c-|   ';

      expectObservable(e1.pipe(groupByObject(), take(1), mergeAll())).toBe(expected, { a: a1, c: a2 });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'lets go of the source when it is unsubscribed from, whatever groups there are that nobody subscribed to',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  -a-b-c-----', { a: apply(a1), b: apply(b1), c: apply(a2) });
      const e1subs = '  ^-----!    ';
      const expected = '-a-b-------';
      const unsub = '   ------!    ';

      expectObservable(
        e1.pipe(
          groupByObject(),
          map(({ name }) => name),
        ),
        unsub,
      ).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'switches to the newest state of each object by itself',
    marbles(({ cold, time, expectObservable }) => {
      const e1 = cold(' -a-b-c---------|', { a: apply(a1), b: apply(b1), c: apply(a2) });
      const work = time(' -----|         ');
      const expected = '--------b-c----|';

      const newest = e1.pipe(
        groupByObject(),
        mergeMap((group) => group.pipe(switchMap((object) => timer(work).pipe(map(() => object))))),
      );
      expectObservable(newest).toBe(expected, { b: b1, c: a2 });
    }),
  );

  it('says which object a group is of, and keeps equal names apart by resource and by cluster', () => {
    const widget = { kind: 'Thing', metadata: { name: 'a', uid: 'w', resourceVersion: '7' } };
    const groups = record(
      from([
        apply(a1),
        says('others', 'others').apply(thing('a', 5, 'o')),
        says('elsewhere', 'things', 'other').apply(a2),
        says('widgets', 'widgets').apply(widget),
      ]).pipe(groupByObject()),
    ).values;

    const said = groups.map(({ resource, cluster, namespace, name, uid }) => ({
      resource,
      cluster,
      namespace,
      name,
      uid,
    }));
    expect(said).toEqual([
      { resource: 'things', cluster: 'test', namespace: 'default', name: 'a', uid: 'uid-a' },
      { resource: 'others', cluster: 'test', namespace: 'default', name: 'a', uid: 'o' },
      { resource: 'things', cluster: 'other', namespace: 'default', name: 'a', uid: 'uid-a' },
      { resource: 'widgets', cluster: 'test', namespace: undefined, name: 'a', uid: 'w' },
    ]);
  });

  it(
    'has one group of an object that two watches list, until both have lost it',
    marbles(({ cold, expectObservable }) => {
      const two = says('two');
      const e1 = cold(' -a---A-----', { a: apply(a1), A: deleted(a3) });
      const e2 = cold(' ---a----A--', { a: two.apply(a1), A: two.delete(a3) });
      const expected = '-x---------';
      const x = cold('   a------|  ', { a: a1 });

      expectObservable(merge(e1, e2).pipe(groupByObject())).toBe(expected, { x });
    }),
  );

  it('begins no group for the deletion of what was never seen', () => {
    expect(
      record(
        of(deleted(a1), apply(b1)).pipe(
          groupByObject(),
          map(({ name }) => name),
        ),
      ).values,
    ).toEqual(['b']);
  });

  it('keeps the order where a consumer makes the source emit', () => {
    const source = new Subject<Event>();
    const told: string[] = [];
    const tell = (group: ObjectGroup<Thing>, id: number) =>
      group.subscribe({
        next: ({ metadata }) => {
          told.push(`${id} ${metadata.resourceVersion}`);
          if (metadata.resourceVersion === '1') for (const event of [deleted(a2), apply(a3)]) source.next(event);
        },
        error: (error: unknown) => told.push(String(error)),
        complete: () => told.push(`${id} over`),
      });
    record(source.pipe(groupByObject(), map(tell)));

    source.next(apply(a1));
    expect(told).toEqual(['0 1', '0 over', '1 3']);
  });

  it('forgets objects that are gone, though nobody subscribed to their groups', async () => {
    const source = new Subject<Event>();
    const { subscription } = record(source.pipe(groupByObject(), ignoreElements()));
    const comeAndGo = (name: string): WeakRef<Thing>[] => {
      const [state, final] = [thing(name, 1), thing(name, 2)];
      source.next(apply(state));
      source.next(deleted(final));
      return [new WeakRef(state), new WeakRef(final)];
    };
    const refs = Array.from({ length: 10 }, (_, n) => comeAndGo(`t${String(n)}`)).flat();
    source.next(apply(b1));

    await collected(refs);
    expect(source.observed).toBe(true);
    subscription.unsubscribe();
  });
});

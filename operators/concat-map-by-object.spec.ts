import { delay, EMPTY, finalize, from, merge, NEVER, Observable, of, Subject, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import type { ChangeOf } from '../src/store/change.js';
import { marbles, thing, type Thing } from '../test/double.js';
import { diagram, itIsAnOperator, record, says } from '../test/events.js';
import { concatMapByObject, type ConcatMapByObjectOptions } from './concat-map-by-object.js';

type Event = WatchEvent<Thing, 'things'>;
const { init, initApply, initDone, apply, delete: deleted } = says();
/** `a` in its state at a resourceVersion, and its successor. */
const a = (version: number): Event => apply(thing('a', version));
const A = (version: number): Event => deleted(thing('a', version));
const successor = (version: number): Event => apply(thing('a', version, 'new'));
const successorGone = (version: number): Event => deleted(thing('a', version, 'new'));
const b = (version: number): Event => apply(thing('b', version));

/** A change as one line: `added a@1`, `modified a@1 → a@3`. */
const line = (change: ChangeOf): string =>
  `${change.type} ${change.type === 'modified' ? `${state(change.previous)} → ` : ''}${state(change.object)}`;
const state = ({ metadata }: ChangeOf['object']): string => `${metadata.name}@${metadata.resourceVersion}`;

/** What is projected of these events, where all of them come while the first projection is under way. */
function projected(events: readonly Event[], options: ConcatMapByObjectOptions): string[] {
  const [source, first] = [new Subject<Event>(), new Subject<never>()];
  const told: string[] = [];
  const project = (change: ChangeOf): Observable<never> => {
    told.push(line(change));
    return told.length === 1 ? first : EMPTY;
  };
  record(source.pipe(concatMapByObject(project, options)));
  for (const event of events) source.next(event);
  expect(told).toHaveLength(1);
  first.complete();
  return told;
}

describe('concatMapByObject', () => {
  itIsAnOperator(() => concatMapByObject((change) => of(line(change))));

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable }) => {
      const { source, expected } = diagram('operators/concat-map-by-object.ts');
      const e1 = cold(source, { 1: a(1), 2: a(2), 3: a(3) });
      const work = concatMapByObject<Event, ChangeOf['object']>(({ object }) => of(object).pipe(delay(4)));

      expectObservable(e1.pipe(work)).toBe(expected, { 1: thing('a', 1), 3: thing('a', 3) });
    }),
  );

  it(
    'works on one object at a time only once, on others side by side, and completes when nothing is left to do',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -abc-|             ', { a: a(1), b: b(1), c: a(2) });
      const e1subs = '  ^----!             ';
      const inner = {
        'added a@1': cold('---x----|          '),
        'added b@1': cold('---y----|         '),
        'modified a@1 → a@2': cold('---z--|    '),
      };
      const expected = '----xy------z--|   ';

      expectObservable(e1.pipe(concatMapByObject((change) => inner[line(change) as keyof typeof inner]))).toBe(
        expected,
      );
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(inner['added a@1'].subscriptions).toBe('-^-------!');
      expectSubscriptions(inner['added b@1'].subscriptions).toBe('--^-------!');
      expectSubscriptions(inner['modified a@1 → a@2'].subscriptions).toBe('---------^-----!');
    }),
  );

  it(
    'gives turns in the order of arrival, and a busy object no second one before the others had theirs',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const events = { a: a(1), b: b(1), c: apply(thing('c', 1)), d: apply(thing('d', 1)), A: a(2) };
      const e1 = cold(' -abAcd-|               ', events);
      const e1subs = '  ^------!               ';
      const two = '     -----xy--wv--(z|)      ';
      const one = '     -----x---y---w---v---(z|)';
      const values = { x: 'added a@1', y: 'added b@1', z: 'modified a@1 → a@2', w: 'added c@1', v: 'added d@1' };
      const work = (change: ChangeOf) => of(line(change)).pipe(delay(4));

      expectObservable(e1.pipe(concatMapByObject(work, { concurrent: 2 }))).toBe(two, values);
      expectObservable(e1.pipe(concatMapByObject(work, { concurrent: 1 }))).toBe(one, values);
      expectSubscriptions(e1.subscriptions).toBe([e1subs, e1subs]);
    }),
  );

  describe('folds what comes while the object is busy:', () => {
    it.each<[string, Event[], string[]]>([
      ['modified, modified', [a(1), a(2), a(3)], ['added a@1', 'modified a@1 → a@3']],
      ['modified three times', [a(1), a(2), a(3), a(4)], ['added a@1', 'modified a@1 → a@4']],
      ['modified, deleted', [a(1), a(2), A(3)], ['added a@1', 'deleted a@3']],
      ['deleted, added', [a(1), A(2), successor(3)], ['added a@1', 'deleted a@2', 'added a@3']],
      ['another uid', [a(1), successor(3)], ['added a@1', 'deleted a@1', 'added a@3']],
      ['… and modified', [a(1), A(2), successor(3), successor(4)], ['added a@1', 'deleted a@2', 'added a@4']],
      ['… and deleted', [a(1), A(2), successor(3), successorGone(4)], ['added a@1', 'deleted a@2']],
      [
        '… and added again',
        [a(1), A(2), successor(3), successorGone(4), a(5), a(6)],
        ['added a@1', 'deleted a@2', 'added a@6'],
      ],
      ['added, deleted', [A(1), successor(2), successorGone(3)], ['deleted a@1']],
    ])('%s', (_, events, expected) => {
      expect(projected(events, {})).toEqual(expected);
    });
  });

  describe('folds what comes while the object waits for its turn:', () => {
    it.each<[string, Event[], string[]]>([
      ['added, modified', [a(1), a(2)], ['added a@2']],
      ['added, deleted', [a(1), A(2)], []],
      ['added, deleted, added', [a(1), A(2), successor(3)], ['added a@3']],
      ['deleted, twice told by watches that resumed', [A(2), says('two').delete(thing('a', 2))], ['deleted a@2']],
    ])('%s', (_, events, expected) => {
      expect(projected([b(1), ...events], { concurrent: 1 })).toEqual(['added b@1', ...expected]);
    });
  });

  it("projects every change, with pending: 'all'", () => {
    const events = [a(1), a(2), A(3), successor(4), successorGone(5)];
    const all = ['added a@1', 'modified a@1 → a@2', 'deleted a@3', 'added a@4', 'deleted a@5'];
    expect(projected(events, { pending: 'all' })).toEqual(all);
  });

  it('tells a relist as its difference from what was projected last', () => {
    const events = [init(), initApply(thing('a', 1)), initApply(thing('b', 1)), initDone(1), a(2)];
    const relist = [init('expired'), initApply(thing('b', 1)), initDone(9)];
    const aborted = [init('expired'), initApply(thing('c', 8))];
    expect(projected([...events, ...aborted, ...relist], { concurrent: 1 })).toEqual([
      'added a@1',
      'added b@1',
      'deleted a@2',
    ]);
  });

  it('works on objects of one name side by side, where the resource or the cluster is another', () => {
    const others = says('others', 'others').apply(thing('a', 1));
    const elsewhere = says('elsewhere', 'things', 'other').apply(thing('a', 1));
    const told: string[] = [];
    const work = concatMapByObject<WatchEvent<Thing>, never>(({ resource, cluster }) => {
      told.push(`${resource} ${cluster}`);
      return NEVER;
    });
    record(merge(of<WatchEvent<Thing>[]>(a(1), others, elsewhere), NEVER).pipe(work));
    expect(told).toEqual(['things test', 'others test', 'things other']);
  });

  it(
    'errors when the source, an inner Observable or project does, and lets go of all the others',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const broken = new Error('broken');
      const events = { a: a(1), b: b(1) };
      const e1 = cold(' -a-b--#   ', events, broken);
      const e2 = cold(' -a-b------', events);
      const innerA = cold('--x-----  ');
      const innerB = cold('  --#     ', undefined, broken);
      const subs = ['               -^----!   ', '               -^---!    ', '               -^-!      '];
      const source = ' ---x--#   ';
      const inner = '  ---x-#    ';
      const thrown = ' ---#      ';
      const work = (ofB: () => Observable<string>) =>
        concatMapByObject<Event, string>(({ object }) => (object.metadata.name === 'a' ? innerA : ofB()));

      expectObservable(e1.pipe(work(() => NEVER))).toBe(source, undefined, broken);
      expectObservable(e2.pipe(work(() => innerB))).toBe(inner, undefined, broken);
      expectObservable(
        e2.pipe(
          work(() => {
            throw broken;
          }),
        ),
      ).toBe(thrown, undefined, broken);
      expectSubscriptions(innerA.subscriptions).toBe(subs);
      expectSubscriptions(e2.subscriptions).toBe(['^----!    ', '^--!      ']);
    }),
  );

  it(
    'lets go of the source and of all inner Observables when it is unsubscribed from, and begins nothing more',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const e1 = hot('   -abc---', { a: a(1), b: b(1), c: apply(thing('c', 1)) });
      const e1subs = '   ^----! ';
      const inner = cold(' --x---');
      const innersubs = ['-^---! ', '--^--! '];
      const expected = ' ---xx--';
      const unsub = '    -----! ';

      expectObservable(e1.pipe(concatMapByObject(() => inner, { concurrent: 2 })), unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(inner.subscriptions).toBe(innersubs);
    }),
  );

  it('begins nothing more where a consumer has enough while turns are given', () => {
    const [source, first] = [new Subject<Event>(), new Subject<number>()];
    let begun = 0;
    const work = concatMapByObject(() => (begun++ === 0 ? first : of(begun)), { concurrent: 1 });
    const { values } = record(source.pipe(work, take(1)));
    for (let n = 0; n < 10; n++) source.next(apply(thing(`t${String(n)}`, 1)));

    first.complete();
    expect({ values, begun, observed: source.observed }).toEqual({ values: [2], begun: 2, observed: false });
  });

  it('begins the next when the one before is torn down', () => {
    const [source, first] = [new Subject<Event>(), new Subject<never>()];
    const told: string[] = [];
    const work = concatMapByObject((change: ChangeOf) => {
      told.push(`begin ${line(change)}`);
      return first.pipe(finalize(() => told.push('end')));
    });
    record(source.pipe(work));
    for (const event of [a(1), a(2)]) source.next(event);

    first.complete();
    expect(told).toEqual(['begin added a@1', 'end', 'begin modified a@1 → a@2', 'end']);
  });

  it('takes changes in where a consumer or project makes the source emit', () => {
    const source = new Subject<Event>();
    const told: string[] = [];
    const work = concatMapByObject((change: ChangeOf) => {
      if (change.object.metadata.resourceVersion === '1') source.next(a(2));
      return of(`first ${line(change)}`, `then ${line(change)}`);
    });
    source.pipe(work).subscribe({
      next: (value) => {
        told.push(value);
        if (value === 'first modified a@1 → a@2') {
          source.next(a(3));
          source.complete();
        }
      },
      error: (error: unknown) => told.push(String(error)),
      complete: () => told.push('over'),
    });

    source.next(a(1));
    const [added, second, third] = ['added a@1', 'modified a@1 → a@2', 'modified a@2 → a@3'];
    expect(told).toEqual([...[added, second, third].flatMap((what) => [`first ${what}`, `then ${what}`]), 'over']);
  });

  it.each(['latest', 'all'] as const)('does 10,000 changes whose work is over at once, with pending: %s', (pending) => {
    const count = 10_000;
    const versions = Array.from({ length: count }, (_, n) => n + 1);
    const first = new Subject<number>();
    const project = ({ object }: ChangeOf) =>
      object.metadata.name === 'b' ? first : of(Number(object.metadata.resourceVersion));
    const work = concatMapByObject(project, { concurrent: 1, pending });

    // As they come, and all in one go: of one object, and of many.
    expect(record(from(versions.map(a)).pipe(work)).values).toEqual(versions);
    const waiting = [
      record(from([b(1), ...versions.map(a)]).pipe(work)),
      record(from([b(1), ...versions.map((n) => apply(thing(`t${String(n)}`, n)))]).pipe(work)),
    ];
    first.complete();
    expect(waiting[0]?.values).toEqual(pending === 'all' ? versions : [count]);
    expect(waiting[1]?.values).toEqual(versions);
    expect(waiting.map(({ end }) => end)).toEqual(['completed', 'completed']);
  });

  it.each<[ConcatMapByObjectOptions, string]>([
    [{ concurrent: 0 }, 'concurrent must be a whole number ≥ 1 or Infinity, got 0'],
    [{ concurrent: 1.5 }, 'concurrent must be a whole number ≥ 1 or Infinity, got 1.5'],
    [{ concurrent: NaN }, 'concurrent must be a whole number ≥ 1 or Infinity, got NaN'],
    [{ concurrent: -Infinity }, 'concurrent must be a whole number ≥ 1 or Infinity, got -Infinity'],
    [{ pending: 'newest' as 'latest' }, 'pending must be one of latest, all, got "newest"'],
  ])('refuses %o', (options, message) => {
    expect(() => concatMapByObject(() => EMPTY, options)).toThrow(new RangeError(message));
  });
});

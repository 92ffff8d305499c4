import { from, ignoreElements, map, merge, NEVER, Subject, take, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import { Connections } from '../src/store/connections.js';
import { Tables } from '../src/store/tables.js';
import { line, marbles, reset, thing, type Thing } from '../test/double.js';
import { Answers, diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { collected } from '../test/garbage.js';
import { backoffWith } from './backoff-with.js';
import { shareWatch } from './share-watch.js';

type Event = WatchEvent<Thing, 'things'>;
const { init, initApply, initDone, apply, delete: deleted, live, bookmark, interrupted, paused } = says();
const two = says('two');
const events = { ...script(), r: init('replay') };
const list = [init(), initApply(thing('a', 1)), initApply(thing('b', 2)), initDone(3)];
const replayed = ['init replay', 'initApply a@1', 'initApply b@2', 'initDone 3'];

/** What somebody is told at once who subscribes after these events. */
function toldAfter(...events: readonly Event[]): string[] {
  const shared = merge(from(events), NEVER).pipe(shareWatch(), map(line));
  const { subscription } = record(shared);
  const late = record(shared);
  subscription.add(late.subscription);
  subscription.unsubscribe();
  return late.values;
}

/** A watch that is shared already: what it is made to say, and what its first subscriber is told. */
function sharedWatch(...events: readonly Event[]) {
  const source = new Subject<Event>();
  const shared = source.pipe(shareWatch());
  const first = record(shared);
  for (const event of events) source.next(event);
  return { source, shared, first };
}

/** What is known, and how it stands with each watch, to somebody who was told these events. */
function folded(events: readonly Event[]): object {
  const [tables, connections] = [new Tables<Thing>(), new Connections()];
  for (const event of events) {
    tables.fold(event);
    connections.track(event);
  }
  return { items: new Set(tables.values()), scopes: connections.scopes() };
}

describe('shareWatch', () => {
  itIsAnOperator(() => shareWatch());

  it(
    'emits what its diagram says',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const { source, expected } = diagram('operators/share-watch.ts');
      const e1 = hot(source, events);
      const shared = e1.pipe(shareWatch());

      expectObservable(shared).toBe(source, events);
      expectObservable(shared, '--------^').toBe(expected, events);
      expectSubscriptions(e1.subscriptions).toBe('^');
    }),
  );

  it(
    'subscribes once, from the first subscriber to the last, and then begins anew',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('   -i-a-I-----c---', events);
      const e1subs = ['                 ^------------!        ', '                 ---------------^-----!'];
      const first = '     ^--------!            ';
      const expected1 = ' -i-a-I----            ';
      const second = '    ------^------!        ';
      const expected2 = ' ------(raI)c--        ';
      const third = '     ---------------^-----!';
      const expected3 = ' ----------------i-a-I-';
      const shared = e1.pipe(shareWatch());

      expectObservable(shared, first).toBe(expected1, events);
      expectObservable(shared, second).toBe(expected2, events);
      expectObservable(shared, third).toBe(expected3, events);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'stays subscribed for the grace, and goes on for whoever comes meanwhile',
    marbles(({ cold, time, expectObservable, expectSubscriptions }) => {
      const e1 = cold('   -i-a-I--------c---', events);
      const e1subs = [
        '                 ^-------------------!             ',
        '                 ----------------------^----------!',
      ];
      const grace = time('       ----|');
      const first = '     ^------!                   ';
      const expected1 = ' -i-a-I--                   ';
      const second = '    ---------^------!          ';
      const expected2 = ' ---------(raI)c--          ';
      const third = '     ----------------------^------!';
      const expected3 = ' -----------------------i-a-I-';
      const shared = e1.pipe(shareWatch({ grace }));

      expectObservable(shared, first).toBe(expected1, events);
      expectObservable(shared, second).toBe(expected2, events);
      expectObservable(shared, third).toBe(expected3, events);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it.each(['#', '|'])('tells everybody of the end (%s), and begins anew for whoever comes then', (end) => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(`   -i-a-I------${end}`, events, reset);
      const e1subs = ['                 ^-----------!        ', '                 --------------^-----!'];
      const expected1 = ` -i-a-I------${end}   `;
      const second = '    ------^              ';
      const expected2 = ` ------(raI)-${end}   `;
      const third = '     --------------^-----!';
      const expected3 = ' ---------------i-a-I-';
      const shared = e1.pipe(shareWatch());

      expectObservable(shared).toBe(expected1, events, reset);
      expectObservable(shared, second).toBe(expected2, events, reset);
      expectObservable(shared, third).toBe(expected3, events);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    })();
  });

  it(
    'begins anew, too, after an error that fell into the grace',
    marbles(({ cold, time, expectObservable, expectSubscriptions }) => {
      const e1 = cold('   -i-a-I--#', events, reset);
      const e1subs = ['   ^-------!', '---------^-------!'];
      const grace = time('      ----|');
      const first = '     ^-----!  ';
      const expected1 = ' -i-a-I-  ';
      const second = '    ---------^        ';
      const expected2 = ' ----------i-a-I--#';
      const shared = e1.pipe(shareWatch({ grace }));

      expectObservable(shared, first).toBe(expected1, events);
      expectObservable(shared, second).toBe(expected2, events, reset);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it.each([
    [-1, 'grace must be ≥ 0, got -1'],
    [NaN, 'grace must be ≥ 0, got NaN'],
    [Infinity, 'grace must be finite, got Infinity'],
    [2 ** 31, 'grace must be ≤ 2147483647, got 2147483648'],
  ])('refuses a grace of %s', (grace, message) => {
    expect(() => shareWatch({ grace })).toThrow(new RangeError(message));
  });
});

describe('shareWatch tells a late subscriber', () => {
  it.each<[string, Event[], string[]]>([
    ['nothing where nothing is known', [], []],
    ['the list, as far as it came', [init(), initApply(thing('a', 1))], ['init start', 'initApply a@1']],
    ['the complete list', list, replayed],
    [
      'what became of it, and how far it was followed',
      [...list, apply(thing('b', 4)), deleted(thing('a', 5)), apply(thing('c', 6)), bookmark(7)],
      ['init replay', 'initApply b@4', 'initApply c@6', 'initDone 7'],
    ],
    [
      'the former list and then the one under way, without what was withdrawn from that',
      [...list, init('expired'), initApply(thing('c', 8)), initApply(thing('b', 9)), deleted(thing('c', 10)), live(9)],
      [...replayed, 'init expired', 'initApply b@9'],
    ],
    [
      'nothing of a list that was cut short',
      [...list, init('expired'), initApply(thing('c', 8)), init('restart')],
      [...replayed, 'init restart'],
    ],
    [
      'the object that has the name now',
      [...list, apply(thing('a', 4, 'new')), deleted(thing('a', 5))],
      ['init replay', 'initApply a@4', 'initApply b@2', 'initDone 5'],
    ],
    ['that a watch is being removed', [...list, init('removed')], [...replayed, 'init removed']],
    ['nothing of a watch that was removed', [...list, init('removed'), initDone(0)], []],
  ])('%s', (_, events, told) => {
    expect(toldAfter(...events)).toEqual(told);
  });

  it.each<[string, Event[], string[]]>([
    ['the objects, none before an older one', [live(5), ...[6, 7].map(ab), apply(thing('a', 8))], ['b@7', 'a@8']],
    ['how far it came without a change', [live(5), ...[6, 7].map(ab), bookmark(9)], ['a@6', 'b@7', '9']],
    ['how far it came where nothing is left', [live(5), ab(6), deleted(thing('a', 7))], ['7']],
    ['the list that it has since', [live(5), ab(6), ...list], ['replay', 'a@1', 'b@2', '3']],
    ['the list under way, too', [ab(6), init('expired'), initApply(thing('a', 8))], ['a@6', 'expired', 'a@8']],
  ])('of a watch that started at a given resourceVersion: %s', (_, events, told) => {
    const short = toldAfter(...events).map((text) => text.replace(/^\w+ /, ''));
    expect(short).toEqual(told);
    expect(toldAfter(...events)[0]).toMatch(/^(apply|bookmark|init replay)/);
  });

  const cut = 'interrupted ECONNRESET #1 800';
  it.each<[string, Event[], string[]]>([
    ['an interruption', [...list, interrupted()], [...replayed, cut]],
    ['one before anything was known', [interrupted()], [cut]],
    ['one that the next attempt has not ended', [...list, interrupted(), init('expired')], ['init expired', cut]],
    ['none that the server has ended', [...list, interrupted(), live(3)], replayed],
    ['a pause', [...list, paused()], [...replayed, 'paused']],
    ['a pause of what was interrupted', [...list, interrupted(), paused()], [...replayed, 'paused']],
    ['no pause that a list has ended', [...list, paused(), init('expired')], ['init expired']],
  ])('the present trouble last: %s', (_, events, told) => {
    expect(toldAfter(...events).slice(-told.length)).toEqual(told);
    expect(toldAfter(...events).filter((text) => /^(interrupted|paused)/.test(text)).length).toBeLessThan(2);
  });

  it('of each watch apart, though they list the same object', () => {
    const other = [two.init(), two.initApply(thing('a', 1)), two.initDone(2), two.delete(thing('a', 9))];
    const { shared } = sharedWatch(...list, ...other);
    expect(record(shared.pipe(map((event) => `${event.from}: ${line(event)}`))).values).toEqual([
      ...replayed.map((text) => `things: ${text}`),
      'two: init replay',
      'two: initDone 9',
    ]);
  });

  it('what makes both know the same, at any moment', () => {
    const history = [
      ...list,
      two.init(),
      two.initApply(thing('a', 1)),
      two.interrupted(),
      apply(thing('c', 4)),
      two.init('restart'),
      two.initApply(thing('a', 1)),
      two.initApply(thing('d', 5)),
      two.delete(thing('d', 6)),
      two.initDone(6),
      deleted(thing('a', 7)),
      interrupted(),
      init('expired'),
      initApply(thing('b', 2)),
      interrupted({ attempt: 2 }),
      init('restart'),
      initApply(thing('b', 8, 'new')),
      initDone(8),
      says('three').live(5),
      says('three').apply(thing('e', 9)),
      says('three').paused(),
      two.init('removed'),
      two.initDone(0),
      says('three').live(9),
    ];
    for (let joined = 0; joined <= history.length; joined++) {
      const { source, shared, first } = sharedWatch(...history.slice(0, joined));
      const late = record(shared);
      expect(folded(late.values)).toEqual(folded(first.values));
      for (const event of history.slice(joined)) source.next(event);
      expect(folded(late.values)).toEqual(folded(first.values));
    }
  });

  it('of a failure for information: an answer returns false, and is not reported', () => {
    const recovery = new Answers();
    const event = interrupted({ recovery, retryIn: 5000 });
    const { shared } = sharedWatch(event);

    const [told] = record(shared.pipe(backoffWith(() => 1))).values;
    expect(told).toEqual({ ...event, recovery: told?.type === 'interrupted' && told.recovery });
    expect(told?.type === 'interrupted' && [told.recovery.retryIn(1), told.recovery.giveUp()]).toEqual([false, false]);
    expect(recovery.given).toEqual([]);
  });

  it('of a failure to come as everybody else, who may all answer', () => {
    const { source, shared } = sharedWatch();
    const recovery = new Answers();
    for (const ms of [1000, 2000]) record(shared.pipe(backoffWith(() => ms)));
    source.next(interrupted({ recovery }));
    expect(recovery.given).toEqual([1000, 2000]);
  });

  it('of the objects that everybody has, and not of other copies of them that a relist brought', () => {
    const { shared, first } = sharedWatch(...list, init('expired'), initApply(thing('a', 1)), initDone(9));
    const [, object] = record(shared).values;
    expect(object).toEqual(initApply(thing('a', 1)));
    expect(object).toHaveProperty(
      'object',
      expect.toSatisfy((a) => a === (first.values[1] as { object?: unknown }).object),
    );
  });

  it('of other copies after a rollback, when one resourceVersion can mean two states', () => {
    const other = { ...thing('a', 1), kind: 'Other' };
    const { shared } = sharedWatch(...list, init('rollback'), initApply(other), initDone(1));
    expect(record(shared).values[1]).toHaveProperty('object', other);
  });
});

describe('shareWatch, where things happen at once', () => {
  const names = map((event: Event) => line(event));

  it('tells somebody who subscribes while an event is delivered once of it', () => {
    const { source, shared } = sharedWatch(...list);
    const late: string[][] = [];
    record(shared.pipe(tap((event) => event.type === 'apply' && late.push(record(shared.pipe(names)).values))));

    source.next(apply(thing('c', 4)));
    source.next(bookmark(5));
    expect(late).toEqual([
      ['init replay', 'initApply a@1', 'initApply b@2', 'initApply c@4', 'initDone 4', 'bookmark 5'],
    ]);
  });

  it('tells somebody who subscribes while a synchronous source begins once of everything', () => {
    const shared = from(list).pipe(shareWatch());
    let late: string[] = [];
    record(shared.pipe(tap((event) => event.type === 'init' && (late = record(shared.pipe(names)).values))));
    expect(late).toEqual(['init start', 'initApply a@1', 'initApply b@2', 'initDone 3']);
  });

  it('tells what a replay brings about after it, and to the others at once', () => {
    const { source, shared, first } = sharedWatch(...list);
    const { values } = record(
      shared.pipe(
        names,
        tap((text) => text === 'init replay' && source.next(apply(thing('c', 4)))),
      ),
    );
    expect(values).toEqual([...replayed, 'apply c@4']);
    expect(first.values.map(line).slice(4)).toEqual(['apply c@4']);
  });

  it('keeps the order for everybody where a consumer makes the source emit', () => {
    const source = new Subject<Event>();
    const shared = source.pipe(shareWatch(), names);
    let newcomer: string[] = [];
    record(
      shared.pipe(
        tap((text) => {
          if (text !== 'apply a@1') return;
          source.next(apply(thing('b', 2)));
          // b is not delivered yet: it is not known, and comes.
          newcomer = record(shared).values;
        }),
      ),
    );
    const second = record(shared);

    source.next(apply(thing('a', 1)));
    expect(second.values).toEqual(['apply a@1', 'apply b@2']);
    expect(newcomer).toEqual(['apply a@1', 'apply b@2']);
  });

  it('is done with a replay that is unsubscribed from in the middle, and nobody else notices', () => {
    const { source, shared, first } = sharedWatch(...list);
    const late = record(shared.pipe(names, take(2)));
    expect(late).toMatchObject({ values: ['init replay', 'initApply a@1'], end: 'completed' });

    source.next(bookmark(4));
    expect(late.values).toHaveLength(2);
    expect(first.values.map(line).at(-1)).toBe('bookmark 4');
    expect(source.observed).toBe(true);
    first.subscription.unsubscribe();
    expect(source.observed).toBe(false);
  });

  it('turns what the reading of an object throws into an error for everybody, and lets go of its source', () => {
    const { source, shared, first } = sharedWatch(...list);
    const late = record(shared);
    const broken = { ...apply(thing('a', 4)) };
    Object.defineProperty(broken, 'object', {
      get: () => {
        throw new Error('broken');
      },
    });

    source.next(broken);
    expect([first.errors, late.errors]).toEqual([[new Error('broken')], [new Error('broken')]]);
    expect(source.observed).toBe(false);
  });

  it('forgets objects that are gone, and removed watches, though their replay is still subscribed to', async () => {
    const source = new Subject<Event>();
    const shared = source.pipe(shareWatch(), ignoreElements());
    const all = record(shared).subscription;
    const refs: WeakRef<Thing>[] = [];
    const state = (name: string, resourceVersion: number): Thing => {
      const object = thing(name, resourceVersion);
      refs.push(new WeakRef(object));
      return object;
    };
    for (const event of [init(), initDone(1)]) source.next(event);
    for (const event of [two.init(), two.initApply(state('a', 1)), two.initDone(2)]) source.next(event);
    for (let n = 0; n < 10; n++) {
      source.next(apply(state(`t${String(n)}`, n)));
      all.add(record(shared).subscription);
      source.next(deleted(state(`t${String(n)}`, n + 1)));
    }
    for (const event of [two.init('removed'), two.initDone(0)]) source.next(event);

    await collected(refs);
    expect(refs).toHaveLength(21);
    all.unsubscribe();
  });
});

function ab(resourceVersion: number): Event {
  return apply(thing(resourceVersion === 6 ? 'a' : 'b', resourceVersion));
}

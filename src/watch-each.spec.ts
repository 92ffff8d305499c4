import {
  auditTime,
  BehaviorSubject,
  concat,
  distinctUntilChanged,
  filter,
  identity,
  lastValueFrom,
  map,
  NEVER,
  of,
  Subject,
  take,
  tap,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { changes } from '../operators/changes.js';
import { backoffWith } from '../operators/backoff-with.js';
import { connectionState } from '../operators/connection-state.js';
import { reflectInto } from '../operators/reflect-into.js';
import { snapshots } from '../operators/snapshots.js';
import { frames, line, marbles, page, refusal, reset, scripted, thing, type Thing } from '../test/double.js';
import { diagram, record, says } from '../test/events.js';
import { createCluster } from './cluster.js';
import type { WatchEvent } from './events.js';
import { customResource } from './kind.js';
import type { Observation, WatchOptions } from './options.js';
import type { ListPage, WatchFrame } from './protocol/messages.js';
import type { Source } from './source.js';
import { createStore } from './store/store.js';
import { watchEach } from './watch-each.js';

type Answer = Observable<WatchFrame<Thing>>;

/** A source called `from`, whose n-th request is answered by the n-th of `watches`. */
const source = (from: string, ...watches: readonly Answer[]) => ({ ...scripted({ watches }), from });
/** A server that sends its list at once. */
const listing = (...names: readonly string[]): Answer =>
  concat(of(frames.open, ...names.map((name) => frames.added(thing(name, 1))), frames.marker(5)), NEVER);
const told = map((event: WatchEvent) => `${event.from}: ${line(event)}`);

const sent = { o: frames.open, I: frames.marker(5), a: frames.added(thing('a', 1)), b: frames.added(thing('b', 6)) };
const forbidden = refusal(403, 'Forbidden');

describe('watchEach', () => {
  it(
    'says what its diagram says',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const { sources, expected } = diagram('src/watch-each.ts');
      const [lists = '', ...servers] = sources;
      const [first, second] = servers.map((server) =>
        cold(server, {
          ...sent,
          d: frames.added(thing('d', 1)),
          D: frames.marker(5),
          e: frames.added(thing('e', 6)),
        }),
      );
      if (first === undefined || second === undefined) throw new Error('two servers were expected');
      const [one, two] = [says('one'), says('two')];
      const e1 = hot(lists, {
        x: [source('one', first), source('two', second)],
        y: [source('two')],
      });

      expectObservable(watchEach(e1), '20ms !').toBe(expected, {
        i: one.init(),
        a: one.initApply(thing('a', 1)),
        I: one.initDone(5),
        b: one.apply(thing('b', 6)),
        r: one.init('removed'),
        R: one.initDone(0),
        j: two.init(),
        d: two.initApply(thing('d', 1)),
        D: two.initDone(5),
        e: two.apply(thing('e', 6)),
      });
      expectSubscriptions(first.subscriptions).toBe('^---------!');
      expectSubscriptions(second.subscriptions).toBe('^-------------------!');
    }),
  );

  it(
    'goes on where the list of sources is complete, and without any source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold('     --I---', sent);
      const e1subs = '      ^----!';
      const expected = '    i-I---';
      const empty = '       ------';
      const unsub = '       -----!';
      const values = { i: says('one').init(), I: says('one').initDone(5) };

      expectObservable(watchEach([source('one', e1)]), unsub).toBe(expected, values);
      expectObservable(watchEach([]), unsub).toBe(empty);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'passes an error of the sources, and lets go of all',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const watch = cold('  --I---', sent);
      const watchSubs = '   --^----!';
      const e1 = cold('     --x----#', { x: [source('one', watch)] });
      const e1subs = '      ^------!';
      const expected = '    --i-I--#';

      expectObservable(watchEach(e1)).toBe(expected, { i: says('one').init(), I: says('one').initDone(5) });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(watch.subscriptions).toBe(watchSubs);
    }),
  );

  it(
    'begins anew with a source that was gone',
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const [first, second] = [cold('-I', sent), cold('--aI', sent)];
      const firstSubs = '   ^---!';
      const secondSubs = '  ----------^----!';
      const e1 = hot('      x---y-----z-----', { x: [source('one', first)], y: [], z: [source('one', second)] });
      const expected = '    iI--(rR)--i-aI--';
      const unsub = '       ---------------!';
      const one = says('one');

      expectObservable(watchEach(e1), unsub).toBe(expected, {
        i: one.init(),
        a: one.initApply(thing('a', 1)),
        I: one.initDone(5),
        r: one.init('removed'),
        R: one.initDone(0),
      });
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
    }),
  );

  it('has watches of its own for each subscription', () => {
    const one = source('one', listing('a'), listing('b'));
    const all = watchEach([one]);
    const [first, second] = [record(all.pipe(told)), record(all.pipe(told))];
    expect(first.values).toEqual(['one: init start', 'one: initApply a@1', 'one: initDone 5']);
    expect(second.values).toEqual(['one: init start', 'one: initApply b@1', 'one: initDone 5']);
    first.subscription.unsubscribe();
    second.subscription.unsubscribe();
  });

  it('gives every watch the options', () => {
    const heard: Observation[] = [];
    const options: WatchOptions = { observe: (observation) => heard.push(observation) };
    record(watchEach([source('one', listing()), source('two', listing())], options)).subscription.unsubscribe();
    const requests = heard.filter(({ type }) => type === 'request');
    expect(requests.map(({ from }) => from)).toEqual(['one', 'two']);
  });
});

describe('watchEach: at most 8 first lists at a time', () => {
  it(
    'begins the next when one has its list, or was interrupted',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const busy = cold('   o-----', sent);
      const listed = cold(' o-I---', sent);
      const failed = cold(' o---# ', sent, reset);
      const ninth = cold('    o---', sent);
      const tenth = cold('      o-', sent);
      const eleventh = cold('      ', sent);
      const unsub = '       -----!';
      const servers = [busy, busy, busy, busy, busy, busy, listed, failed, ninth, tenth, eleventh];

      const all = watchEach(servers.map((server, n) => source(String(n), server)));
      expectObservable(all.pipe(filter(({ type }) => type === 'initDone')), unsub).toBe('--I', {
        I: says('6').initDone(5),
      });
      expectSubscriptions(busy.subscriptions).toBe(Array.from({ length: 6 }, () => '^----!'));
      expectSubscriptions(listed.subscriptions).toBe('^----!');
      expectSubscriptions(failed.subscriptions).toBe('^---!-');
      expectSubscriptions(ninth.subscriptions).toBe(' --^--!');
      expectSubscriptions(tenth.subscriptions).toBe(' ----^!');
      expectSubscriptions(eleventh.subscriptions).toBe([]);
    }),
  );

  it('begins the next when one is gone, and none that is gone, too', () => {
    const names = Array.from({ length: 20 }, (_, n) => String(n));
    const all = new Map(names.map((name) => [name, source(name)]));
    const pick = (...picked: readonly string[]) => picked.flatMap((name) => all.get(name) ?? []);
    const begun = (): string[] => names.filter((name) => all.get(name)?.requests.length === 1);
    const sources = new BehaviorSubject(pick(...names));
    const { subscription } = record(watchEach(sources));
    expect(begun()).toEqual(names.slice(0, 8));

    sources.next(pick(...names.slice(1, 8), ...names.slice(18)));
    expect(begun()).toEqual([...names.slice(0, 8), '18']);

    sources.next(pick('19'));
    expect(begun()).toEqual([...names.slice(0, 8), '18', '19']);
    subscription.unsubscribe();
  });

  it('begins none when it is unsubscribed from', () => {
    const sources = Array.from({ length: 9 }, (_, n) => source(String(n)));
    record(watchEach(sources)).subscription.unsubscribe();
    expect(sources.map(({ requests }) => requests.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0]);
  });

  it('lets go of all when one fails, of the one whose turn has just come, too', () => {
    const answers = Array.from({ length: 9 }, () => new Subject<WatchFrame<Thing>>());
    const { errors } = record(watchEach(answers.map((answer, n) => source(String(n), answer))));
    answers[3]?.error(forbidden);
    expect(errors).toEqual([forbidden]);
    expect(answers.filter(({ observed }) => observed)).toEqual([]);
  });

  it('has announced all before it begins any, so that nobody takes the first ones for all', () => {
    const names = Array.from({ length: 10 }, (_, n) => String(n));
    const all = watchEach(names.map((name) => source(name, listing(name))));
    const { values, subscription } = record(
      all.pipe(
        connectionState(),
        filter(({ ready }) => ready),
        take(1),
      ),
    );
    expect([...(values[0]?.scopes.keys() ?? [])]).toEqual(names);
    subscription.unsubscribe();
  });
});

describe('watchEach: a source that is gone is forgotten', () => {
  /** Two that list b both, of which only the second stays. */
  const lists = (hot: RunHelpers['hot'], diagram: string): Observable<readonly Source<Thing, 'things'>[]> =>
    hot(diagram, { x: [source('one', listing('a', 'b')), source('two', listing('b', 'c'))], y: [source('two')] });
  const [a, b, c] = [thing('a', 1), thing('b', 1), thing('c', 1)];
  const base = { resource: 'things', cluster: 'test' } as const;

  it(
    'by changes()',
    marbles(({ hot, expectObservable }) => {
      const e1 = lists(hot, 'x-----y---');
      const expected = '     (abc)-A---';
      const unsub = '        ---------!';

      expectObservable(watchEach(e1).pipe(changes()), unsub).toBe(expected, {
        a: { type: 'added', ...base, from: 'one', object: a },
        b: { type: 'added', ...base, from: 'one', object: b },
        c: { type: 'added', ...base, from: 'two', object: c },
        A: { type: 'deleted', ...base, from: 'one', object: a },
      });
    }),
  );

  it(
    'by snapshots()',
    marbles(({ hot, expectObservable }) => {
      const e1 = lists(hot, '--x--y---');
      const expected = '     s-x--y---';
      const unsub = '        --------!';

      const items = watchEach(e1).pipe(
        snapshots({ every: 0 }),
        map((snapshot) => snapshot.items),
        distinctUntilChanged(),
        auditTime(0),
      );
      expectObservable(items, unsub).toBe(expected, { s: [], x: [a, b, c], y: [b, c] });
    }),
  );

  it(
    'by a store, and by connectionState()',
    marbles(({ hot, expectObservable }) => {
      const e1 = lists(hot, 'x-----y---');
      const expected = '     x-----y---';
      const unsub = '        ---------!';
      const store = createStore<Thing>();

      const known = watchEach(e1).pipe(
        reflectInto(store),
        connectionState(),
        auditTime(0),
        map(({ phase, scopes }) => [phase, [...scopes.keys()], [...store.scopes.keys()], store.keys()]),
      );
      expectObservable(known, unsub).toBe(expected, {
        x: ['live', ['one', 'two'], ['one', 'two'], ['default/a', 'default/b', 'default/c']],
        y: ['live', ['two'], ['two'], ['default/b', 'default/c']],
      });
    }),
  );
});

describe('watchEach: failures', () => {
  it('an error of one is the error of all, and names the namespace', async () => {
    const Pods = customResource()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });
    const body = new Blob([JSON.stringify({ kind: 'Status', reason: 'Forbidden', message: 'no', code: 403 })]);
    const cluster = createCluster({
      id: 'https://k8s',
      request: ({ path }) =>
        path.includes('/shop/')
          ? Promise.resolve({ status: 403, header: () => 'application/json', body: body.stream() })
          : new Promise(() => undefined),
      breathe: () => Promise.resolve(),
    });

    const all = watchEach(['front', 'shop', 'back'].map((namespace) => cluster.resource(Pods, { namespace })));
    await expect(lastValueFrom(all, { defaultValue: undefined })).rejects.toThrow(
      'watch pods in namespace "shop": no (403 Forbidden)',
    );
  });

  it.each<[string, WatchOptions, MonoTypeOperatorFunction<WatchEvent<Thing, 'things'>>]>([
    ['the option retry', { retry: () => 5000 }, identity],
    ['backoffWith', {}, backoffWith(() => 5000)],
  ])('one that is answered by %s stays interrupted, and the others go on', (_, options, operator) => {
    marbles(({ cold, expectObservable }) => {
      const one = source('one', cold('-----#', sent, forbidden));
      const two = source('two', cold('-------I--b', sent));
      const expected = '              (ij)-x-I--b---';
      const unsub = '                 -------------!';
      const events = watchEach([one, two], options).pipe(operator);
      const values = {
        i: 'one: init start',
        j: 'two: init start',
        x: 'one: interrupted Forbidden (403) #1 5000',
        I: 'two: initDone 5',
        b: 'two: apply b@6',
      };

      expectObservable(events.pipe(told), unsub).toBe(expected, values);
    })();
  });

  it.each<[string, WatchOptions, Error]>([
    ['as', { as: 'pods' }, new TypeError('as must be left out: it is of one watch, got "pods"')],
    [
      'resourceVersion',
      { resourceVersion: '7' },
      new TypeError('resourceVersion must be left out: it is of one watch, got "7"'),
    ],
    ['pageSize', { pageSize: 0 }, new RangeError('pageSize must be a whole number ≥ 1, got 0')],
  ])('refuses a wrong option at once: %s', (_, options, error) => {
    expect(() => watchEach(NEVER, options)).toThrow(error);
  });

  it('a source that is there twice is an error that names it: at once, or where it comes', () => {
    const error = new RangeError('sources must differ in what they watch, got "one" twice');
    const [first, same] = [source('one'), source('one')];
    expect(() => watchEach([first, source('two'), same])).toThrow(error);

    const sources = new BehaviorSubject([first]);
    const { errors } = record(watchEach(sources));
    sources.next([first, same]);
    expect(errors).toEqual([error]);
    expect(sources.observed).toBe(false);
  });
});

describe('watchEach, where things happen at once', () => {
  it('leaves off in the middle of a list', () => {
    const names = Array.from({ length: 100 }, (_, n) => `t${n}`);
    const { values } = record(watchEach([source('one', listing(...names)), source('two')]).pipe(told, take(3)));
    expect(values).toEqual(['one: init start', 'two: init start', 'one: initApply t0@1']);
  });

  it.each<[string, string[]]>([
    ['one: initApply a@1', ['one: initApply a@1']],
    ['one: initDone 5', ['one: initApply a@1', 'one: initApply b@2', 'one: initDone 5']],
  ])('tells nothing of a source that "%s" makes a consumer leave out', (cue, before) => {
    const answer = new Subject<ListPage<Thing>>();
    const one = { ...scripted({ lists: [answer] }), from: 'one' };
    const sources = new BehaviorSubject([one]);
    const { values } = record(
      watchEach(sources, { initialList: 'paged' }).pipe(
        told,
        tap((text) => text === cue && sources.next([])),
      ),
    );
    answer.next(page(5, [thing('a', 1), thing('b', 2)]));
    expect(values).toEqual(['one: init start', ...before, 'one: init removed', 'one: initDone 0']);
    expect(answer.observed).toBe(false);
  });

  it('takes a list that the end of a source brings about after the one under way', () => {
    const sources = new BehaviorSubject([source('one')]);
    const { values, subscription } = record(
      watchEach(sources).pipe(
        told,
        tap((text) => text === 'one: init removed' && sources.next([source('three')])),
      ),
    );
    sources.next([source('two')]);
    subscription.unsubscribe();
    expect(values).toEqual([
      'one: init start',
      'one: init removed',
      'one: initDone 0',
      'two: init start',
      'two: init removed',
      'two: initDone 0',
      'three: init start',
    ]);
  });
});

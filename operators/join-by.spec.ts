import fc from 'fast-check';
import { firstValueFrom, from, merge, NEVER, Observable, of, Subject, take, timeout } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject, WatchEvent } from '../src/events.js';
import { createStore } from '../src/store/store.js';
import { line, marbles, thing, type Thing } from '../test/double.js';
import { Answers, diagram, itIsAnOperator, lazy, record, says, script, type Recorded } from '../test/events.js';
import { backoffWith } from './backoff-with.js';
import { changes } from './changes.js';
import { isDeleted } from './conditions.js';
import { connectionState } from './connection-state.js';
import { joinBy, type Joined } from './join-by.js';
import { byKey, byOwner, bySelector, type JoinKeys } from './join-keys.js';
import { reflectInto } from './reflect-into.js';
import { shareWatch } from './share-watch.js';
import { snapshots } from './snapshots.js';
import { waitFor } from './wait-for.js';

type Left = WatchEvent<Thing, 'things'>;
type Right = WatchEvent<Owned, 'others'>;
type Owned = Thing & { readonly metadata: { readonly ownerReferences?: readonly { readonly uid: string }[] } };

const things = says('l');
const others = says('r', 'others');

/** The thing called `name`, owned by the others named. */
function owned(name: string, resourceVersion: number, ...owners: readonly string[]): Owned {
  const { kind, metadata } = thing(name, resourceVersion);
  return { kind, metadata: { ...metadata, ownerReferences: owners.map((owner) => ({ uid: `uid-${owner}` })) } };
}

const list = <K extends string>(
  { init, initApply, initDone }: ReturnType<typeof says<K>>,
  ...objects: readonly Thing[]
): WatchEvent<Thing, K>[] => [init(), ...objects.map(initApply), initDone(9)];

/** An event as `from: type name@version(versions of what it is joined with)`. */
const told = (event: WatchEvent): string => `${event.from}: ${line(event)}`;

interface Both {
  readonly left: (...events: readonly WatchEvent<Thing, 'things'>[]) => string[];
  readonly right: (...events: readonly WatchEvent<Thing, 'others'>[]) => string[];
  readonly recorded: Recorded<WatchEvent<Joined<Thing, Thing>, 'things'>>;
}

/** Joins by owner, and tells what each side's events bring about. */
function both(keys: JoinKeys<Thing, Thing> = byOwner()): Both {
  const lefts = new Subject<WatchEvent<Thing, 'things'>>();
  const rights = new Subject<WatchEvent<Thing, 'others'>>();
  const recorded = record(lefts.pipe(joinBy(rights, keys)));
  const after = (tell: () => void): string[] => {
    const before = recorded.values.length;
    tell();
    return recorded.values.slice(before).map(told);
  };
  return {
    left: (...events) => after(() => events.forEach((event) => lefts.next(event))),
    right: (...events) => after(() => events.forEach((event) => rights.next(event))),
    recorded,
  };
}

/** Both sides listed: a, which owns p, and b, which owns nothing. */
function listed(keys?: JoinKeys<Thing, Thing>): Both {
  const join = both(keys);
  join.left(...list(things, thing('a', 1), thing('b', 2)));
  join.right(...list(others, owned('p', 3, 'a')));
  return join;
}

describe('joinBy', () => {
  itIsAnOperator(
    () => joinBy(of(others.init(), others.initDone(1)), byOwner()),
    (n) => [things.init(), things.initDone(1)][n] ?? things.apply(thing(`t${String(n)}`, n + 1)),
  );

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const { sources, expected } = diagram('operators/join-by.ts');
      const { i, a, I, A } = script();
      const [p, q] = [owned('p', 3, 'a'), owned('q', 4, 'a')];
      const e1 = cold(sources[0] ?? '', { i, a, I, A });
      const e2 = cold(sources[1] ?? '', {
        j: others.init(),
        p: others.initApply(p),
        J: others.initDone(3),
        q: others.apply(q),
        P: others.delete(owned('p', 5, 'a')),
      });
      const subs = '^-----------------!';
      const unsub = ' ------------------!';

      const stamp = { resource: 'things', cluster: 'test', from: 'things join' } as const;
      const joined = (version: string, ...right: readonly Thing[]): Joined<Thing, Thing> => {
        const left = thing('a', Number.parseInt(version));
        return { metadata: { ...left.metadata, resourceVersion: version }, left, right };
      };
      const [x, y, z] = [joined('1(3)', p), joined('1(3,4)', p, q), joined('1(4)', q)];
      expectObservable(e1.pipe(joinBy(e2, byOwner()), changes()), unsub).toBe(expected, {
        x: { type: 'added', ...stamp, object: x },
        y: { type: 'modified', ...stamp, object: y, previous: x },
        z: { type: 'modified', ...stamp, object: z, previous: y },
        Z: { type: 'deleted', ...stamp, object: joined('11(4)', q) },
      });
      expectSubscriptions(e1.subscriptions).toBe(subs);
      expectSubscriptions(e2.subscriptions).toBe(subs);
    }),
  );

  it(
    'completes when both sides have, and lets go of one when the other fails',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold<Left>('  --|     ');
      const e1subs = '         ^-!     ';
      const e2 = cold<Right>(' -----|  ');
      const e2subs = '         ^----!  ';
      const expected = '       -----|  ';
      const e3 = cold<Left>('  --------');
      const e3subs = '         ^--!    ';
      const e4 = cold<Right>(' ---#    ');
      const e4subs = '         ^--!    ';
      const failed = '         ---#    ';
      const e5 = cold<Right>(' --------');
      const e5subs = '         ^--!    ';
      const e6 = cold<Left>('  ---#    ');

      expectObservable(e1.pipe(joinBy(e2, byOwner()))).toBe(expected);
      expectObservable(e3.pipe(joinBy(e4, byOwner()))).toBe(failed);
      expectObservable(e6.pipe(joinBy(e5, byOwner()))).toBe(failed);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
      expectSubscriptions(e3.subscriptions).toBe(e3subs);
      expectSubscriptions(e4.subscriptions).toBe(e4subs);
      expectSubscriptions(e5.subscriptions).toBe(e5subs);
    }),
  );

  it('lists when both sides have listed, whichever is later', () => {
    const rightLater = both();
    expect(rightLater.left(...list(things, thing('a', 1), thing('b', 2)))).toEqual([
      'l join: init start',
      'l: init start',
      'l: initDone 9',
    ]);
    expect(rightLater.right(...list(others, owned('p', 3, 'a'), owned('q', 4, 'a')))).toEqual([
      'l join r: init start',
      'l join: initApply a@1(3,4)',
      'l join: initApply b@2()',
      'l join: initDone 0',
      'l join r: initDone 9',
    ]);

    const leftLater = both();
    expect(leftLater.right(...list(others, owned('p', 3, 'a')), others.live(9), others.bookmark(10))).toEqual([]);
    expect(leftLater.left(...list(things, thing('a', 1)))).toEqual([
      'l join: init start',
      'l join r: init start',
      'l join r: initDone 9',
      'l join r: bookmark 10',
      'l: init start',
      'l join: initApply a@1(3)',
      'l join: initDone 0',
      'l: initDone 9',
    ]);
  });

  it('waits for every watch of a side, and for the relist of one that starts at a resourceVersion', () => {
    const more = says('r2', 'others');
    const { left, right } = both();
    left(things.live(1), things.apply(thing('a', 2)));
    right(others.init(), more.init(), others.initDone(3));
    expect(right(more.initApply(owned('p', 3, 'a')), more.initDone(3))).toEqual(['l join r2: initDone 3']);
    expect(left(...list(things, thing('a', 2)))).toEqual([
      'l: init start',
      'l join: initApply a@2(3)',
      'l join: initDone 0',
      'l: initDone 9',
    ]);
  });

  it('tells what an update of either side changed, and nothing else', () => {
    const { left, right } = listed();
    expect(left(things.apply(thing('a', 4)))).toEqual(['l join: apply a@4(3)']);
    expect(right(others.apply(owned('p', 5, 'a')))).toEqual(['l join: apply a@4(5)']);
    expect(right(others.apply(owned('p', 6, 'b', 'c')))).toEqual(['l join: apply a@4()', 'l join: apply b@2(6)']);
    expect(left(things.apply(thing('c', 7)))).toEqual(['l join: apply c@7(6)']);
    expect(right(others.apply(owned('q', 8)))).toEqual([]);
    expect(right(others.apply(owned('p', 6, 'b', 'c')))).toEqual([]);
    expect(right(others.delete(owned('p', 9, 'b', 'c')))).toEqual(['l join: apply b@2()', 'l join: apply c@7()']);
    expect(left(things.delete(thing('a', 10)), things.delete(thing('z', 11)))).toEqual(['l join: delete a@10()']);
  });

  it('E5 tells another uid under the old name as a deletion and a new object', () => {
    const { left, right } = listed();
    expect(left(things.apply(thing('a', 4, 'new')))).toEqual(['l join: delete a@1(3)', 'l join: apply a@4()']);
    expect(right(others.apply(owned('p', 5, 'b')))).toEqual(['l join: apply b@2(5)']);
  });

  it('I3, I4, L31 tells a relist of either side as its difference, and an aborted one not at all', () => {
    const { left, right } = listed();
    const b = thing('b', 2);
    expect(left(things.init('expired'), things.initApply(thing('c', 4)))).toEqual(['l: init expired']);
    expect(
      left(things.init('restart'), things.initApply(thing('c', 5)), things.initApply(b), things.initDone(6)),
    ).toEqual(['l: init restart', 'l join: delete a@1(3)', 'l join: apply c@5()', 'l: initDone 6']);
    expect(right(others.init('expired'), others.initApply(owned('q', 7, 'b')))).toEqual(['l join r: init expired']);
    const again = [owned('p', 3, 'a'), owned('q', 7, 'b'), owned('o', 8, 'b')].map((object) =>
      others.initApply(object),
    );
    expect(right(others.init('restart'), ...again, others.initDone(9))).toEqual([
      'l join r: init restart',
      'l join: apply b@2(8,7)',
      'l join r: initDone 9',
    ]);
  });

  it('keeps the identity of what did not change, and the order of the right ones', () => {
    const { left, right, recorded } = listed();
    const pick = (name: string): Joined<Thing, Thing> | undefined => {
      const event = recorded.values.findLast((one) => 'object' in one && one.object.metadata.name === name);
      return event !== undefined && 'object' in event ? event.object : undefined;
    };
    const [a, b] = [pick('a'), pick('b')];
    right(others.apply(owned('o', 4, 'b')), others.apply(owned('n', 5, 'b')), others.apply(owned('o', 6, 'b')));
    expect(pick('a')).toBe(a);
    expect(pick('b')?.left).toBe(b?.left);
    expect(pick('b')?.right.map(({ metadata }) => metadata.name)).toEqual(['n', 'o']);
    expect(b?.right).toEqual([]);
    left(things.apply(thing('b', 7)));
    expect(pick('b')?.right.map(({ metadata }) => metadata.name)).toEqual(['n', 'o']);
  });

  it('has another version where a restored server gives the old one to another state', () => {
    const { right, recorded } = listed();
    const other = { ...owned('p', 3, 'a'), data: 'of another past' };
    expect(right(others.init('rollback'), others.initApply(other), others.initDone(3))).toEqual([
      'l join r: init rollback',
      "l join: apply a@1(3)'",
      'l join r: initDone 3',
    ]);
    expect(recorded.values.at(-2)).toMatchObject({ object: { right: [other] } });
  });

  it('keeps an object that one of two watches loses, and takes a watch out', () => {
    const more = says('l2');
    const { left } = listed();
    expect(left(...list(more, thing('a', 1), thing('c', 4)))).toEqual([
      'l2: init start',
      'l join: apply c@4()',
      'l2: initDone 9',
    ]);
    expect(left(things.delete(thing('a', 1)))).toEqual([]);
    expect(left(more.init('removed'), more.initDone(0))).toEqual([
      'l2: init removed',
      'l join: delete a@1(3)',
      'l join: delete c@4()',
      'l2: initDone 0',
    ]);
  });

  it('keeps the clusters of a side apart, each with a list of its own', () => {
    const elsewhere = says('le', 'things', 'other');
    const { left, right } = listed();
    expect(left(...list(elsewhere, thing('a', 1)))).toEqual([
      'le join: init start',
      'le: init start',
      'le join: initApply a@1()',
      'le join: initDone 0',
      'le: initDone 9',
    ]);
    expect(right(...list(says('re', 'others', 'other'), owned('p', 5, 'a')))).toEqual([
      'l join re: init start',
      'le join: apply a@1(5)',
      'l join re: initDone 9',
    ]);
  });

  it('passes on how it stands with both sides, the right one under the left name', () => {
    const { left, right, recorded } = listed();
    expect(left(things.interrupted(), things.live(4), things.paused(), things.bookmark(5))).toEqual([
      'l: interrupted ECONNRESET #1 800',
      'l: live 4',
      'l: paused',
      'l: bookmark 5',
    ]);
    const failure = others.interrupted();
    right(failure);
    expect(recorded.values.at(-1)).toEqual({ ...failure, resource: 'things', cluster: 'test', from: 'l join r' });
  });

  it('lets a failure of either side be answered while it is delivered', () => {
    const answers = new Answers();
    const lefts = new Subject<Left>();
    const rights = new Subject<WatchEvent<Thing, 'others'>>();
    const joined = lefts.pipe(
      joinBy(rights, byOwner()),
      backoffWith(() => 5000),
    );
    const { values } = record(joined);
    lefts.next(things.init());
    rights.next(others.interrupted({ recovery: answers }));
    answers.open = false;
    expect(answers.given).toEqual([5000]);
    expect(values.at(-1)).toMatchObject({ type: 'interrupted', retryIn: 5000 });
  });

  it(
    'is as its worse side is, whatever the other one tells meanwhile',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  -i-I---a-------a--a-', {
        i: things.init(),
        I: things.initDone(1),
        a: things.apply(thing('a', 2)),
      });
      const e2 = hot('  --j-J-x--j-J-p-l--q-', {
        j: others.init('expired'),
        J: others.initDone(1),
        x: others.interrupted(),
        p: others.paused(),
        q: others.apply(owned('p', 3, 'a')),
        l: others.live(4),
      });
      const subs = '    ^------------------!';
      const unsub = '   -------------------!';
      const phases = '  s---l-x----l-p-l----';

      const phase = (at: string, ready = true): object => expect.objectContaining({ phase: at, ready }) as object;
      const states = e1.pipe(joinBy(e2, byOwner()), snapshots({ every: 1000 }));
      expectObservable(states, unsub).toBe(phases, {
        s: phase('listing', false),
        l: phase('live'),
        x: phase('interrupted'),
        p: phase('paused'),
      });
      expectSubscriptions(e2.subscriptions).toBe(subs);
    }),
  );

  it('feeds a store, which is ready with the join', () => {
    const lefts = new Subject<Left>();
    const rights = new Subject<WatchEvent<Thing, 'others'>>();
    const store = createStore<Joined<Thing, Thing>>();
    record(lefts.pipe(joinBy(rights, byOwner()), reflectInto(store)));
    for (const event of list(things, thing('a', 1))) lefts.next(event);
    expect(store.ready).toBe(false);
    for (const event of list(others, owned('p', 3, 'a'))) rights.next(event);
    expect(store.ready).toBe(true);
    expect(store.get('default/a')?.right).toEqual([owned('p', 3, 'a')]);

    rights.next(others.interrupted());
    lefts.next(things.apply(thing('a', 4)));
    expect([...store.scopes].map(([name, { phase }]) => `${name} ${phase}`)).toEqual([
      'l join live',
      'l live',
      'l join r interrupted',
    ]);
  });

  it('can be shared', () => {
    const rights = new Subject<WatchEvent<Thing, 'others'>>();
    const lefts = new Subject<Left>();
    const shared = lefts.pipe(joinBy(rights, byOwner()), shareWatch(), snapshots({ every: 0 }));
    record(shared);
    for (const event of list(things, thing('a', 1))) lefts.next(event);
    for (const event of list(others, owned('p', 3, 'a'))) rights.next(event);
    rights.next(others.paused());
    expect(record(shared).values.at(-1)).toMatchObject({
      phase: 'paused',
      ready: true,
      items: [{ left: thing('a', 1), right: [owned('p', 3, 'a')] }],
    });
  });

  it('is empty to nobody before it is known to be', async () => {
    const rights = new Subject<WatchEvent<Thing, 'others'>>();
    const lefts = from(list(things, thing('a', 1)));
    const gone = record(merge(lefts, NEVER).pipe(joinBy(rights, byOwner()), waitFor(isDeleted())));
    for (const event of list(others)) rights.next(event);
    expect(gone.end).toBe(undefined);

    const none = merge(from(list(things)), NEVER).pipe(joinBy(from(list(others)), byOwner()), waitFor(isDeleted()));
    await expect(firstValueFrom(none.pipe(timeout(0)), { defaultValue: 'none' })).resolves.toBe(undefined);
  });

  it('nests on either side', () => {
    const lasts = new Subject<WatchEvent<Thing, 'lasts'>>();
    const middles = new Subject<WatchEvent<Thing, 'others'>>();
    const firsts = new Subject<Left>();
    const right = record(firsts.pipe(joinBy(middles.pipe(joinBy(lasts, byOwner())), byOwner())));
    const left = record(firsts.pipe(joinBy(middles, byOwner()), joinBy(lasts, byOwner())));
    for (const event of list(things, thing('a', 1))) firsts.next(event);
    for (const event of list(others, owned('p', 2, 'a'))) middles.next(event);
    const lastOf = says('z', 'lasts');
    for (const event of list(lastOf, owned('x', 3, 'p', 'a'))) lasts.next(event);
    lasts.next(lastOf.apply(owned('x', 4, 'p', 'a')));

    const objects = ({ values }: Recorded<WatchEvent>): string[] => values.filter((e) => 'object' in e).map(told);
    expect(objects(right)).toEqual(['l join: initApply a@1(2(3))', 'l join: apply a@1(2(4))']);
    expect(objects(left)).toEqual(['l join join: initApply a@1(2)(3)', 'l join join: apply a@1(2)(4)']);
    expect(Array.from(record(from(right.values).pipe(connectionState())).values.at(-1)?.scopes.keys() ?? [])).toEqual([
      'l join',
      'l',
      'l join r join',
      'l join r',
      'l join r join z',
    ]);
  });

  it('keeps the order where a consumer makes either side emit', () => {
    const lefts = new Subject<Left>();
    const rights = new Subject<WatchEvent<Thing, 'others'>>();
    const log: string[] = [];
    lefts.pipe(joinBy(rights, byOwner())).subscribe((event) => {
      if ('object' in event) log.push(told(event));
      if (event.type === 'initApply' && event.object.metadata.name === 'a') {
        rights.next(others.apply(owned('q', 4, 'b')));
        lefts.next(things.delete(thing('a', 5)));
      }
    });
    for (const event of list(things, thing('a', 1), thing('b', 2))) lefts.next(event);
    for (const event of list(others, owned('p', 3, 'a'))) rights.next(event);
    expect(log).toEqual([
      'l join: initApply a@1(3)',
      'l join: initApply b@2()',
      'l join: apply b@2(4)',
      'l join: delete a@5(3)',
    ]);
  });

  it('subscribes to the left side first, and not to the right one where the left was enough', () => {
    const order: string[] = [];
    const side = <T>(name: string, source: Observable<T>): Observable<T> =>
      new Observable((subscriber) => {
        order.push(name);
        subscriber.add(() => order.push(`${name} off`));
        return source.subscribe(subscriber);
      });
    const right = side('right', from(list(others)));
    record(side('left', from(list(things))).pipe(joinBy(right, byOwner()), take(1)));
    expect(order).toEqual(['left', 'left off']);
    order.length = 0;
    record(side('left', NEVER as Observable<Left>).pipe(joinBy(right, byOwner()))).subscription.unsubscribe();
    expect(order.slice(0, 2)).toEqual(['left', 'right']);
    expect(order.filter((what) => what.endsWith('off')).sort()).toEqual(['left off', 'right off']);
  });

  it('reads the object of a right event once', () => {
    const events = list(others, owned('p', 3, 'a')).map((event) => lazy<'others'>(event));
    record(from(list(things, thing('a', 1))).pipe(joinBy(from(events.map(({ event }) => event)), byOwner())));
    expect(events.map(({ readings }) => readings())).toEqual([0, 1, 0]);
  });

  it.each(['left', 'right', 'matches'] as const)('errors where the function %s of the keys throws', (name) => {
    const broken = (): never => {
      throw new Error('broken');
    };
    const { recorded } = listed({
      ...byKey(
        () => 'x',
        () => 'x',
      ),
      [name]: broken,
    });
    expect(recorded.errors).toEqual([new Error('broken')]);
  });
});

describe('joinBy among 10,000 objects and 1,000 that own or select them', () => {
  const ofN = (n: number): string => `t${String(n % 1000)}`;
  const lefts = Array.from({ length: 1000 }, (_, n) => thing(ofN(n), n + 1));
  const rightOf = (n: number, resourceVersion = 1001 + n): Owned & { metadata: { labels: Record<string, string> } } => {
    const { kind, metadata } = owned(`o${String(n)}`, resourceVersion, ofN(n));
    return { kind, metadata: { ...metadata, labels: { app: ofN(n), tier: 'web' } } };
  };
  const asked = { left: 0, right: 0, matches: 0 };
  const counted = ({ left, right, matches = () => true }: JoinKeys<Thing, Thing>): JoinKeys<Thing, Thing> => ({
    left: (object, cluster) => (asked.left++, left(object, cluster)),
    right: (object, cluster) => (asked.right++, right(object, cluster)),
    matches: (object, other) => (asked.matches++, matches(object, other)),
  });

  it.each([
    ['byOwner', byOwner() as JoinKeys<Thing, Thing>],
    ['bySelector', bySelector(({ metadata }) => ({ app: metadata.name, tier: 'web' })) as JoinKeys<Thing, Thing>],
  ])('%s makes one anew for an update of one, and asks for the keys of that one only', (_, keys) => {
    const { left, right } = both(counted(keys));
    left(...list(things, ...lefts));
    expect(right(...list(others, ...Array.from({ length: 10_000 }, (_, n) => rightOf(n))))).toHaveLength(1003);

    Object.assign(asked, { left: 0, right: 0, matches: 0 });
    expect(right(others.apply(rightOf(5, 20_000)))).toHaveLength(1);
    expect(asked).toEqual({ left: 0, right: 1, matches: 1 });
    expect(left(things.apply(thing('t7', 20_001)))).toHaveLength(1);
    expect(asked).toEqual({ left: 1, right: 1, matches: 11 });
  });
});

describe('joinBy, whatever happens', () => {
  const NAMES = ['a', 'b', 'c', 'd'];
  type Labelled = Owned & { readonly metadata: { readonly labels: Readonly<Record<string, string>> } };
  const labelsOf = ({ metadata }: KubernetesObject): Readonly<Record<string, string>> =>
    (metadata as Labelled['metadata']).labels;

  /** What one side's server has, and what it has told. */
  class World {
    readonly objects = new Map<string, Labelled>();
    readonly history: (readonly ['apply' | 'delete', Labelled])[] = [];
    #version = 0;

    write(name: string, pick: number, owners: World | undefined): void {
      const metadata = thing(
        name,
        ++this.#version,
        this.objects.get(name)?.metadata.uid ?? `${name}-${String(this.#version)}`,
      ).metadata;
      const owner = owners?.objects.get(NAMES[pick % 4] ?? '')?.metadata.uid;
      const ownerReferences = owner === undefined ? [] : [{ uid: owner }];
      // Of selectors: one label, two, or none.
      const pairs: [string, string][] = [
        ['x', String(pick % 2)],
        ['y', String(pick % 3)],
      ];
      const labels = Object.fromEntries(pairs.slice(0, pick % 3));
      const object = { kind: 'Thing', metadata: { ...metadata, ownerReferences, labels } };
      this.objects.set(name, object);
      this.history.push(['apply', object]);
    }

    remove(name: string): void {
      const last = this.objects.get(name);
      if (last === undefined) return;
      this.objects.delete(name);
      this.history.push([
        'delete',
        { ...last, metadata: { ...last.metadata, resourceVersion: String(++this.#version) } },
      ]);
    }
  }

  /** Follows a world at its own pace. */
  class Watch<K extends string> {
    readonly #says;
    readonly #world: World;
    #at: number | undefined;

    constructor(watch: string, resource: K, world: World) {
      this.#says = says(watch, resource);
      this.#world = world;
    }

    list(): WatchEvent<Thing, K>[] {
      this.#at = this.#world.history.length;
      return [
        this.#says.init('expired'),
        ...[...this.#world.objects.values()].map(this.#says.initApply),
        this.#says.initDone(this.#at),
      ];
    }

    fail(): WatchEvent<Thing, K>[] {
      return [this.#says.interrupted()];
    }

    abort(): WatchEvent<Thing, K>[] {
      const events = this.list().slice(0, -1);
      this.#at = undefined;
      return events;
    }

    follow(): WatchEvent<Thing, K>[] {
      const next = this.#world.history[this.#at ?? Infinity];
      if (this.#at === undefined || next === undefined) return [];
      this.#at += 1;
      return [this.#says[next[0]](next[1])];
    }

    catchUp(): WatchEvent<Thing, K>[] {
      if (this.#at === undefined) return this.list();
      const events = this.#world.history.slice(this.#at).map(([type, object]) => this.#says[type](object));
      this.#at = this.#world.history.length;
      return events;
    }
  }

  /** What a stream amounts to, by a fold of its own that finds fault with what is out of order. */
  class Sum {
    readonly #scopes = new Map<string, { building: boolean; objects: Map<string, Joined<Thing, Thing>> }>();

    add(event: WatchEvent<Joined<Thing, Thing>>): void {
      if (event.type === 'interrupted') return;
      const { from: watch } = event;
      const scope = this.#scopes.get(watch) ?? { building: false, objects: new Map<string, Joined<Thing, Thing>>() };
      const isKnown = this.#scopes.has(watch);
      this.#scopes.set(watch, scope);
      if (event.type === 'init') expect(isKnown && watch === 'one join', 'a second list').toBe(false);
      else expect(scope.building, told(event)).toBe(event.type === 'initApply' || event.type === 'initDone');
      if (event.type === 'init' || event.type === 'initDone') scope.building = event.type === 'init';
      if (!('object' in event)) return;
      expect(watch).toBe('one join');
      const { name, uid, resourceVersion } = event.object.metadata;
      const last = scope.objects.get(name)?.metadata;
      if (event.type === 'delete') {
        expect(last?.uid).toBe(uid);
        scope.objects.delete(name);
        return;
      }
      expect(last?.uid === uid && last.resourceVersion === resourceVersion, `again ${told(event)}`).toBe(false);
      if (last !== undefined) expect(last.uid).toBe(uid);
      scope.objects.set(name, event.object);
    }

    pairs(): string[] {
      const objects = [...this.#scopes.values()].flatMap((scope) => [...scope.objects.values()]);
      return objects.map(({ left, right }) => `${versionOf(left)}: ${right.map(versionOf).join()}`).sort();
    }
  }

  const versionOf = ({ metadata: { name, resourceVersion } }: Thing): string => `${name}@${resourceVersion}`;
  const selects = (left: Thing, right: Thing): boolean =>
    Object.keys(labelsOf(left)).length > 0 &&
    Object.entries(labelsOf(left)).every(([label, value]) => labelsOf(right)[label] === value);
  const owns = (left: Thing, right: Owned): boolean =>
    (right.metadata.ownerReferences ?? []).some(({ uid }) => uid === left.metadata.uid);
  const sharesLabel = (left: Thing, right: Thing): boolean =>
    Object.entries(labelsOf(left)).some(([label, value]) => labelsOf(right)[label] === value);
  const pairsOf = (object: Thing): string[] => Object.entries(labelsOf(object)).map((pair) => pair.join());

  const step = fc.record({
    what: fc.constantFrom('write', 'write', 'remove', 'list', 'abort', 'follow', 'follow', 'follow', 'fail'),
    side: fc.constantFrom('left', 'right'),
    name: fc.constantFrom(...NAMES),
    pick: fc.nat(11),
    watch: fc.nat(1),
  });

  it.each([
    ['byOwner', byOwner() as JoinKeys<Thing, Thing>, owns],
    ['bySelector', bySelector(labelsOf) as JoinKeys<Thing, Thing>, selects],
    ['byKey', byKey(pairsOf, pairsOf), sharesLabel],
  ])('%s is at every quiet moment what it would be if it were made anew', (_, keys, belongs) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const worlds = { left: new World(), right: new World() };
        const watches = {
          left: ['one', 'two'].map((watch) => new Watch(watch, 'things', worlds.left)),
          right: ['one', 'two'].map((watch) => new Watch(watch, 'others', worlds.right)),
        };
        const lefts = new Subject<WatchEvent<Thing, 'things'>>();
        const rights = new Subject<WatchEvent<Thing, 'others'>>();
        const sum = new Sum();
        lefts.pipe(joinBy(rights, keys)).subscribe((event) => sum.add(event));

        lefts.next(says('one').init());
        for (const { what, side, name, pick, watch } of steps) {
          const world = worlds[side];
          if (what === 'write') world.write(name, pick, side === 'right' ? worlds.left : undefined);
          else if (what === 'remove') world.remove(name);
          else if (side === 'left') for (const event of watches.left[watch]?.[what]() ?? []) lefts.next(event);
          else for (const event of watches.right[watch]?.[what]() ?? []) rights.next(event);
        }
        for (const watch of watches.left) for (const event of watch.catchUp()) lefts.next(event);
        for (const watch of watches.right) for (const event of watch.catchUp()) rights.next(event);

        const rightObjects = [...worlds.right.objects.values()].sort((a, b) =>
          a.metadata.name < b.metadata.name ? -1 : 1,
        );
        const pairs = [...worlds.left.objects.values()].map(
          (left) =>
            `${versionOf(left)}: ${rightObjects
              .filter((right) => belongs(left, right))
              .map(versionOf)
              .join()}`,
        );
        expect(sum.pairs()).toEqual(pairs.sort());
      }),
      { numRuns: 200 },
    );
  });
});

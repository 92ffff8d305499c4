import fc from 'fast-check';
import { firstValueFrom, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { marbles, reset, thing, type Thing } from '../../test/double.js';
import { record, says, type Recorded } from '../../test/events.js';
import type { WatchEvent } from '../events.js';
import type { ChangeOf } from './change.js';
import { createStore, WRITER, type Store } from './store.js';

const { init, initApply, initDone, apply, delete: deleted, live, bookmark, interrupted, paused } = says();

const list = (rv: number, ...things: readonly Thing[]): WatchEvent<Thing>[] => [
  init(),
  ...things.map(initApply),
  initDone(rv),
];

/** A thing that runs on a node, and has labels. */
interface Placed extends Thing {
  readonly node?: string;
  readonly labels?: readonly string[];
}
const placed = (name: string, rv: number, node?: string, ...labels: readonly string[]): Placed => ({
  ...thing(name, rv),
  ...(node === undefined ? {} : { node }),
  labels,
});

function write<T extends Thing, I extends string>(store: Store<T, I>, ...events: readonly WatchEvent<T>[]): void {
  const writer = store[WRITER]();
  for (const event of events) writer.write(event);
}

function storeOf(...events: readonly WatchEvent<Thing>[]): Store<Thing> {
  const store = createStore<Thing>();
  write(store, ...events);
  return store;
}

const names = (things: readonly Thing[]): string => things.map(({ metadata: { name } }) => name).join(' ');

describe('a store', () => {
  it('is empty, and not ready, at first', () => {
    const store = createStore<Thing>();
    expect([store.size, store.ready, store.get('default/a'), store.has('default/a'), store.scopes.size]).toEqual([
      0,
      false,
      undefined,
      false,
      0,
    ]);
    expect([store.values(), store.keys(), store.entries()]).toEqual([[], [], []]);
    expect(store.values()).toBe(store.values());
  });

  it('I1, L26 finds objects by key, or by name and namespace', () => {
    const [a, node] = [thing('a', 1), { ...thing('n', 2), metadata: { name: 'n', uid: 'n', resourceVersion: '2' } }];
    const store = storeOf(...list(3, a, node));
    for (const key of ['default/a', { namespace: 'default', name: 'a' }, a.metadata]) expect(store.get(key)).toBe(a);
    for (const key of ['n', { name: 'n' }, { namespace: '', name: 'n' }]) expect(store.get(key)).toBe(node);
    expect([store.has('a'), store.has({ namespace: 'other', name: 'a' }), store.has(a.metadata)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('hands out copies, the same one while nothing changes', () => {
    const store = storeOf(...list(3, thing('a', 1), thing('b', 2)));
    const [values, keys, entries] = [store.values(), store.keys(), store.entries()];
    expect(store.values()).toBe(values);
    write(store, deleted(thing('a', 4)));
    expect([values.length, keys.length, entries.length]).toEqual([2, 2, 2]);
    expect([store.values(), store.keys(), store.entries()]).toEqual([
      [thing('b', 2)],
      ['default/b'],
      [['default/b', thing('b', 2)]],
    ]);
  });

  it('I14 shows a relist when it is complete', () => {
    const store = storeOf(...list(3, thing('a', 1)), init('expired'), initApply(thing('b', 4)));
    expect(names(store.values())).toBe('a');
    write(store, initDone(5));
    expect(names(store.values())).toBe('b');
  });

  it('I13 hands the same object to every reader, as it came; the compiler keeps them from writing to it', () => {
    const a = thing('a', 1);
    const store = createStore({ index: { kind: ({ kind }: Thing) => kind } });
    const told = record(store.changes);
    write(store, ...list(3, a));
    const seen = [store.get('default/a'), store.values()[0], store.entries()[0]?.[1], store.by('kind', 'Thing')[0]];
    const observed = [record(store.select()).values[0]?.[0], record(store.object('default/a')).values[0]];
    for (const object of [...seen, ...observed, told.values[0]?.[0]?.object]) expect(object).toBe(a);

    // @ts-expect-error: read-only
    a.metadata.name = 'a';
  });

  it('L11 tells that an object is gone, where a first list lacks it and where a later one does', () => {
    const store = createStore<Thing>();
    const states = record(store.object('default/a').pipe(map((object) => object?.metadata.resourceVersion)));
    const absent = record(store.whenReady.pipe(map(() => store.has('default/b'))));
    write(store, ...list(3, thing('a', 1)));
    expect(absent.values).toEqual([false]);
    write(store, ...list(5));
    expect(states.values).toEqual([undefined, '1', undefined]);
  });

  it('refuses a second resource or cluster, and names both', () => {
    const store = storeOf(...list(3, thing('a', 1)));
    expect(() => write(store, says('others', 'others').init())).toThrow(
      new RangeError(
        'a store holds one resource of one cluster: this one has things of "test", so others of "test" need a store of their own',
      ),
    );
    expect(() => write(store, says('things', 'things', 'elsewhere').apply(thing('a', 9)))).toThrow(
      /things of "elsewhere"/,
    );
    expect(store.values()).toEqual([thing('a', 1)]);
  });
});

describe('an index', () => {
  const indexed = () =>
    createStore({
      index: { node: (object: Placed) => object.node, label: (object: Placed) => object.labels },
    });

  it('I11 finds the objects of a value, none, or several', () => {
    const store = indexed();
    write(store, ...list(3, placed('a', 1, 'x', 'p', 'q', 'p'), placed('b', 2, 'x', 'q'), placed('c', 3)));
    expect(names(store.by('node', 'x'))).toBe('a b');
    expect(names(store.by('label', 'q'))).toBe('a b');
    expect(names(store.by('label', 'p'))).toBe('a');
    expect(store.by('node', 'y')).toEqual([]);
  });

  it('follows changes, in place', () => {
    const store = indexed();
    write(store, ...list(3, placed('a', 1, 'x'), placed('b', 2, 'x')));
    write(store, apply(placed('a', 4, 'x', 'p')));
    expect(names(store.by('node', 'x'))).toBe('a b');
    expect(store.by('node', 'x')[0]).toBe(store.get('default/a'));
    write(store, apply(placed('a', 5, 'y')), deleted(placed('b', 6)));
    expect([names(store.by('node', 'x')), names(store.by('node', 'y')), names(store.by('label', 'p'))]).toEqual([
      '',
      'a',
      '',
    ]);
  });

  it('of another name is a RangeError', () => {
    const store: Store<Placed, string> = indexed();
    expect(() => store.by('phase', 'x')).toThrow(
      new RangeError('index must be one of those given to createStore (node, label), got "phase"'),
    );
    expect(() => (createStore<Thing>() as Store<Thing, string>).by('toString', 'x')).toThrow(
      /\(none\), got "toString"/,
    );
  });

  it('I11 equals its recomputation, whatever happens', () => {
    const some = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      node: fc.constantFrom('x', 'y', undefined),
      labels: fc.array(fc.constantFrom('p', 'q'), { maxLength: 3 }),
      type: fc.constantFrom('apply', 'apply', 'delete', 'initApply', 'init', 'initDone'),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 40 }), (steps) => {
        const store = indexed();
        steps.forEach(({ type, name, node, labels }, i) => {
          const object = placed(name, i + 1, node, ...labels);
          if (type === 'init') write(store, init());
          else if (type === 'initDone') write(store, initDone(i + 1));
          else write(store, { ...apply(object), type: type as 'apply' });
          for (const value of ['x', 'y']) {
            expect(new Set(store.by('node', value))).toEqual(new Set(store.values().filter((o) => o.node === value)));
          }
          for (const value of ['p', 'q']) {
            expect(new Set(store.by('label', value))).toEqual(
              new Set(store.values().filter((o) => o.labels?.includes(value))),
            );
          }
        });
      }),
    );
  });
});

describe('readiness', () => {
  it('I6 comes with the last of the first lists, and stays', async () => {
    const [one, two] = [says('one'), says('two')];
    const store = createStore<Thing>();
    const waiting = record(store.whenReady);
    write(store, one.init(), two.init(), one.initDone(1));
    expect([store.ready, waiting.end]).toEqual([false, undefined]);
    write(store, two.initDone(1));
    expect([store.ready, waiting.end, waiting.values.length]).toEqual([true, 'completed', 1]);
    write(store, two.interrupted(), two.init('expired'), says('three').init());
    expect(store.ready).toBe(true);
    await firstValueFrom(store.whenReady, { defaultValue: undefined });
  });

  it('I2, I6, L22 is told when the store shows it', () => {
    const store = createStore<Thing>();
    const seen: number[] = [];
    store.whenReady.subscribe({ next: () => seen.push(store.size), error: () => seen.push(-1) });
    write(store, ...list(2, thing('a', 1)));
    expect(seen).toEqual([1]);
  });

  it('is not given by a watch that started at a resourceVersion, before it lists', () => {
    const store = storeOf(live(5), apply(thing('a', 6)));
    expect([store.ready, store.size, store.scopes.get('things')?.phase]).toEqual([false, 1, 'live']);
  });
});

describe('the scopes', () => {
  it(
    'I10 tell how current each part is',
    marbles(({ cold, flush }) => {
      const store = createStore<Thing>();
      const writer = store[WRITER]();
      const e1 = cold('-ia-I--m-x-i-a-I-p-l-RDi', {
        i: init('expired'),
        a: initApply(thing('a', 1)),
        I: initDone(2),
        m: bookmark(3),
        x: interrupted(),
        p: paused(),
        l: live(4),
        R: init('removed'),
        D: initDone(4),
      });
      const told = record(
        e1.pipe(
          map((event) => {
            writer.write(event);
            const scope = store.scopes.get('things');
            if (scope === undefined) return `${event.type}: gone`;
            const { phase, ready, resourceVersion, staleSince, lastProgressAt } = scope;
            return [`${event.type}:`, phase, ready, resourceVersion, staleSince, lastProgressAt].map(String).join(' ');
          }),
        ),
      );

      flush();
      expect(told.values).toEqual([
        'init: listing false undefined 1 undefined',
        'initApply: listing false undefined 1 2',
        'initDone: live true 2 undefined 4',
        'bookmark: live true 3 undefined 7',
        'interrupted: interrupted true 3 9 7',
        'init: interrupted true 3 9 7',
        'initApply: listing true 3 9 13',
        'initDone: live true 2 undefined 15',
        'paused: paused true 2 17 15',
        'live: live true 4 undefined 19',
        'init: live true 4 undefined 19',
        'initDone: gone',
        'init: listing false undefined 23 undefined',
      ]);
    }),
  );

  it('tell what is wrong', () => {
    const store = storeOf(...list(2), interrupted({ attempt: 3, retryIn: 1600 }));
    expect(store.scopes.get('things')).toMatchObject({ phase: 'interrupted', error: reset, attempt: 3, retryIn: 1600 });
  });
});

describe('the Observables of a store', () => {
  it('I7 object: its state at once, then each state', () => {
    const store = storeOf(...list(2, thing('a', 1)));
    const { values, subscription } = record(store.object({ namespace: 'default', name: 'a' }));
    write(store, apply(thing('b', 3)), apply(thing('a', 4)), ...list(5, thing('a', 4)), deleted(thing('a', 6)));
    subscription.unsubscribe();
    write(store, apply(thing('a', 7)));
    expect(values).toEqual([thing('a', 1), thing('a', 4), undefined]);
  });

  it('I7 select: all, or those that pass; a new array only when they change', () => {
    const store = storeOf(...list(3, thing('a', 1), thing('b', 2)));
    const all = record(store.select());
    const some = record(store.select(({ metadata }) => metadata.name < 'b'));
    write(store, apply(thing('c', 4)), bookmark(5), apply(thing('a', 6)), ...list(7, thing('a', 6), thing('c', 4)));
    expect(all.values.map(names)).toEqual(['a b', 'a b c', 'a b c', 'a c']);
    expect(all.values[0]).toEqual([thing('a', 1), thing('b', 2)]);
    expect(some.values).toEqual([[thing('a', 1)], [thing('a', 6)]]);
    expect(record(store.select()).values[0]).toBe(store.values());
  });

  it('select: an object may begin and cease to pass', () => {
    const store = createStore<Placed>();
    const { values } = record(store.select(({ node }) => node === 'x'));
    write(
      store,
      apply(placed('a', 1)),
      apply(placed('a', 2, 'x')),
      apply(placed('a', 3, 'x')),
      apply(placed('a', 4, 'y')),
    );
    expect(values).toEqual([[], [placed('a', 2, 'x')], [placed('a', 3, 'x')], []]);
  });

  it('I8 select: what the filter throws is an error, of this Observable only', () => {
    const store = storeOf(...list(3, thing('a', 1)));
    const broken = (object: Thing): boolean => {
      if (object.metadata.name === 'b') throw new Error('broken');
      return true;
    };
    const first = record(store.select(broken));
    write(store, apply(thing('b', 4)));
    expect(first.errors).toEqual([new Error('broken')]);
    expect(record(store.select(broken)).errors).toEqual([new Error('broken')]);
    expect(store.size).toBe(2);
  });

  it('I2 changes: one array an event that changes anything, once all else is up to date', () => {
    const store = createStore({ index: { kind: ({ kind }: Thing) => kind } });
    const seen: string[] = [];
    store.changes.subscribe({
      next: (batch) => {
        const told = batch.map(({ type, object }) => `${type} ${object.metadata.name}`).join(', ');
        seen.push(
          `${told}; shows ${names(store.values())}; finds ${names(store.by('kind', 'Thing'))}; ${String(store.ready)}`,
        );
      },
      error: (error: unknown) => seen.push(String(error)),
    });
    write(store, ...list(3, thing('a', 1), thing('b', 2)), bookmark(4), ...list(5, thing('c', 4), thing('b', 2)));
    expect(seen).toEqual([
      'added a, added b; shows a b; finds a b; true',
      'deleted a, added c; shows b c; finds b c; true',
    ]);
  });

  it('I8 keep their order where a consumer makes the source emit', () => {
    const store = createStore<Thing>();
    const writer = store[WRITER]();
    const first = record(store.object('default/a'));
    store.changes.subscribe({
      next: ([change]) => {
        if (change?.object.metadata.resourceVersion === '1') writer.write(apply(thing('a', 2)));
      },
      error: () => undefined,
    });
    const batches: string[] = [];
    store.changes.subscribe({
      next: (batch: readonly ChangeOf<Thing>[]) => batches.push(batch.map(({ type }) => type).join()),
      error: () => undefined,
    });
    const last = record(store.select(() => true));

    writer.write(apply(thing('a', 1)));
    expect(batches).toEqual(['added', 'modified']);
    expect(first.values.at(-1)).toEqual(thing('a', 2));
    expect(last.values.at(-1)).toEqual([thing('a', 2)]);
  });

  it('select: shows nothing older to who joins while batches wait', () => {
    const store = createStore<Thing>();
    let late: Recorded<readonly Thing[]> | undefined;
    store.changes.subscribe({
      next: () => {
        if (late !== undefined) return;
        write(store, apply(thing('a', 2)), deleted(thing('a', 3)));
        late = record(store.select(() => true));
      },
      error: () => undefined,
    });
    write(store, ...list(1, thing('a', 1)));
    expect(late?.values).toEqual([[]]);
  });

  it('miss nothing that the consumer of their first value brings about', () => {
    const store = createStore<Thing>();
    const seen: (string | undefined)[] = [];
    store.object('default/a').subscribe({
      next: (object) => {
        seen.push(object?.metadata.resourceVersion);
        if (object === undefined) write(store, apply(thing('a', 1)));
      },
      error: () => undefined,
    });
    expect(seen).toEqual([undefined, '1']);
  });
});

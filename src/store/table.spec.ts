import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { thing, type Thing } from '../../test/double.js';
import { says } from '../../test/events.js';
import type { WatchEvent } from '../events.js';
import { keyOf } from '../objects.js';
import type { ChangeOf } from './change.js';
import { Table } from './table.js';

const things = says();
const { init, initApply, initDone, apply, delete: deleted, live, bookmark, interrupted, paused } = things;

/** A change as one line: `added a@1`, `modified a@1→2`. */
function line(change: ChangeOf<Thing>): string {
  const { name, resourceVersion } = change.object.metadata;
  const before = change.type === 'modified' ? `${change.previous.metadata.resourceVersion}→` : '';
  return `${change.type} ${name}@${before}${resourceVersion}`;
}

function tableOf(...events: readonly WatchEvent<Thing>[]): {
  table: Table<Thing>;
  tell: typeof tell;
  shows: typeof shows;
} {
  const table = new Table<Thing>({ resource: 'things', cluster: 'test' });
  const tell = (...next: readonly WatchEvent<Thing>[]): string[] =>
    next.flatMap((event) => table.fold(event)).map(line);
  const shows = (): string[] =>
    [...table.shown.values()].map(({ metadata: { name, resourceVersion } }) => `${name}@${resourceVersion}`).sort();
  tell(...events);
  return { table, tell, shows };
}

const listedBy = (watch: typeof things, rv: number, ...all: readonly Thing[]): WatchEvent<Thing>[] => [
  watch.init('expired'),
  ...all.map(watch.initApply),
  watch.initDone(rv),
];
const listed = (rv: number, ...all: readonly Thing[]): WatchEvent<Thing>[] => listedBy(things, rv, ...all);

describe('a table of one watch', () => {
  it('B8, H2 says nothing of a list until it is complete', () => {
    const { tell, shows } = tableOf();
    expect(tell(init(), initApply(thing('a', 1)), initApply(thing('b', 2)))).toEqual([]);
    expect(shows()).toEqual([]);
    expect(tell(initDone(3))).toEqual(['added a@1', 'added b@2']);
    expect(shows()).toEqual(['a@1', 'b@2']);
  });

  it('L24 tells additions, modifications with the previous object, and deletions with the final one; then nothing is left', () => {
    const { table, tell } = tableOf(...listed(1));
    const first = thing('a', 2);
    const second = thing('a', 3);
    expect(tell(apply(first))).toEqual(['added a@2']);
    expect(table.fold(apply(second))).toEqual([
      { type: 'modified', resource: 'things', cluster: 'test', from: 'things', object: second, previous: first },
    ]);
    expect(tell(deleted(thing('a', 4)))).toEqual(['deleted a@4']);
    expect(table.shown.size).toBe(0);
  });

  it('I3, I4, W9, L31 tells a relist as its difference, deletions first', () => {
    const { tell } = tableOf(...listed(3, thing('a', 1), thing('b', 2), thing('c', 3)));
    expect(tell(...listed(9, thing('d', 4), thing('b', 2), thing('c', 8)))).toEqual([
      'deleted a@1',
      'added d@4',
      'modified c@3→8',
    ]);
  });

  it('I4, L12 keeps the very objects that a relist did not change', () => {
    const { table } = tableOf(...listed(3, thing('a', 1), thing('b', 2)));
    const [a, b] = table.values();
    const values = table.values();
    for (const event of listed(9, thing('b', 2), thing('a', 1))) table.fold(event);
    expect(table.shown.get('default/a')).toBe(a);
    expect(table.shown.get('default/b')).toBe(b);
    expect(table.values()).toBe(values);
  });

  it('E5, L23 tells another uid under the old name as a deletion and an addition', () => {
    const { tell } = tableOf(...listed(3, thing('a', 1, 'old'), thing('b', 2)));
    expect(tell(apply(thing('a', 5, 'new')))).toEqual(['deleted a@1', 'added a@5']);
    expect(tell(...listed(9, thing('c', 7), thing('b', 2), thing('a', 8, 'newer')))).toEqual([
      'deleted a@5',
      'added c@7',
      'added a@8',
    ]);
  });

  it('can do without a uid, as some aggregated servers give none', () => {
    const bare = (name: string, resourceVersion: number): Thing => {
      const object = thing(name, resourceVersion);
      Reflect.deleteProperty(object.metadata, 'uid');
      return object;
    };
    const { tell } = tableOf(...listed(3, bare('a', 1)));
    expect(tell(apply(bare('b', 4)), apply(bare('b', 5)), deleted(bare('b', 6)), deleted(bare('c', 7)))).toEqual([
      'added b@4',
      'modified b@4→5',
      'deleted b@6',
    ]);
  });

  it('ignores the deletion of an object whose name has a new one', () => {
    const { tell, shows } = tableOf(...listed(3), apply(thing('a', 4, 'new')));
    expect(tell(deleted(thing('a', 5, 'old')))).toEqual([]);
    expect(shows()).toEqual(['a@4']);
  });

  it('E4 tells nothing of duplicates', () => {
    const { tell } = tableOf(...listed(3, thing('a', 1)));
    expect(tell(apply(thing('a', 1)), apply(thing('b', 4)), apply(thing('b', 4)))).toEqual(['added b@4']);
    expect(tell(deleted(thing('b', 5)), deleted(thing('b', 5)))).toEqual(['deleted b@5']);
  });

  it('B8, L30 forgets a list that another one cuts short', () => {
    const { tell, shows } = tableOf(...listed(3, thing('a', 1)));
    expect(tell(init('expired'), initApply(thing('b', 4)), init('restart'))).toEqual([]);
    expect(tell(initApply(thing('a', 1)), initDone(5))).toEqual([]);
    expect(shows()).toEqual(['a@1']);
  });

  it('goes on with a list that was only interrupted', () => {
    const { tell } = tableOf();
    tell(init(), initApply(thing('a', 1)), interrupted(), paused(), live(2), initApply(thing('b', 2)));
    expect(tell(initDone(3))).toEqual(['added a@1', 'added b@2']);
  });

  it('H2 withdraws from a list what is deleted during it', () => {
    const { tell } = tableOf(...listed(3, thing('a', 1), thing('b', 2)));
    tell(init('expired'), initApply(thing('a', 1)), initApply(thing('b', 2)), initApply(thing('c', 4, 'new')));
    expect(tell(deleted(thing('a', 5)), deleted(thing('c', 3, 'old')), initDone(6))).toEqual([
      'deleted a@1',
      'added c@4',
    ]);
  });

  it('L25 takes the last state of an object that a list has twice', () => {
    const { tell } = tableOf();
    expect(tell(...listed(3, thing('a', 1), thing('a', 2)))).toEqual(['added a@2']);
  });

  it('E3 tells a name that leaves and comes back as a new interval', () => {
    const { tell } = tableOf(...listed(1));
    expect(tell(apply(thing('a', 2)), deleted(thing('a', 3)), apply(thing('a', 4)))).toEqual([
      'added a@2',
      'deleted a@3',
      'added a@4',
    ]);
  });

  it('takes a replay as any list', () => {
    const { tell } = tableOf(...listed(3, thing('a', 1)));
    expect(tell(init('replay'), initApply(thing('a', 1)), initApply(thing('b', 2)), initDone(4))).toEqual([
      'added b@2',
    ]);
  });

  it('loses what was removed, and forgets who listed it', () => {
    const { table, tell } = tableOf(...listed(3, thing('a', 1)));
    expect(tell(init('removed'), initDone(3))).toEqual(['deleted a@1']);
    expect(table.resourceVersion('things')).toBeUndefined();
  });

  it('I9 trusts the order of one watch, not the numbers', () => {
    const { tell } = tableOf(...listed(9, thing('a', 8)));
    expect(tell(...listed(4, thing('a', 3)))).toEqual(['modified a@8→3']);
  });

  it('I10 knows how far it has followed', () => {
    const { table, tell } = tableOf(init());
    const after = (...events: readonly WatchEvent<Thing>[]): string | undefined => {
      tell(...events);
      return table.resourceVersion('things');
    };
    expect(after(initApply(thing('a', 7)))).toBeUndefined();
    expect(after(initDone(3))).toBe('3');
    expect(after(apply(thing('a', 8)))).toBe('8');
    expect(after(bookmark(9))).toBe('9');
    expect(after(deleted(thing('a', 10)))).toBe('10');
    expect(after(live(11))).toBe('11');
    expect(after(init('expired'), live(12), bookmark(13), interrupted())).toBe('11');
  });
});

describe('a table of a watch that starts at a given resourceVersion', () => {
  it('tells what it sees first as an addition', () => {
    const { tell } = tableOf(live(5));
    expect(tell(apply(thing('a', 6)), apply(thing('a', 7)))).toEqual(['added a@6', 'modified a@6→7']);
  });

  it('E4, J3 tells the deletion of an object that it never saw, once', () => {
    const { tell } = tableOf(live(5));
    expect(tell(deleted(thing('a', 6)), deleted(thing('a', 6)))).toEqual(['deleted a@6']);
    expect(tell(apply(thing('a', 7, 'new')), deleted(thing('a', 8, 'new')))).toEqual(['added a@7', 'deleted a@8']);
    expect(tell(deleted(thing('a', 8, 'new')), deleted(thing('a', 6)))).toEqual([]);
  });

  it('does not tell the deletion of what another watch lists', () => {
    const two = says('two');
    const { tell } = tableOf(live(5), two.init(), two.initApply(thing('a', 1)), two.initDone(5));
    expect(tell(deleted(thing('a', 6)))).toEqual([]);
    expect(tell(two.delete(thing('a', 6)))).toEqual(['deleted a@6']);
  });

  it('is as any other after its first list', () => {
    const { tell } = tableOf(live(5));
    expect(tell(apply(thing('a', 6)), ...listed(9, thing('b', 8)))).toEqual(['added a@6', 'deleted a@6', 'added b@8']);
    expect(tell(deleted(thing('c', 10)))).toEqual([]);
  });
});

describe('a table of several watches', () => {
  const one = says('one');
  const two = says('two');
  const both = (rv: number, ...things: readonly Thing[]): WatchEvent<Thing>[] =>
    [one, two].flatMap((watch) => [watch.init(), ...things.map(watch.initApply), watch.initDone(rv)]);

  it('lets none touch what another lists', () => {
    const { tell, shows } = tableOf();
    expect(tell(one.init(), two.init(), one.initApply(thing('a', 1)), one.initDone(1))).toEqual(['added a@1']);
    expect(tell(two.initApply(thing('b', 2)), two.initDone(2))).toEqual(['added b@2']);
    expect(tell(one.init('expired'), one.initDone(3))).toEqual(['deleted a@1']);
    expect(shows()).toEqual(['b@2']);
  });

  it('deletes an object when the last one has lost it', () => {
    const { tell } = tableOf(...both(2, thing('a', 1)));
    expect(tell(one.delete(thing('a', 3)))).toEqual([]);
    expect(tell(two.delete(thing('a', 3)))).toEqual(['deleted a@3']);

    const again = tableOf(...both(2, thing('a', 1)));
    expect(again.tell(one.init('removed'), one.initDone(2))).toEqual([]);
    expect(again.tell(two.init('expired'), two.initDone(4))).toEqual(['deleted a@1']);
  });

  it('tells each version once, whoever brings it first', () => {
    const { tell } = tableOf(...both(2, thing('a', 1)));
    expect(tell(one.apply(thing('a', 3)), two.apply(thing('a', 3)))).toEqual(['modified a@1→3']);
    expect(tell(two.apply(thing('a', 10)), one.apply(thing('a', 9)), one.apply(thing('a', 10)))).toEqual([
      'modified a@3→10',
    ]);
  });

  it('J2 shows the version last delivered where none can be called newer', () => {
    const opaque = (version: string): Thing => ({
      ...thing('a', 1),
      metadata: { ...thing('a', 1).metadata, resourceVersion: version },
    });
    const { tell } = tableOf(...both(2, opaque('x1')));
    expect(tell(one.apply(opaque('x3')), two.apply(opaque('x2')))).toEqual(['modified a@x1→x3', 'modified a@x3→x2']);
    expect(tell(two.delete(opaque('x4')))).toEqual(['modified a@x2→x3']);
  });

  it('J3 does not go back when the watch that was ahead loses the object', () => {
    const { tell } = tableOf(...both(2, thing('a', 1)), two.apply(thing('a', 5)));
    expect(tell(two.delete(thing('a', 6)))).toEqual([]);
    expect(tell(one.apply(thing('a', 5)), one.delete(thing('a', 6)))).toEqual(['deleted a@6']);
  });

  it('J5 goes back with a restored server', () => {
    const { tell } = tableOf(...both(6, thing('a', 5)));
    expect(tell(one.init('rollback'), one.initApply(thing('a', 3)), one.initDone(4))).toEqual(['modified a@5→3']);
    expect(tell(two.init('rollback'), two.initApply(thing('a', 3)), two.initDone(4))).toEqual([]);

    const gone = tableOf(...both(3, thing('a', 3)), two.apply(thing('a', 5)));
    expect(gone.tell(two.init('rollback'), two.initDone(4))).toEqual(['modified a@5→3']);
  });

  it('tells a new object under the old name once, and does not bring the old one back', () => {
    const { tell } = tableOf(...both(2, thing('a', 1, 'old')));
    expect(tell(two.delete(thing('a', 3, 'old')), two.apply(thing('a', 4, 'new')))).toEqual([
      'deleted a@1',
      'added a@4',
    ]);
    expect(tell(one.delete(thing('a', 3, 'old')), one.apply(thing('a', 4, 'new')))).toEqual([]);
    expect(tell(one.delete(thing('a', 5, 'new')), two.delete(thing('a', 5, 'new')))).toEqual(['deleted a@5']);
  });

  it('does not take the final state of another object of that name for its own', () => {
    const { tell } = tableOf(...both(2, thing('a', 1, 'old')), two.delete(thing('a', 3, 'old')));
    tell(two.apply(thing('a', 4, 'new')), two.delete(thing('a', 5, 'new')));
    expect(tell(one.delete(thing('a', 3, 'old')))).toEqual(['deleted a@4']);
  });

  it('does not go back when the watch that was ahead is removed, until the others are there', () => {
    const { tell } = tableOf(...both(2, thing('a', 1)), two.apply(thing('a', 5)), two.init('removed'), two.initDone(5));
    expect(tell(one.apply(thing('a', 3)), one.apply(thing('a', 5)), one.apply(thing('a', 6)))).toEqual([
      'modified a@5→6',
    ]);

    const restored = tableOf(...both(2, thing('a', 1)), two.apply(thing('a', 5)), two.init('removed'), two.initDone(5));
    expect(restored.tell(one.init('rollback'), one.initApply(thing('a', 2)), one.initDone(2))).toEqual([
      'modified a@5→2',
    ]);
  });

  it('takes another state under the same resourceVersion from a server that went back: it counts those anew', () => {
    const { tell, table } = tableOf();
    const other = { ...thing('a', 5), data: 'of another past' };
    const same = thing('b', 3);
    tell(one.init('start'), one.initApply(thing('a', 5)), one.initApply(same), one.initDone(5));
    const relisted = [one.init('rollback'), one.initApply(other), one.initApply(thing('b', 3)), one.initDone(5)];
    expect(tell(...relisted)).toEqual(['modified a@5→5']);
    expect(table.values()[0]).toBe(other);
    expect(table.values()[1]).toBe(same);
  });

  it('shows the newest of those left after a rollback', () => {
    const three = says('three');
    const { tell } = tableOf(...both(2, thing('a', 1)), three.apply(thing('a', 3)), two.apply(thing('a', 5)));
    expect(tell(two.init('rollback'), two.initDone(2))).toEqual(['modified a@5→3']);
  });

  it('holds one copy of what several watches list at the same time', () => {
    const { tell } = tableOf(one.init(), two.init(), one.initApply(thing('a', 5)), two.initApply(thing('a', 5)));
    tell(one.initDone(5), two.initDone(5));
    // Each may take back what it said itself.
    expect(tell(...listedBy(two, 4, thing('a', 3)))).toEqual(['modified a@5→3']);
  });

  it('forgets who was removed', () => {
    const { tell } = tableOf(...both(2, thing('a', 1)));
    tell(one.init('removed'), one.initDone(2));
    // Alone again, `two` is trusted whatever the numbers say.
    expect(tell(two.init('rollback'), two.initApply(thing('a', 0)), two.initDone(0))).toEqual(['modified a@1→0']);
  });
});

/** A server with a history, and watches that follow it, each at its own pace: they agree with it once they have caught up. */
class World {
  readonly objects = new Map<string, Thing>();
  readonly history: WatchEvent<Thing>[] = [];
  #version = 0;

  write(name: string): void {
    const uid = this.objects.get(name)?.metadata.uid ?? `uid-${String(this.#version)}`;
    const object = thing(name, ++this.#version, uid);
    this.objects.set(name, object);
    this.history.push(apply(object));
  }

  remove(name: string): void {
    const uid = this.objects.get(name)?.metadata.uid;
    if (uid === undefined || !this.objects.delete(name)) return;
    this.history.push(deleted(thing(name, ++this.#version, uid)));
  }

  /** What a watch says that lists: copies, as they come from the wire. */
  list(watch: typeof things): WatchEvent<Thing>[] {
    return listedBy(watch, this.#version, ...structuredClone([...this.objects.values()]));
  }
}

class Watch {
  readonly says: typeof things;
  readonly #world: World;
  readonly lists = new Set<string>();
  /** How much of the history it has told; undefined while a list is wanted. */
  #told: number | undefined;

  constructor(from: string, world: World) {
    this.says = says(from);
    this.#world = world;
  }

  list(): WatchEvent<Thing>[] {
    this.#told = this.#world.history.length;
    this.lists.clear();
    for (const name of this.#world.objects.keys()) this.lists.add(name);
    return this.#world.list(this.says);
  }

  abort(): WatchEvent<Thing>[] {
    this.#told = undefined;
    return this.#world.list(this.says).slice(0, -1);
  }

  follow(): WatchEvent<Thing>[] {
    const event = this.#told === undefined ? undefined : this.#world.history[this.#told];
    if (event === undefined || !('object' in event) || this.#told === undefined) return [];
    this.#told += 1;
    if (event.type === 'delete') this.lists.delete(event.object.metadata.name);
    else this.lists.add(event.object.metadata.name);
    return [{ ...event, from: this.says.init().from }];
  }

  catchUp(): WatchEvent<Thing>[] {
    if (this.#told === undefined) return this.list();
    const events: WatchEvent<Thing>[] = [];
    for (let next = this.follow(); next.length > 0; next = this.follow()) events.push(...next);
    return events;
  }
}

/** Adds changes up, and finds fault with those that do not fit. */
class Sum {
  readonly objects = new Map<string, Thing>();

  add(change: ChangeOf<Thing>): void {
    const key = keyOf(change.object);
    const before = this.objects.get(key);
    switch (change.type) {
      case 'added':
        expect(before).toBeUndefined();
        break;
      case 'modified':
        expect(change.previous).toBe(before);
        expect(change.object.metadata.uid).toBe(before?.metadata.uid);
        expect(Number(change.object.metadata.resourceVersion)).toBeGreaterThan(
          Number(before?.metadata.resourceVersion),
        );
        break;
      case 'deleted':
        expect(change.object.metadata.uid).toBe(before?.metadata.uid);
    }
    if (change.type === 'deleted') this.objects.delete(key);
    else this.objects.set(key, change.object);
  }
}

describe('the changes of several watches', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const watch = fc.nat({ max: 2 });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), name }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), name }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant('follow' as const), watch }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), watch }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('list' as const), watch }) },
  );

  it('add up to what they list, never go back, and agree with the server in the end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World();
        const watches = ['one', 'two', 'three'].map((from) => new Watch(from, world));
        const table = new Table<Thing>({ resource: 'things', cluster: 'test' });
        const sum = new Sum();
        const fold = (events: readonly WatchEvent<Thing>[] = []): void => {
          for (const event of events) {
            for (const change of table.fold(event)) sum.add(change);
            expect(new Map(table.shown)).toEqual(sum.objects);
          }
        };

        for (const action of steps) {
          if (action.do === 'write') world.write(action.name);
          else if (action.do === 'remove') world.remove(action.name);
          else fold(watches[action.watch]?.[action.do]());
          const listedBySome = new Set(
            watches.flatMap(({ lists }) => [...lists].map((listedName) => `default/${listedName}`)),
          );
          expect(new Set(table.shown.keys())).toEqual(listedBySome);
        }
        for (const each of watches) fold(each.catchUp());
        expect([...table.values()].sort(byName)).toEqual([...world.objects.values()].sort(byName));
      }),
      { numRuns: 300 },
    );
  });
});

function byName(a: Thing, b: Thing): number {
  return a.metadata.name.localeCompare(b.metadata.name);
}

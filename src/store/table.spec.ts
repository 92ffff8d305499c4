import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { thing, type Thing } from '../../test/double.js';
import { says } from '../../test/events.js';
import type { WatchEvent } from '../events.js';
import { isSameVersion, keyOf } from '../objects.js';
import type { ChangeOf } from './change.js';
import { Table } from './table.js';

const { init, initApply, initDone, apply, delete: deleted, live, bookmark, interrupted, paused } = says();

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

const listed = (rv: number, ...things: readonly Thing[]): WatchEvent<Thing>[] => [
  init('expired'),
  ...things.map(initApply),
  initDone(rv),
];

describe('a table of one watch', () => {
  it('says nothing of a list until it is complete', () => {
    const { tell, shows } = tableOf();
    expect(tell(init(), initApply(thing('a', 1)), initApply(thing('b', 2)))).toEqual([]);
    expect(shows()).toEqual([]);
    expect(tell(initDone(3))).toEqual(['added a@1', 'added b@2']);
    expect(shows()).toEqual(['a@1', 'b@2']);
  });

  it('tells additions, modifications with the previous object, and deletions with the final one', () => {
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

  it('tells a relist as its difference, deletions first', () => {
    const { tell } = tableOf(...listed(3, thing('a', 1), thing('b', 2), thing('c', 3)));
    expect(tell(...listed(9, thing('d', 4), thing('b', 2), thing('c', 8)))).toEqual([
      'deleted a@1',
      'added d@4',
      'modified c@3→8',
    ]);
  });

  it('keeps the very objects that a relist did not change', () => {
    const { table } = tableOf(...listed(3, thing('a', 1), thing('b', 2)));
    const [a, b] = table.values();
    const values = table.values();
    for (const event of listed(9, thing('b', 2), thing('a', 1))) table.fold(event);
    expect(table.shown.get('default/a')).toBe(a);
    expect(table.shown.get('default/b')).toBe(b);
    expect(table.values()).toBe(values);
  });

  it('tells another uid under the old name as a deletion and an addition', () => {
    const { tell } = tableOf(...listed(3, thing('a', 1, 'old'), thing('b', 2)));
    expect(tell(apply(thing('a', 5, 'new')))).toEqual(['deleted a@1', 'added a@5']);
    expect(tell(...listed(9, thing('c', 7), thing('b', 2), thing('a', 8, 'newer')))).toEqual([
      'deleted a@5',
      'added c@7',
      'added a@8',
    ]);
  });

  it('ignores the deletion of an object whose name has a new one', () => {
    const { tell, shows } = tableOf(...listed(3), apply(thing('a', 4, 'new')));
    expect(tell(deleted(thing('a', 5, 'old')))).toEqual([]);
    expect(shows()).toEqual(['a@4']);
  });

  it('tells nothing of duplicates', () => {
    const { tell } = tableOf(...listed(3, thing('a', 1)));
    expect(tell(apply(thing('a', 1)), apply(thing('b', 4)), apply(thing('b', 4)))).toEqual(['added b@4']);
    expect(tell(deleted(thing('b', 5)), deleted(thing('b', 5)))).toEqual(['deleted b@5']);
  });

  it('forgets a list that another one cuts short', () => {
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

  it('withdraws from a list what is deleted during it', () => {
    const { tell } = tableOf(...listed(3, thing('a', 1), thing('b', 2)));
    tell(init('expired'), initApply(thing('a', 1)), initApply(thing('b', 2)), initApply(thing('c', 4, 'new')));
    expect(tell(deleted(thing('a', 5)), deleted(thing('c', 3, 'old')), initDone(6))).toEqual([
      'deleted a@1',
      'added c@4',
    ]);
  });

  it('takes the last state of an object that a list has twice', () => {
    const { tell } = tableOf();
    expect(tell(...listed(3, thing('a', 1), thing('a', 2)))).toEqual(['added a@2']);
  });

  it('tells a name that leaves and comes back as a new interval', () => {
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

  it('trusts the order of one watch, not the numbers', () => {
    const { tell } = tableOf(...listed(9, thing('a', 8)));
    expect(tell(...listed(4, thing('a', 3)))).toEqual(['modified a@8→3']);
  });

  it('knows how far it has followed', () => {
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
    expect(after(init('expired'), interrupted())).toBe('11');
  });
});

describe('a table of a watch that starts at a given resourceVersion', () => {
  it('tells what it sees first as an addition', () => {
    const { tell } = tableOf(live(5));
    expect(tell(apply(thing('a', 6)), apply(thing('a', 7)))).toEqual(['added a@6', 'modified a@6→7']);
  });

  it('tells the deletion of an object that it never saw, once', () => {
    const { tell } = tableOf(live(5));
    expect(tell(deleted(thing('a', 6)), deleted(thing('a', 6)))).toEqual(['deleted a@6']);
    expect(tell(apply(thing('a', 7, 'new')), deleted(thing('a', 8, 'new')))).toEqual(['added a@7', 'deleted a@8']);
    expect(tell(deleted(thing('a', 8, 'new')), deleted(thing('a', 6)))).toEqual([]);
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

  it('shows the version last delivered where none can be called newer', () => {
    const opaque = (version: string): Thing => ({
      ...thing('a', 1),
      metadata: { ...thing('a', 1).metadata, resourceVersion: version },
    });
    const { tell } = tableOf(...both(2, opaque('x1')));
    expect(tell(one.apply(opaque('x3')), two.apply(opaque('x2')))).toEqual(['modified a@x1→x3', 'modified a@x3→x2']);
    expect(tell(two.delete(opaque('x4')))).toEqual(['modified a@x2→x3']);
  });

  it('does not go back when the watch that was ahead loses the object', () => {
    const { tell } = tableOf(...both(2, thing('a', 1)), two.apply(thing('a', 5)));
    expect(tell(two.delete(thing('a', 6)))).toEqual([]);
    expect(tell(one.apply(thing('a', 5)), one.delete(thing('a', 6)))).toEqual(['deleted a@6']);
  });

  it('goes back with a restored server', () => {
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

  it('forgets who was removed', () => {
    const { tell } = tableOf(...both(2, thing('a', 1)));
    tell(one.init('removed'), one.initDone(2));
    // Alone again, `two` is trusted whatever the numbers say.
    expect(tell(two.init('rollback'), two.initApply(thing('a', 0)), two.initDone(0))).toEqual(['modified a@1→0']);
  });
});

describe('the changes', () => {
  // A history of one server over three names; each watch follows it at its own pace, and lists now and then.
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), name: fc.constantFrom('a', 'b', 'c') }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), name: fc.constantFrom('a', 'b', 'c') }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('follow' as const), watch: fc.constantFrom(0, 1, 2) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), watch: fc.constantFrom(0, 1, 2) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('list' as const), watch: fc.constantFrom(0, 1, 2) }) },
  );

  it('add up to what the watches list, whatever the server and they do', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new Table<Thing>({ resource: 'things', cluster: 'test' });
        const told = new Map<string, Thing>();
        const history: WatchEvent<Thing>[] = [];
        const server = new Map<string, Thing>();
        const watches = ['one', 'two', 'three'].map((from) => ({
          says: says(from),
          at: -1,
          lists: new Map<string, Thing>(),
        }));
        let version = 0;

        const fold = (event: WatchEvent<Thing>): void => {
          const changes = table.fold(event);
          if (event.type !== 'initDone') expect(changes.length).toBeLessThanOrEqual(2);
          for (const change of changes) {
            const key = keyOf(change.object);
            const before = told.get(key);
            if (change.type === 'added') expect(before).toBeUndefined();
            if (change.type === 'modified') expect(change.previous).toBe(before);
            if (change.type === 'modified') expect(isSameVersion(change.object, change.previous)).toBe(false);
            if (change.type === 'deleted') expect(before?.metadata.uid).toBe(change.object.metadata.uid);
            if (change.type === 'deleted') told.delete(key);
            else told.set(key, change.object);
          }
          expect(new Map(table.shown)).toEqual(told);
        };

        for (const action of steps) {
          if (action.do === 'write') {
            version += 1;
            const uid = server.get(action.name)?.metadata.uid ?? `uid-${String(version)}`;
            server.set(action.name, thing(action.name, version, uid));
            history.push(apply(thing(action.name, version, uid)));
          } else if (action.do === 'remove') {
            const uid = server.get(action.name)?.metadata.uid;
            if (uid === undefined || !server.delete(action.name)) continue;
            version += 1;
            history.push(deleted(thing(action.name, version, uid)));
          } else {
            const watch = watches[action.watch];
            if (watch === undefined) continue;
            if (action.do === 'follow') {
              const event = watch.at < 0 ? undefined : history[watch.at];
              if (event === undefined) continue;
              watch.at += 1;
              if (event.type === 'apply') watch.lists.set(keyOf(event.object), event.object);
              if (event.type === 'delete') watch.lists.delete(keyOf(event.object));
              fold({ ...event, from: watch.says.init().from });
            } else {
              fold(watch.says.init('expired'));
              for (const object of server.values())
                fold(
                  watch.says.initApply(
                    thing(object.metadata.name, Number(object.metadata.resourceVersion), object.metadata.uid),
                  ),
                );
              if (action.do === 'abort') {
                watch.at = -1;
                continue;
              }
              watch.at = history.length;
              watch.lists = new Map([...server.values()].map((object) => [keyOf(object), object]));
              fold(watch.says.initDone(version));
            }
          }
          const everything = new Set(watches.flatMap(({ lists }) => [...lists.keys()]));
          expect(new Set(table.shown.keys())).toEqual(everything);
        }
        // Once all have caught up, they agree with the server.
        for (const watch of watches) {
          if (watch.at < 0) {
            fold(watch.says.init('restart'));
            for (const object of server.values()) fold(watch.says.initApply(object));
            fold(watch.says.initDone(version));
          }
          for (const event of history.slice(watch.at < 0 ? history.length : watch.at))
            fold({ ...event, from: watch.says.init().from });
        }
        expect(new Map(table.shown)).toEqual(new Map([...server.values()].map((object) => [keyOf(object), object])));
      }),
      { numRuns: 300 },
    );
  });
});

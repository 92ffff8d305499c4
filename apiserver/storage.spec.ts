import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { definition, nameAt } from '../test/fixtures/answer.js';
import type { ApiObject } from './objects.js';
import { DEFINITIONS } from './resources.js';
import { Storage, type Change, type Collection } from './storage.js';
import type { Version } from './version.js';

const WINDOW = 10;

function object(name: string, kind = 'ConfigMap'): ApiObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name, uid: `uid-${name}`, resourceVersion: '', creationTimestamp: '' },
  };
}

/** A storage with the collections that the tests are about. */
function open(window = WINDOW): { storage: Storage; maps: Collection; secrets: Collection; crds: Collection } {
  const storage = new Storage(window);
  const of = (id: string): Collection => {
    const collection = storage.collection(id);
    if (collection === undefined) throw new Error(`there is no ${id}`);
    return collection;
  };
  return { storage, maps: of('configmaps'), secrets: of('secrets'), crds: of(DEFINITIONS) };
}

const names = (versions: readonly Version[]): string[] => versions.map((version) => nameAt(version.object));
const changes = (some: readonly Change[]): string[] =>
  some.map(({ type, version, revision }) => `${type} ${nameAt(version.object)} ${revision}`);

/** What is heard of a collection. */
function listening(collection: Collection): { told: string[]; stop: () => void } {
  const told: string[] = [];
  const stop = collection.listen({
    changed: (change) => void told.push(...changes([change])),
    ended: () => void told.push('ended'),
  });
  return { told, stop };
}

describe('revisions', () => {
  it('are one sequence for all resources, and every write has its own', () => {
    const { storage, maps, secrets } = open();
    expect(storage.revision).toBe(1);
    storage.write(maps, 'default/a', object('a'));
    storage.write(secrets, 'default/s', object('s', 'Secret'));
    storage.write(maps, 'default/a', object('a'));
    expect(storage.revision).toBe(4);
    expect(names(maps.sorted())).toEqual(['a@4']);
    expect(names(secrets.sorted())).toEqual(['s@3']);
  });

  it('E2 a deletion has one too, and the object it leaves carries it', () => {
    const { storage, maps } = open();
    storage.write(maps, 'default/a', object('a'));
    const { told } = listening(maps);
    expect(storage.delete(maps, 'default/a')?.metadata.resourceVersion).toBe('3');
    expect(told).toEqual(['DELETED a@3 3']);
    expect(maps.size).toBe(0);
  });

  it('are not used up by the deletion of what is not there', () => {
    const { storage, maps } = open();
    expect(storage.delete(maps, 'default/a')).toBeUndefined();
    expect(storage.revision).toBe(1);
  });
});

describe('objects', () => {
  it('E9 are listed in the order of their keys, whatever the order of the writes', () => {
    const { storage, maps } = open();
    for (const key of ['b/a', 'a/b', 'a-b/a', 'a/a']) storage.write(maps, key, object(key));
    expect(maps.sorted().map(({ key }) => key)).toEqual(['a-b/a', 'a/a', 'a/b', 'b/a']);
  });

  it('are told as ADDED, MODIFIED and DELETED, with what was there before', () => {
    const { storage, maps } = open();
    const heard: Change[] = [];
    maps.listen({ changed: (change) => void heard.push(change), ended: () => undefined });
    storage.write(maps, 'default/a', object('a'));
    storage.write(maps, 'default/a', object('a'));
    storage.delete(maps, 'default/a');
    storage.write(maps, 'default/a', object('a'));
    expect(changes(heard)).toEqual(['ADDED a@2 2', 'MODIFIED a@3 3', 'DELETED a@4 4', 'ADDED a@5 5']);
    expect(heard.map(({ previous }) => previous?.revision)).toEqual([undefined, 2, 3, undefined]);
  });

  it('are told to everybody who listens when it happens, and to nobody who has stopped', () => {
    const { storage, maps } = open();
    const [first, second] = [listening(maps), listening(maps)];
    storage.write(maps, 'default/a', object('a'));
    first.stop();
    storage.write(maps, 'default/a', object('a'));
    expect([first.told.length, second.told.length]).toEqual([1, 2]);
  });
});

describe('the history', () => {
  it('has every change since a revision, and the state at it', () => {
    const { storage, maps } = open();
    storage.write(maps, 'default/a', object('a'));
    storage.write(maps, 'default/b', object('b'));
    storage.write(maps, 'default/a', object('a'));
    storage.delete(maps, 'default/b');
    expect(changes(maps.since(1))).toEqual(['ADDED a@2 2', 'ADDED b@3 3', 'MODIFIED a@4 4', 'DELETED b@5 5']);
    expect(changes(maps.since(3))).toEqual(['MODIFIED a@4 4', 'DELETED b@5 5']);
    expect(maps.since(5)).toEqual([]);
    expect([1, 2, 3, 4, 5].map((revision) => names(maps.at(revision)))).toEqual([
      [],
      ['a@2'],
      ['a@2', 'b@3'],
      ['a@4', 'b@3'],
      ['a@4'],
    ]);
  });

  it('is of each resource its own: many writes of one do not push out those of another', () => {
    const { storage, maps, secrets } = open();
    storage.write(secrets, 'default/s', object('s', 'Secret'));
    for (let i = 0; i < 10 * WINDOW; i++) storage.write(maps, 'default/a', object('a'));
    expect(changes(secrets.since(1))).toEqual(['ADDED s@2 2']);
    expect(secrets.forgotten).toBe(1);
    expect(maps.forgotten).toBe(storage.revision - WINDOW);
  });

  it('says from which revision on it is whole: never more than the window, never less than a gapless rest', () => {
    const { storage, maps } = open();
    for (let write = 1; write <= 20 * WINDOW; write++) {
      storage.write(maps, 'default/a', object('a'));
      const { revision } = storage;
      // One write in a row after another: whole means that no number is missing.
      const known = maps.since(maps.forgotten).map((change) => change.revision);
      expect(known).toEqual(Array.from({ length: Math.min(write, WINDOW) }, (_, i) => revision - known.length + 1 + i));
      expect(maps.forgotten).toBe(revision - known.length);
    }
  });

  it('is bounded by the window, however many writes there are', () => {
    const { storage, maps } = open(100);
    let longest = 0;
    for (let i = 0; i < 10_000; i++) {
      storage.write(maps, `default/${i % 7}`, object('a'));
      longest = Math.max(longest, maps.since(0).length);
    }
    expect(longest).toBeLessThanOrEqual(150);
    expect(maps.size).toBe(7);
  });

  it('any state and any changes within the window are those that were', () => {
    const write = fc.record({ name: fc.constantFrom('a', 'b', 'c'), isDeletion: fc.boolean(), other: fc.boolean() });
    fc.assert(
      fc.property(fc.array(write, { minLength: 10, maxLength: 80, size: 'max' }), (writes) => {
        const { storage, maps, secrets } = open(3);
        const states = new Map([[storage.revision, names(maps.sorted())]]);
        const all: string[] = [];
        listen(maps, all);
        for (const { name, isDeletion, other } of writes) {
          const collection = other ? secrets : maps;
          if (isDeletion) storage.delete(collection, name);
          else storage.write(collection, name, object(name));
          states.set(storage.revision, names(maps.sorted()));
        }
        for (const [revision, state] of states) {
          if (revision < maps.forgotten) continue;
          expect(names(maps.at(revision))).toEqual(state);
          expect(changes(maps.since(revision))).toEqual(all.filter((line) => Number(line.split(' ')[2]) > revision));
        }
      }),
    );
  });
});

function listen(collection: Collection, into: string[]): void {
  collection.listen({ changed: (change) => void into.push(...changes([change])), ended: () => undefined });
}

describe('compaction', () => {
  it('goes as far as the newest revision, and never back', () => {
    const { storage, maps } = open();
    for (let i = 0; i < 5; i++) storage.write(maps, 'default/a', object('a'));
    storage.compact(4);
    expect(storage.compacted).toBe(4);
    storage.compact(3);
    expect(storage.compacted).toBe(4);
    storage.compact(99);
    expect(storage.compacted).toBe(6);
  });

  it('leaves what the watch cache has', () => {
    const { storage, maps } = open();
    storage.write(maps, 'default/a', object('a'));
    storage.compact(2);
    expect(changes(maps.since(1))).toEqual(['ADDED a@2 2']);
    expect([maps.forgotten, maps.cachedSince]).toEqual([1, 1]);
  });
});

describe('a restart', () => {
  it('empties the watch caches of all resources, and loses no object', () => {
    const { storage, maps, secrets } = open();
    storage.write(maps, 'default/a', object('a'));
    storage.forgetCaches();
    expect([maps.cachedSince, secrets.cachedSince]).toEqual([2, 2]);
    expect(names(maps.sorted())).toEqual(['a@2']);
    // etcd has it still.
    expect(maps.forgotten).toBe(1);
  });
});

describe('a snapshot', () => {
  it('is what it was, whatever is written later', () => {
    const { storage, maps } = open();
    storage.write(maps, 'default/a', object('a'));
    const snapshot = storage.snapshot();
    storage.write(maps, 'default/a', object('a'));
    storage.write(maps, 'default/b', object('b'));
    expect(snapshot.revision).toBe(2);
    expect(names(snapshot.objects.get('configmaps') ?? [])).toEqual(['a@2']);
  });

  it('brings back its objects and its revision, which later writes use a second time', () => {
    const { storage, maps } = open();
    storage.write(maps, 'default/a', object('a'));
    const snapshot = storage.snapshot();
    storage.write(maps, 'default/a', object('a'));
    storage.write(maps, 'default/b', object('b'));
    storage.restore(snapshot);
    const restored = storage.collection('configmaps');
    if (restored === undefined) throw new Error('there are no ConfigMaps');
    expect(names(restored.sorted())).toEqual(['a@2']);
    expect(storage.revision).toBe(2);
    storage.write(restored, 'default/c', object('c'));
    expect(names(restored.sorted())).toEqual(['a@2', 'c@3']);
  });

  it('brings no history with it, and none of what came after it stays', () => {
    const { storage, maps } = open();
    storage.write(maps, 'default/a', object('a'));
    const snapshot = storage.snapshot();
    storage.write(maps, 'default/a', object('a'));
    storage.restore(snapshot);
    const restored = storage.collection('configmaps');
    expect(restored?.since(0)).toEqual([]);
    expect([restored?.forgotten, restored?.cachedSince, storage.compacted]).toEqual([2, 2, 2]);
  });

  it('can be restored more than once', () => {
    const { storage, maps } = open();
    storage.write(maps, 'default/a', object('a'));
    const snapshot = storage.snapshot();
    for (let i = 0; i < 2; i++) {
      storage.restore(snapshot);
      const restored = storage.collection('configmaps');
      if (restored === undefined) throw new Error('there are no ConfigMaps');
      storage.delete(restored, 'default/a');
    }
    storage.restore(snapshot);
    expect(names(storage.collection('configmaps')?.sorted() ?? [])).toEqual(['a@2']);
  });

  it('brings back custom resources that were removed, and removes those that came later', () => {
    const { storage, crds } = open();
    const before = storage.snapshot();
    storage.write(crds, 'widgets.example.com', definition() as ApiObject);
    const widgets = storage.find('example.com', 'v1', 'widgets');
    if (widgets === undefined) throw new Error('there are no widgets');
    storage.write(widgets, 'default/w', object('w', 'Widget'));
    const after = storage.snapshot();
    storage.restore(before);
    expect(storage.find('example.com', 'v1', 'widgets')).toBeUndefined();
    storage.restore(after);
    expect(names(storage.find('example.com', 'v1', 'widgets')?.sorted() ?? [])).toEqual(['w@3']);
  });
});

describe('custom resources', () => {
  const define = (storage: Storage, crds: Collection, ...versions: string[]): Collection => {
    storage.write(crds, 'widgets.example.com', definition({ versions }) as ApiObject);
    const widgets = storage.find('example.com', versions[0] ?? '', 'widgets');
    if (widgets === undefined) throw new Error('there are no widgets');
    return widgets;
  };

  it('are there from their definition on, in all versions that are served', () => {
    const { storage, crds } = open();
    expect(storage.find('example.com', 'v1', 'widgets')).toBeUndefined();
    const widgets = define(storage, crds, 'v2', 'v1');
    expect(storage.find('example.com', 'v1', 'widgets')).toBe(widgets);
    expect(storage.findKind('example.com/v2', 'Widget')).toBe(widgets);
    expect(storage.findKind('example.com/v3', 'Widget')).toBeUndefined();
    expect(storage.findKind('v1', 'Widget')).toBeUndefined();
  });

  it('stay when their definition changes', () => {
    const { storage, crds } = open();
    const widgets = define(storage, crds, 'v1');
    storage.write(widgets, 'default/w', object('w', 'Widget'));
    expect(define(storage, crds, 'v2', 'v1')).toBe(widgets);
    expect(widgets.resource.versions).toEqual(['v2', 'v1']);
    expect(widgets.size).toBe(1);
  });

  it('C10 go with it: each is deleted, then everybody who listens is at the end, then nobody knows the path', () => {
    const { storage, crds } = open();
    const widgets = define(storage, crds, 'v1');
    for (const name of ['a', 'b']) storage.write(widgets, `default/${name}`, object(name, 'Widget'));
    const { told } = listening(widgets);
    storage.delete(crds, 'widgets.example.com');
    expect(told).toEqual(['DELETED a@6 6', 'DELETED b@7 7', 'ended']);
    expect(storage.find('example.com', 'v1', 'widgets')).toBeUndefined();
  });

  it('C10 begin anew with a new definition: nothing before it is known', () => {
    const { storage, crds } = open();
    const old = define(storage, crds, 'v1');
    storage.write(old, 'default/w', object('w', 'Widget'));
    storage.delete(crds, 'widgets.example.com');
    const widgets = define(storage, crds, 'v1');
    expect(widgets).not.toBe(old);
    expect(widgets.size).toBe(0);
    expect(widgets.forgotten).toBeGreaterThan(old.forgotten);
    expect(widgets.forgotten).toBe(storage.revision);
  });

  it('are not there by half: a definition that says too little is not written', () => {
    const { storage, crds } = open();
    const poor = object('widgets.example.com', 'CustomResourceDefinition');
    expect(() => storage.write(crds, 'widgets.example.com', poor)).toThrow();
    expect(storage.revision).toBe(1);
    expect(crds.size).toBe(0);
  });
});

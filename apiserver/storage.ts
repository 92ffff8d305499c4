import type { ApiObject } from './objects.js';
import type { Resource } from './resources.js';
import { DEFINITIONS, BUILT_IN, customResource, idOf } from './resources.js';
import { Version } from './version.js';

/** A write, as etcd remembers it. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  /** As it is from now on; as it was last, with the revision of its deletion, if it was deleted. */
  readonly version: Version;
  readonly previous: Version | undefined;
}

/** The objects of one resource, the newest changes to them, and who wants to hear of further ones. */
export class Collection {
  resource: Resource;
  /** Changes up to this revision are no longer known from here. */
  forgotten: number;
  /** What the watch cache can tell begins here: it is empty when the server starts. */
  cachedSince: number;
  readonly #window: number;
  readonly #objects = new Map<string, Version>();
  readonly #listeners = new Set<Listener>();
  #log: Change[] = [];
  #sorted: readonly Version[] | undefined;

  constructor(resource: Resource, revision: number, window: number) {
    this.resource = resource;
    this.forgotten = revision;
    this.cachedSince = revision;
    this.#window = window;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): Version | undefined {
    return this.#objects.get(key);
  }

  /** In the order of the keys, as etcd has them. */
  sorted(): readonly Version[] {
    return (this.#sorted ??= [...this.#objects.values()].sort(byKey));
  }

  /** The objects as they were at a revision that is still known. */
  at(revision: number): readonly Version[] {
    if ((this.#log.at(-1)?.revision ?? 0) <= revision) return this.sorted();
    const objects = new Map(this.#objects);
    for (const { version, previous } of this.since(revision).reverse()) {
      if (previous === undefined) objects.delete(version.key);
      else objects.set(version.key, previous);
    }
    return [...objects.values()].sort(byKey);
  }

  /** The changes after a revision that is still known. */
  since(revision: number): Change[] {
    let [low, high] = [0, this.#log.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#log[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#log.slice(low);
  }

  /** @returns what stops it */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  apply(change: Change): void {
    const { type, version } = change;
    if (type === 'DELETED') this.#objects.delete(version.key);
    else this.#objects.set(version.key, version);
    this.#sorted = undefined;
    this.#log.push(change);
    // Cut now and then, so that a write costs the same however long the window is.
    const surplus = this.#log.length - this.#window;
    if (surplus > 0) this.forgotten = this.#log[surplus - 1]?.revision ?? this.forgotten;
    if (surplus > this.#window * 0.25 + 16) this.#log = this.#log.slice(surplus);
    for (const listener of [...this.#listeners]) listener.changed(change);
  }

  /** Ends what listens: the resource is no longer served, or the server stops. */
  end(): void {
    for (const listener of [...this.#listeners]) listener.ended();
    this.#listeners.clear();
  }

  /** As from a snapshot: without a past. */
  load(versions: readonly Version[]): void {
    for (const version of versions) this.#objects.set(version.key, version);
  }
}

interface Listener {
  changed(change: Change): void;
  ended(): void;
}

function byKey(a: Version, b: Version): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** What a server held at a moment; `restore` goes back to it. */
export interface Snapshot {
  readonly revision: number;
  readonly objects: ReadonlyMap<string, readonly Version[]>;
}

/** What etcd keeps: all objects, one revision for all writes, and the newest changes. */
export class Storage {
  /** Of the newest write. */
  revision = 1;
  /** The history before this revision was compacted away. */
  compacted = 0;
  readonly #window: number;
  #collections = new Map<string, Collection>();

  constructor(window: number) {
    this.#window = window;
    for (const resource of BUILT_IN) this.#add(resource);
  }

  collections(): readonly Collection[] {
    return [...this.#collections.values()];
  }

  collection(id: string): Collection | undefined {
    return this.#collections.get(id);
  }

  find(group: string, version: string, plural: string): Collection | undefined {
    const collection = this.collection(idOf({ group, plural }));
    return collection?.resource.versions.includes(version) === true ? collection : undefined;
  }

  findKind(apiVersion: string, kind: string): Collection | undefined {
    const [version = '', group = ''] = apiVersion.split('/').reverse();
    return this.collections().find(
      ({ resource }) => resource.kind === kind && resource.group === group && resource.versions.includes(version),
    );
  }

  /** Writes an object under the next revision. */
  write(collection: Collection, key: string, object: ApiObject): ApiObject {
    const previous = collection.get(key);
    // Before anything is written: it throws where parts are missing.
    const defined = idOf(collection.resource) === DEFINITIONS ? customResource(object) : undefined;
    const revision = ++this.revision;
    const version = new Version(key, revision, {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(revision) },
    });
    collection.apply({ type: previous ? 'MODIFIED' : 'ADDED', revision, version, previous });
    if (defined !== undefined) this.#define(defined);
    return version.object;
  }

  delete(collection: Collection, key: string): ApiObject | undefined {
    const previous = collection.get(key);
    if (previous === undefined) return undefined;
    const revision = ++this.revision;
    const version = previous.at(revision);
    collection.apply({ type: 'DELETED', revision, version, previous });
    if (idOf(collection.resource) === DEFINITIONS) this.#undefine(version.object);
    return version.object;
  }

  compact(revision: number): void {
    this.compacted = Math.max(this.compacted, Math.min(revision, this.revision));
  }

  /** What is left of the watch caches when the server starts anew: nothing. */
  forgetCaches(): void {
    for (const collection of this.collections()) collection.cachedSince = this.revision;
  }

  snapshot(): Snapshot {
    return {
      revision: this.revision,
      objects: new Map(this.collections().map((collection) => [idOf(collection.resource), collection.sorted()])),
    };
  }

  restore({ revision, objects }: Snapshot): void {
    this.revision = revision;
    this.compacted = revision;
    this.#collections = new Map();
    for (const resource of BUILT_IN) this.#add(resource);
    for (const { object } of objects.get(DEFINITIONS) ?? []) this.#add(customResource(object));
    for (const [id, versions] of objects) this.#collections.get(id)?.load(versions);
  }

  #define(resource: Resource): void {
    const existing = this.collection(idOf(resource));
    if (existing === undefined) this.#add(resource);
    else existing.resource = resource;
  }

  /** As the API server does it: its objects are deleted one by one, then watches end, then nobody knows the path. */
  #undefine(definition: ApiObject): void {
    const id = idOf(customResource(definition));
    const collection = this.collection(id);
    if (collection === undefined) return;
    for (const { key } of collection.sorted()) this.delete(collection, key);
    collection.end();
    this.#collections.delete(id);
  }

  #add(resource: Resource): void {
    this.#collections.set(idOf(resource), new Collection(resource, this.revision, this.#window));
  }
}

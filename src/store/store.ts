import { defer, distinctUntilChanged, map, merge, of, Subject, take, type Observable } from 'rxjs';
import type { KubernetesObject, WatchEvent } from '../events.js';
import { keyOf } from '../objects.js';
import type { ChangeOf } from './change.js';
import { Feeds, type StoreScope } from './feeds.js';
import { Index, type IndexFunction } from './indexes.js';
import { Table } from './table.js';

/** `namespace/name` (`name` where there is no namespace), or an object that has both, such as `object.metadata`. */
export type ObjectKey = string | { readonly name: string; readonly namespace?: string | undefined };

/** @internal */
export interface StoreWriter<T extends KubernetesObject> {
  write(event: WatchEvent<T>): void;
  /** The source is over: what was written grows old. */
  stop(reason: { readonly error?: unknown }): void;
}

/** @internal */
export const WRITER: unique symbol = Symbol('rxkube store writer');

/**
 * What a cluster has of one kind, kept current by {@link reflectInto}; read-only for everybody else.
 *
 * A reader sees complete states only: a relist takes effect as a whole at its `initDone`, and content, indexes and `ready` are
 * up to date before anybody is notified. Unchanged objects keep their identity. What is returned is a copy that never changes;
 * the objects themselves are shared, so do not write to them.
 *
 * The Observables are views of shared state. They never complete and never error: that a watch fails is seen in {@link Store.scopes}.
 */
export interface Store<T extends KubernetesObject, I extends string = never> {
  /** How many objects there are. */
  readonly size: number;
  /** The object of this name; undefined while there is none. */
  get(key: ObjectKey): T | undefined;
  /** Whether there is an object of this name. */
  has(key: ObjectKey): boolean;
  /** All objects, in order of first sight: the same array while nothing changes. */
  values(): readonly T[];
  /** `namespace/name`, or `name` of what is in no namespace, of each object, in the order of `values()`. */
  keys(): readonly string[];
  /** Each object with its key, in the order of `values()`. */
  entries(): readonly (readonly [key: string, object: T])[];
  /**
   * The objects that the index files under `value`.
   *
   * @throws RangeError when the store has no such index.
   */
  by(index: I, value: string): readonly T[];

  /** Whether every watch that feeds the store has had a complete list. Never reverts: see {@link Store.scopes} for how current it is. */
  readonly ready: boolean;
  /** Emits once and completes when the store is ready, at once where it is: `await firstValueFrom(store.whenReady)`. */
  readonly whenReady: Observable<void>;
  /** How it stands with each watch that feeds the store, by its `from`: an immutable copy. */
  readonly scopes: ReadonlyMap<string, StoreScope>;

  /** One object: its present state at once, undefined while there is none, and each state after. */
  object(key: ObjectKey): Observable<T | undefined>;
  /**
   * The objects that pass `filter`, all by default: the present ones at once, and a new array whenever they change, once for a
   * whole relist. A filter that throws is an error notification.
   */
  select(filter?: (object: T) => boolean): Observable<readonly T[]>;
  /** What each event changed, once the store shows it: one array a relist. Without the present state; see {@link Store.select}. */
  readonly changes: Observable<readonly ChangeOf<T>[]>;

  /** @internal */
  [WRITER](): StoreWriter<T>;
}

/** What a {@link Store} finds objects by, besides their names. */
export interface StoreOptions<T, I extends string = string> {
  /** Indexes by name. Default: none. */
  readonly index?: Readonly<Record<I, IndexFunction<T>>>;
}

/**
 * Creates an empty {@link Store}, for the objects of one kind in one cluster, from any number of watches: an object that several of
 * them list is there until the last one loses it, in its newest version.
 *
 * Feeding it a second kind or cluster, where the same name is another object, is an error that names both.
 *
 * An index function that throws errors the stream that feeds the store; the object is stored, and not found by that index.
 *
 * ```ts
 * import { appliedObjects, createStore, reflectInto, watch$ } from 'rxkube';
 *
 * const store = createStore({ index: { node: (pod: Pod) => pod.spec?.nodeName } });
 * watch$(pods).pipe(reflectInto(store), appliedObjects()).subscribe((pod) => {
 *   console.log('beside', store.by('node', pod.spec?.nodeName ?? '').length - 1, 'others');
 * });
 * ```
 *
 * The names of the indexes are checked by the compiler where they are inferred, as above. With the object type given alone,
 * `createStore<Pod>({ index })`, TypeScript infers no names, and a wrong one is noticed when it is used.
 */
export function createStore<T extends KubernetesObject>(): Store<T>;
/** Creates an empty {@link Store} with indexes, whose names are inferred. */
export function createStore<T extends KubernetesObject, const I extends string>(
  options: StoreOptions<T, I>,
): Store<T, I>;
/** Creates an empty {@link Store} with indexes, whose names are not inferred as the object type is given. */
export function createStore<T extends KubernetesObject>(options: StoreOptions<T>): Store<T, string>;
export function createStore<T extends KubernetesObject>({ index = {} }: StoreOptions<T> = {}): Store<T, string> {
  return new ObjectStore<T>(index);
}

const NOTHING: readonly never[] = [];

class ObjectStore<T extends KubernetesObject> implements Store<T, string> {
  readonly #indexes: ReadonlyMap<string, Index<T>>;
  readonly #feeds = new Feeds();
  readonly #changes = new Subject<readonly ChangeOf<T>[]>();
  readonly #becameReady = new Subject<void>();
  readonly #undelivered: (readonly ChangeOf<T>[])[] = [];
  #delivering = false;
  #table: Table<T> | undefined;

  readonly changes: Observable<readonly ChangeOf<T>[]> = this.#changes.asObservable();
  readonly whenReady: Observable<void> = defer(() => (this.ready ? of(undefined) : this.#becameReady.pipe(take(1))));

  constructor(indexes: Readonly<Record<string, IndexFunction<T>>>) {
    this.#indexes = new Map(Object.entries(indexes).map(([name, valuesOf]) => [name, new Index(valuesOf)]));
  }

  get size(): number {
    return this.#table?.shown.size ?? 0;
  }

  get(key: ObjectKey): T | undefined {
    return this.#table?.shown.get(textOf(key));
  }

  has(key: ObjectKey): boolean {
    return this.get(key) !== undefined;
  }

  values(): readonly T[] {
    return this.#table?.values() ?? NOTHING;
  }

  keys(): readonly string[] {
    return Array.from(this.#table?.shown.keys() ?? NOTHING);
  }

  entries(): readonly (readonly [key: string, object: T])[] {
    return Array.from(this.#table?.shown ?? NOTHING);
  }

  by(name: string, value: string): readonly T[] {
    const index = this.#indexes.get(name);
    if (index !== undefined) return index.get(value);
    const names = this.#indexes.size === 0 ? 'none' : [...this.#indexes.keys()].join(', ');
    throw new RangeError(`index must be one of those given to createStore (${names}), got ${JSON.stringify(name)}`);
  }

  get ready(): boolean {
    return this.#feeds.ready;
  }

  get scopes(): ReadonlyMap<string, StoreScope> {
    return this.#feeds.scopes((from) => this.#table?.resourceVersion(from));
  }

  object(key: ObjectKey): Observable<T | undefined> {
    return this.#now().pipe(
      map(() => this.get(key)),
      distinctUntilChanged(),
    );
  }

  select(test?: (object: T) => boolean): Observable<readonly T[]> {
    if (test === undefined) {
      return this.#now().pipe(
        map(() => this.values()),
        distinctUntilChanged(),
      );
    }
    return defer(() => {
      const selected = new Map(this.entries().filter(([, object]) => test(object)));
      let items: readonly T[] | undefined;
      return this.#now().pipe(
        map((batch) => {
          for (const { object } of batch) {
            const key = keyOf(object);
            // Not the change's object: a batch that had to wait is older than what the store shows.
            const present = this.get(key);
            const chosen = present !== undefined && test(present) ? present : undefined;
            if (chosen === selected.get(key)) continue;
            items = undefined;
            if (chosen === undefined) selected.delete(key);
            else selected.set(key, chosen);
          }
          return (items ??= [...selected.values()]);
        }),
        distinctUntilChanged(),
      );
    });
  }

  /** The batches, after an empty one at once: listening comes first, so that what a consumer of the first value brings about is seen. */
  #now(): Observable<readonly ChangeOf<T>[]> {
    return merge(this.#changes, of(NOTHING));
  }

  [WRITER](): StoreWriter<T> {
    const writer: StoreWriter<T> = {
      write: (event) => this.#write(event, writer),
      stop: (reason) => this.#feeds.stop(writer, reason),
    };
    return writer;
  }

  #write(event: WatchEvent<T>, writer: object): void {
    const changes = this.#tableFor(event).fold(event);
    const wasReady = this.ready;
    this.#feeds.track(event, writer);
    let failure: { readonly error: unknown } | undefined;
    for (const index of this.#indexes.values()) {
      for (const change of changes) {
        try {
          index.update(change);
        } catch (error) {
          failure ??= { error };
        }
      }
    }
    if (changes.length > 0 && this.#changes.observed) this.#deliver(changes);
    if (this.ready && !wasReady) this.#becameReady.next(undefined);
    if (failure !== undefined) throw failure.error;
  }

  /** In order, even where a consumer makes the source emit meanwhile. */
  #deliver(batch: readonly ChangeOf<T>[]): void {
    this.#undelivered.push(batch);
    if (this.#delivering) return;
    this.#delivering = true;
    for (let next = this.#undelivered.shift(); next !== undefined; next = this.#undelivered.shift()) {
      this.#changes.next(next);
    }
    this.#delivering = false;
  }

  #tableFor(event: WatchEvent<T>): Table<T> {
    const table = (this.#table ??= new Table<T>(event));
    if (table.holds(event)) return table;
    throw new RangeError(
      `a store holds one resource of one cluster: this one has ${table.resource} of ${JSON.stringify(table.cluster)}, ` +
        `so ${event.resource} of ${JSON.stringify(event.cluster)} need a store of their own`,
    );
  }
}

function textOf(key: ObjectKey): string {
  return typeof key === 'string' ? key : keyOf({ metadata: key as KubernetesObject['metadata'] });
}

import type { InitCause, KubernetesObject, WatchEvent } from '../events.js';
import { isSameObject, isSameVersion, keyOf } from '../objects.js';
import { isNewer } from '../resource-version.js';
import type { ChangeOf } from './change.js';

/** One watch, and what it says it lists. */
interface Scope<T> {
  readonly from: string;
  listed: Map<string, T>;
  /** The list being built, between `init` and `initDone`. */
  building: Map<string, T> | undefined;
  /** Of its latest list; undefined where there was none: the watch started at a given resourceVersion. */
  cause: InitCause | undefined;
  resourceVersion: string | undefined;
}

const NOTHING: readonly never[] = [];

/**
 * The fold from watch events to changes, for one resource of one cluster and any number of watches of it. The only one there is:
 * `changes`, `snapshots` and the store all stand on it.
 *
 * What it shows of an object that several watches list is the newest version where resourceVersions can be compared, else the one
 * last delivered. That never goes back because the watch that was ahead lost the object, unless that watch says `rollback`. An
 * object is gone once no watch lists it.
 */
export class Table<T extends KubernetesObject> {
  readonly resource: string;
  readonly cluster: string;
  readonly #scopes = new Map<string, Scope<T>>();
  readonly #shown = new Map<string, T>();
  #values: readonly T[] | undefined;

  constructor({ resource, cluster }: { readonly resource: string; readonly cluster: string }) {
    this.resource = resource;
    this.cluster = cluster;
  }

  /** Whether an event is about this resource of this cluster. */
  holds({ resource, cluster }: WatchEvent<T>): boolean {
    return this.resource === resource && this.cluster === cluster;
  }

  /** What is there, by key. Live: the next event writes to it. */
  get shown(): ReadonlyMap<string, T> {
    return this.#shown;
  }

  /** What is there, in order of first sight: an array that is never written to, and the same one while nothing changes. */
  values(): readonly T[] {
    return (this.#values ??= [...this.#shown.values()]);
  }

  /** How far a watch has been followed. */
  resourceVersion(from: string): string | undefined {
    return this.#scopes.get(from)?.resourceVersion;
  }

  /** Takes an event in. The state is complete before the changes are handed out. */
  fold(event: WatchEvent<T>): readonly ChangeOf<T>[] {
    const scope = this.#scopeOf(event.from);
    switch (event.type) {
      case 'init':
        scope.building = new Map();
        scope.cause = event.cause;
        return NOTHING;
      case 'initApply':
      case 'apply':
        return this.#apply(scope, event.object);
      case 'delete':
        return this.#delete(scope, event.object);
      case 'initDone':
        return this.#complete(scope, event.resourceVersion);
      case 'live':
      case 'bookmark':
        if (scope.building === undefined) scope.resourceVersion = event.resourceVersion;
        return NOTHING;
      case 'interrupted':
      case 'paused':
        return NOTHING;
    }
  }

  #scopeOf(from: string): Scope<T> {
    let scope = this.#scopes.get(from);
    if (scope === undefined) {
      scope = { from, listed: new Map(), building: undefined, cause: undefined, resourceVersion: undefined };
      this.#scopes.set(from, scope);
    }
    return scope;
  }

  #apply(scope: Scope<T>, object: T): readonly ChangeOf<T>[] {
    const key = keyOf(object);
    if (scope.building !== undefined) {
      // Keeping the known object now, not at `initDone`, lets go of the copy just received: a relist need not hold everything twice.
      const shown = this.#shown.get(key);
      scope.building.set(
        key,
        shown !== undefined && isSame(shown, object, scope.cause === 'rollback') ? shown : object,
      );
      return NOTHING;
    }
    const changes: ChangeOf<T>[] = [];
    scope.listed.set(key, this.#put(scope, key, object, scope.listed.get(key), false, changes));
    scope.resourceVersion = object.metadata.resourceVersion;
    return changes;
  }

  #delete(scope: Scope<T>, object: T): readonly ChangeOf<T>[] {
    const key = keyOf(object);
    const { resourceVersion } = object.metadata;
    const { building, listed } = scope;
    if (building !== undefined) {
      if (isSameObject(building.get(key), object)) building.delete(key);
      return NOTHING;
    }
    const changes: ChangeOf<T>[] = [];
    const own = listed.get(key);
    if (isSameObject(own, object)) {
      listed.delete(key);
      this.#lose(scope, key, object, changes);
    } else if (scope.cause === undefined && !this.#shown.has(key) && isNews(object, scope)) {
      // Who resumes from a resourceVersion of an earlier run knows objects that this table does not.
      changes.push(this.#change('deleted', scope, object));
    }
    scope.resourceVersion = resourceVersion;
    return changes;
  }

  #complete(scope: Scope<T>, resourceVersion: string): readonly ChangeOf<T>[] {
    const { listed, building } = scope;
    scope.resourceVersion = resourceVersion;
    if (building === undefined) return NOTHING;
    scope.listed = building;
    scope.building = undefined;
    const rollback = scope.cause === 'rollback';
    const changes: ChangeOf<T>[] = [];
    for (const key of listed.keys()) {
      if (!building.has(key)) this.#lose(scope, key, undefined, changes);
    }
    for (const [key, object] of building) {
      const kept = this.#put(scope, key, object, listed.get(key), rollback, changes);
      if (kept !== object) building.set(key, kept);
    }
    if (scope.cause === 'removed') this.#scopes.delete(scope.from);
    // The deletion of an object whose name has a new one stands among the latter: every deletion goes first (invariant 16).
    return changes.sort((a, b) => Number(b.type === 'deleted') - Number(a.type === 'deleted'));
  }

  /** `scope` lists `object`, where it listed `own` before; `rollback`: and takes back what it said since. */
  #put(scope: Scope<T>, key: string, object: T, own: T | undefined, rollback: boolean, changes: ChangeOf<T>[]): T {
    const shown = this.#shown.get(key);
    if (shown !== undefined && isSame(shown, object, rollback)) return shown;
    // Another watch may be ahead of this one; the order within one watch is the server's, whatever the numbers say (I9).
    if (shown !== undefined && shown !== own && !rollback && isAhead(shown, object)) return object;
    this.#show(scope, key, shown, object, changes);
    return object;
  }

  /** `scope` no longer lists the key; `final` is the state that the server deleted, where it told. */
  #lose(scope: Scope<T>, key: string, final: T | undefined, changes: ChangeOf<T>[]): void {
    const shown = this.#shown.get(key);
    if (shown === undefined) return;
    const rest = this.#scopes.size > 1 ? this.#newest(key) : undefined;
    if (rest === undefined) {
      this.#shown.delete(key);
      this.#values = undefined;
      const last = final !== undefined && isSameObject(final, shown) ? final : shown;
      changes.push(this.#change('deleted', scope, last));
    } else if (!isSameVersion(rest, shown) && (scope.cause === 'rollback' || !isAhead(shown, rest))) {
      this.#show(scope, key, shown, rest, changes);
    }
  }

  #newest(key: string): T | undefined {
    let newest: T | undefined;
    for (const { listed } of this.#scopes.values()) {
      const object = listed.get(key);
      if (object !== undefined && (newest === undefined || isAhead(object, newest))) newest = object;
    }
    return newest;
  }

  #show(scope: Scope<T>, key: string, previous: T | undefined, object: T, changes: ChangeOf<T>[]): void {
    this.#shown.set(key, object);
    this.#values = undefined;
    const { resource, cluster } = this;
    if (previous !== undefined && isSameObject(previous, object)) {
      changes.push({ type: 'modified', resource, cluster, from: scope.from, object, previous });
      return;
    }
    if (previous !== undefined) changes.push(this.#change('deleted', scope, previous));
    changes.push(this.#change('added', scope, object));
  }

  #change(type: 'added' | 'deleted', { from }: Scope<T>, object: T): ChangeOf<T> {
    return { type, resource: this.resource, cluster: this.cluster, from, object };
  }
}

/** `rollback`: the server went back and counts anew, so that one resourceVersion may have been given to two states. */
function isSame(known: KubernetesObject, object: KubernetesObject, rollback: boolean): boolean {
  return isSameVersion(known, object) && (!rollback || JSON.stringify(known) === JSON.stringify(object));
}

function isAhead(a: KubernetesObject, b: KubernetesObject): boolean {
  return isNewer(a.metadata.resourceVersion, b.metadata.resourceVersion) === true;
}

/** Whether a deletion was not told yet, without remembering every name ever deleted: a repeated frame is not newer than the last. */
function isNews({ metadata }: KubernetesObject, { resourceVersion }: Scope<unknown>): boolean {
  return (
    resourceVersion === undefined ||
    (metadata.resourceVersion !== resourceVersion && isNewer(metadata.resourceVersion, resourceVersion) !== false)
  );
}

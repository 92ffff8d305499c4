import type { Init, Interrupted, KubernetesObject, Paused, Recovery, WatchEvent } from '../../src/events.js';
import { isSameObject, isSameVersion, keyOf } from '../../src/objects.js';

type Objects = Map<string, KubernetesObject>;

/**
 * Remembers what a stream of watch events amounts to, so that it can be said again to somebody who was not there.
 *
 * Each `from` is kept as it came, and not merged with others: who hears it has to be able to fold it as the first one did.
 *
 * @internal
 */
export class WatchReplay {
  readonly #scopes = new Map<string, Scope>();

  record(event: WatchEvent): void {
    const { from } = event;
    let scope = this.#scopes.get(from);
    if (scope === undefined) this.#scopes.set(from, (scope = new Scope(event)));
    if (event.type === 'initDone' && scope.building?.init.cause === 'removed') this.#scopes.delete(from);
    else scope.record(event);
  }

  /** All that is known, as events, watch by watch. */
  events(): readonly WatchEvent[] {
    return Array.from(this.#scopes.values(), (scope) => [...scope.events()]).flat();
  }
}

/** One watch, and as much of what it said as still holds. */
class Scope {
  building: { readonly init: Init; readonly objects: Objects } | undefined;
  readonly #stamp: Readonly<Record<'resource' | 'cluster' | 'from', string>>;
  #objects: Objects = new Map();
  /** False where the watch started at a given resourceVersion. */
  #listed = false;
  #resourceVersion: string | undefined;
  #trouble: Interrupted | Paused | undefined;

  constructor({ resource, cluster, from }: WatchEvent) {
    this.#stamp = { resource, cluster, from };
  }

  record(event: WatchEvent): void {
    if (event.type === 'interrupted' || event.type === 'paused') {
      this.#trouble = event;
      return;
    }
    // An `init` is said before its request: it proves nothing, and a failure lasts.
    if (event.type !== 'init' || this.#trouble?.type === 'paused') this.#trouble = undefined;
    switch (event.type) {
      case 'init':
        this.building = { init: event, objects: new Map() };
        break;
      case 'initApply':
      case 'apply':
        this.#put(event.object);
        break;
      case 'delete':
        this.#remove(event.object);
        break;
      case 'initDone':
        if (this.building !== undefined) this.#objects = this.building.objects;
        this.#listed ||= this.building !== undefined;
        this.building = undefined;
        this.#resourceVersion = event.resourceVersion;
        break;
      case 'live':
      case 'bookmark':
        if (this.building === undefined) this.#resourceVersion = event.resourceVersion;
    }
  }

  #put(object: KubernetesObject): void {
    const key = keyOf(object);
    if (this.building !== undefined) {
      // Folds keep the object that they know: a copy of each would stay here after every relist.
      const known = this.building.init.cause === 'rollback' ? undefined : this.#objects.get(key);
      this.building.objects.set(key, known !== undefined && isSameVersion(known, object) ? known : object);
      return;
    }
    // One may resume from any `apply`: none may be said again before an older one.
    if (!this.#listed) this.#objects.delete(key);
    this.#objects.set(key, object);
    this.#resourceVersion = object.metadata.resourceVersion;
  }

  #remove(object: KubernetesObject): void {
    const objects = this.building?.objects ?? this.#objects;
    const key = keyOf(object);
    if (isSameObject(objects.get(key), object)) objects.delete(key);
    if (this.building === undefined) this.#resourceVersion = object.metadata.resourceVersion;
  }

  *events(): Generator<WatchEvent> {
    const stamp = this.#stamp;
    const resourceVersion = this.#resourceVersion;
    if (resourceVersion !== undefined && this.#listed) {
      yield { type: 'init', ...stamp, cause: 'replay' };
      for (const object of this.#objects.values()) yield { type: 'initApply', ...stamp, object };
      yield { type: 'initDone', ...stamp, resourceVersion };
    } else if (resourceVersion !== undefined) {
      for (const object of this.#objects.values()) yield { type: 'apply', ...stamp, object };
      const last = [...this.#objects.values()].at(-1)?.metadata.resourceVersion;
      if (last !== resourceVersion) yield { type: 'bookmark', ...stamp, resourceVersion };
    }
    if (this.building !== undefined) {
      yield this.building.init;
      for (const object of this.building.objects.values()) yield { type: 'initApply', ...stamp, object };
    }
    if (this.#trouble?.type === 'interrupted') yield { ...this.#trouble, recovery: SETTLED };
    else if (this.#trouble !== undefined) yield this.#trouble;
  }
}

/** Whoever hears of a failure later has no say in it, and did nothing wrong: that is not reported as a late answer. */
const SETTLED: Recovery = { retryIn: () => false, giveUp: () => false };

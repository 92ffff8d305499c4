import type { KubernetesObject, WatchEvent } from '../../src/events.js';
import { Tables } from '../../src/store/tables.js';
import type { JoinKeys } from '../join-keys.js';
import { JoinScopes } from './join-scopes.js';
import { JoinSide, type Linked } from './join-side.js';

/** An object, and all those that it is joined with. */
export interface Joined<L extends KubernetesObject, R> extends KubernetesObject {
  /** The left object's own, but for the resourceVersion: another one whenever either side changed, opaque, and of no use to a server. */
  readonly metadata: L['metadata'];
  readonly left: L;
  /** In order of resource, cluster, namespace and name. Never written to. */
  readonly right: readonly R[];
}

type JoinEvents<L extends KubernetesObject, R> = readonly WatchEvent<Joined<L, R>>[];

/**
 * The fold from the events of two sides to those of their join.
 *
 * @internal
 */
export class Join<L extends KubernetesObject, R extends KubernetesObject> {
  readonly #leftTables = new Tables<L>();
  readonly #rightTables = new Tables<R>();
  readonly #lefts: JoinSide<L, R>;
  readonly #rights: JoinSide<R, L>;
  readonly #scopes = new JoinScopes();
  /** What was told last of each left object that is still there. */
  readonly #told = new WeakMap<Linked<L, R>, Joined<L, R>>();

  constructor({ left, right, matches = () => true }: JoinKeys<L, R>) {
    this.#lefts = new JoinSide(left, matches);
    this.#rights = new JoinSide(right, (object, partner) => matches(partner, object));
  }

  left(event: WatchEvent<L>): JoinEvents<L, R> {
    const opened = this.#scopes.left(event);
    const changed = this.#leftTables.fold(event).flatMap((change) => {
      const { own } = this.#lefts.update(change, this.#rights);
      return change.type === 'deleted' ? this.#delete(own) : this.#apply(own);
    });
    return [...opened, ...changed, ...this.#list(), ...('object' in event ? [] : [event])];
  }

  right(event: WatchEvent<R>): JoinEvents<L, R> {
    const passed = this.#scopes.right(event);
    const touched = new Set<Linked<L, R>>();
    for (const change of this.#rightTables.fold(event)) {
      for (const left of this.#rights.update(change, this.#lefts).touched) touched.add(left);
    }
    return [...[...touched].flatMap((left) => this.#apply(left)), ...this.#list(), ...passed];
  }

  #list(): JoinEvents<L, R> {
    return this.#scopes.list().flatMap((scope): JoinEvents<L, R> => {
      const { stamp } = scope;
      const lefts = [...this.#lefts.values()].filter((left) => this.#scopes.of(left) === scope);
      return [
        ...lefts.map((left) => ({ type: 'initApply' as const, ...stamp, object: this.#join(left) })),
        // As where a watch is taken out: there is none to resume from.
        { type: 'initDone', ...stamp, resourceVersion: '0' },
      ];
    });
  }

  #apply(left: Linked<L, R>): JoinEvents<L, R> {
    const scope = this.#scopes.of(left);
    return scope?.listed === true ? [{ type: 'apply', ...scope.stamp, object: this.#join(left) }] : [];
  }

  #delete(left: Linked<L, R>): JoinEvents<L, R> {
    const scope = this.#scopes.of(left);
    const told = this.#told.get(left);
    if (scope === undefined || told === undefined) return [];
    // Where a list revealed the deletion, the last state is the one that was told.
    const object = left.object === told.left ? told : joined(left.object, told.right, told);
    return [{ type: 'delete', ...scope.stamp, object }];
  }

  #join(left: Linked<L, R>): Joined<L, R> {
    const partners = [...left.partners].sort((a, b) => (a.id < b.id ? -1 : 1));
    const right = partners.map(({ object }) => object);
    const object = joined(left.object, right, this.#told.get(left));
    this.#told.set(left, object);
    return object;
  }
}

function joined<L extends KubernetesObject, R extends KubernetesObject>(
  left: L,
  right: readonly R[],
  last: Joined<L, R> | undefined,
): Joined<L, R> {
  // The parentheses keep joins of joins apart, and keep it from looking like a number, which would be compared.
  const version = `${left.metadata.resourceVersion}(${right.map(({ metadata }) => metadata.resourceVersion).join()})`;
  // A server that was restored may give one resourceVersion to two states.
  const resourceVersion = version === last?.metadata.resourceVersion ? `${version}'` : version;
  return { metadata: { ...left.metadata, resourceVersion }, left, right };
}

import type { KubernetesObject } from '../../src/events.js';
import { identityOf } from '../../src/objects.js';
import type { ChangeOf } from '../../src/store/change.js';
import type { KeysOf } from '../join-keys.js';

/** An object of one side, and those of the other side that it is joined with. */
export interface Linked<T, U> {
  /** Its resource, cluster, namespace and name. */
  readonly id: string;
  readonly resource: string;
  readonly cluster: string;
  readonly object: T;
  readonly partners: ReadonlySet<Linked<U, T>>;
}

interface Node<T, U> extends Linked<T, U> {
  object: T;
  keys: readonly string[];
  partners: Set<Node<U, T>>;
}

/**
 * One side of a join: its objects, filed by their keys and linked to their partners. A change asks for the keys of the object that
 * changed, and for nobody else's; it looks at the objects that share one of them.
 *
 * @internal
 */
export class JoinSide<T extends KubernetesObject, U extends KubernetesObject> {
  readonly #keysOf: KeysOf<T>;
  readonly #matches: (object: T, partner: U) => boolean;
  readonly #nodes = new Map<string, Node<T, U>>();
  readonly #files = new Map<string, Set<Node<T, U>>>();

  constructor(keysOf: KeysOf<T>, matches: (object: T, partner: U) => boolean) {
    this.#keysOf = keysOf;
    this.#matches = matches;
  }

  /** How many keys have an object. */
  get size(): number {
    return this.#files.size;
  }

  values(): Iterable<Linked<T, U>> {
    return this.#nodes.values();
  }

  /** Takes a change in. @returns the object, and the partners that it had or has: to them, it is another one than before. */
  update(
    { type, resource, cluster, object }: ChangeOf<T>,
    others: JoinSide<U, T>,
  ): { readonly own: Linked<T, U>; readonly touched: ReadonlySet<Linked<U, T>> } {
    const id = identityOf({ resource, cluster }, object);
    const own = this.#nodes.get(id) ?? { id, resource, cluster, object, keys: [], partners: new Set() };
    own.object = object;
    if (type === 'deleted') this.#nodes.delete(id);
    else this.#nodes.set(id, own);
    this.#file(own, type === 'deleted' ? [] : list(this.#keysOf(object, cluster)));

    const before = own.partners;
    own.partners = new Set();
    for (const key of own.keys) {
      for (const partner of others.#files.get(key) ?? []) {
        if (this.#matches(object, partner.object)) own.partners.add(partner);
      }
    }
    for (const partner of before) partner.partners.delete(own);
    for (const partner of own.partners) partner.partners.add(own);
    return { own, touched: new Set([...before, ...own.partners]) };
  }

  #file(node: Node<T, U>, keys: readonly string[]): void {
    for (const key of node.keys) {
      const file = this.#files.get(key);
      file?.delete(node);
      if (file?.size === 0) this.#files.delete(key);
    }
    for (const key of keys) {
      const file = this.#files.get(key);
      if (file === undefined) this.#files.set(key, new Set([node]));
      else file.add(node);
    }
    node.keys = keys;
  }
}

function list(keys: string | readonly string[] | undefined): readonly string[] {
  if (keys === undefined) return [];
  return typeof keys === 'string' ? [keys] : [...keys];
}

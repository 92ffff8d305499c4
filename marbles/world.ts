import type { KubernetesObject } from '../src/events.js';
import type { Kind } from '../src/kind.js';
import { keyOf } from '../src/objects.js';
import type { List } from './values.js';

/** What all the servers of a test count together. */
export interface Counter {
  /** The resourceVersion of the last change. */
  revision: number;
  /** Each thing that a server did: so that it can be told afterwards what was known when. */
  step: number;
}

interface Entry<T> {
  readonly at: number;
  readonly object: T;
  readonly gone: boolean;
}

/** A list that was given. */
export interface Given<T> {
  readonly char: string;
  readonly at: number;
  readonly objects: readonly T[];
  readonly resourceVersion: string;
}

/** The objects of one source, by their letters: what there is, and what there was. */
export class World<T extends KubernetesObject = KubernetesObject> {
  readonly given: Given<T>[] = [];
  readonly #kind: Kind<T>;
  readonly #descriptions: ReadonlyMap<string, readonly object[]>;
  readonly #counter: Counter;
  readonly #present = new Map<string, T>();
  readonly #history = new Map<string, Entry<T>[]>();
  readonly #letters = new Map<string, string>();

  constructor(kind: Kind<T>, descriptions: ReadonlyMap<string, readonly object[]>, counter: Counter) {
    this.#kind = kind;
    this.#descriptions = descriptions;
    this.#counter = counter;
  }

  has(letter: string): boolean {
    return this.#present.has(letter);
  }

  /** The object in its next state. */
  next(letter: string): T {
    const object = this.#make(letter);
    this.#present.set(letter, object);
    this.#note(letter, object, false);
    return object;
  }

  /** As it is, or created. */
  asItIs(letter: string): T {
    return this.#present.get(letter) ?? this.next(letter);
  }

  /** @returns its final state, or undefined where there is none. */
  delete(letter: string): T | undefined {
    const object = this.#present.get(letter);
    if (object === undefined) return undefined;
    const final = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#counter.revision) } };
    this.#present.delete(letter);
    this.#note(letter, final, true);
    return final;
  }

  /** What is not among the letters was deleted without anybody being told. */
  keep(letters: ReadonlySet<string>): void {
    for (const [letter, object] of this.#present) {
      if (letters.has(letter)) continue;
      this.#counter.revision++;
      this.#present.delete(letter);
      this.#note(letter, object, true);
    }
  }

  /** What there is from now on. */
  become({ items }: List): readonly T[] {
    this.keep(new Set(items.filter(({ how }) => how !== 'new').map(({ letter }) => letter)));
    return items.map(({ letter, how }) => (how === 'as it was' ? this.asItIs(letter) : this.next(letter)));
  }

  /** A list of what there is; with a list, of what there is from now on. */
  give(char: string, list: List | undefined): Given<T> {
    const objects = list === undefined ? [...this.#present.values()] : this.become(list);
    const given = { char, at: ++this.#counter.step, objects, resourceVersion: this.resourceVersion() };
    this.given.push(given);
    return given;
  }

  /** There is none before 1. */
  resourceVersion(): string {
    this.#counter.revision = Math.max(1, this.#counter.revision);
    return String(this.#counter.revision);
  }

  letterOf(object: KubernetesObject): string | undefined {
    return this.#letters.get(keyOf(object));
  }

  /** The object as it was last seen at that step; with a uid, that very one. */
  at(letter: string, step: number, uid?: string): Entry<T> | undefined {
    return this.#history
      .get(letter)
      ?.findLast(({ at, object }) => at <= step && (uid === undefined || object.metadata.uid === uid));
  }

  /** Whether this state of the object was given here. */
  gave(letter: string, { metadata }: KubernetesObject): boolean {
    const entries = this.#history.get(letter) ?? [];
    return entries.some(({ object }) => object.metadata.resourceVersion === metadata.resourceVersion);
  }

  /** The n-th state that was given, from 1. */
  nth(letter: string, nth: number): T | undefined {
    return [...new Set(this.#history.get(letter)?.map(({ object }) => object))][nth - 1];
  }

  #make(letter: string): T {
    const { group, version, kind, namespaced } = this.#kind;
    const entries = this.#history.get(letter) ?? [];
    const descriptions = this.#descriptions.get(letter) ?? [];
    const states = new Set(entries.filter(({ gone }) => !gone).map(({ object }) => object)).size;
    const { metadata, ...rest } = (descriptions[states] ?? descriptions.at(-1) ?? {}) as { readonly metadata?: object };
    const life = 1 + entries.filter(({ gone }) => gone).length;
    const { uid, ...named } = {
      name: letter,
      ...(namespaced && { namespace: 'default' }),
      uid: `uid-${letter}`,
      ...metadata,
    };
    return {
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind,
      ...rest,
      metadata: {
        ...named,
        uid: life === 1 ? uid : `${uid}-${life}`,
        resourceVersion: String(++this.#counter.revision),
      },
    } as unknown as T;
  }

  #note(letter: string, object: T, gone: boolean): void {
    const entries = this.#history.get(letter) ?? [];
    this.#history.set(letter, [...entries, { at: ++this.#counter.step, object, gone }]);
    this.#letters.set(keyOf(object), letter);
  }
}

import type { KubernetesObject } from '../events.js';
import { keyOf } from '../objects.js';
import type { ChangeOf } from './change.js';

/** Says under which values an object is found: none (`undefined` or `[]`), one, or several. A pure function of the object. */
export type IndexFunction<T> = (object: T) => string | readonly string[] | undefined;

/** One index: the objects by a value that is computed from each. */
export class Index<T extends KubernetesObject> {
  readonly #valuesOf: IndexFunction<T>;
  readonly #buckets = new Map<string, Map<string, T>>();
  /** What each object is filed under, so that it is found again even if somebody wrote to it. */
  readonly #filed = new Map<string, readonly string[]>();

  constructor(valuesOf: IndexFunction<T>) {
    this.#valuesOf = valuesOf;
  }

  /** How many values have an object. */
  get size(): number {
    return this.#buckets.size;
  }

  get(value: string): readonly T[] {
    return Array.from(this.#buckets.get(value)?.values() ?? []);
  }

  /** @throws what the user's function throws; the object is then filed nowhere, and everything else is as it should be. */
  update({ type, object }: ChangeOf<T>): void {
    let values: readonly string[] = [];
    try {
      if (type !== 'deleted') values = list(this.#valuesOf(object));
    } finally {
      this.#file(keyOf(object), object, values);
    }
  }

  #file(key: string, object: T, values: readonly string[]): void {
    for (const value of this.#filed.get(key) ?? []) {
      const bucket = this.#buckets.get(value);
      if (bucket === undefined || values.includes(value)) continue;
      bucket.delete(key);
      if (bucket.size === 0) this.#buckets.delete(value);
    }
    for (const value of values) {
      const bucket = this.#buckets.get(value);
      if (bucket === undefined) this.#buckets.set(value, new Map([[key, object]]));
      else bucket.set(key, object);
    }
    if (values.length > 0) this.#filed.set(key, values);
    else this.#filed.delete(key);
  }
}

function list(values: string | readonly string[] | undefined): readonly string[] {
  if (values === undefined) return [];
  return typeof values === 'string' ? [values] : [...values];
}

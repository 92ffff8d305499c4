import type { KubernetesObject, WatchEvent } from '../events.js';
import type { ChangeOf } from './change.js';
import { Table } from './table.js';

/** The tables of a stream in which several resources and clusters may be merged: equal names in two of them never meet. */
export class Tables<T extends KubernetesObject> {
  readonly #tables: Table<T>[] = [];
  #last: Table<T> | undefined;
  #parts: readonly (readonly T[])[] = [];
  #values: readonly T[] = [];

  fold(event: WatchEvent<T>): readonly ChangeOf<T>[] {
    let table = this.#last;
    if (!table?.holds(event)) {
      table = this.#tables.find((candidate) => candidate.holds(event));
      if (table === undefined) this.#tables.push((table = new Table<T>(event)));
      this.#last = table;
    }
    return table.fold(event);
  }

  /** What is there, in order of first sight: an array that is never written to, and the same one while nothing changes. */
  values(): readonly T[] {
    const parts = this.#tables.map((table) => table.values());
    if (parts.length !== this.#parts.length || parts.some((part, i) => part !== this.#parts[i])) {
      this.#parts = parts;
      this.#values = parts.length === 1 && parts[0] !== undefined ? parts[0] : parts.flat();
    }
    return this.#values;
  }
}

import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from './configuration.ts';
import type { Change, Difference } from './differences.ts';
import { without, type Json, type JsonObject, type Step } from './transcript.ts';

/** Applies known differences to golden transcripts, and knows which of them had nothing to apply to. */
export class Differences {
  readonly #all: readonly Difference[];
  readonly #seen = new Set<Change>();

  constructor(all: readonly Difference[]) {
    this.#all = all;
  }

  /** What is expected of a server with these differences where the real one took these steps. */
  expected(name: string, steps: readonly Step[], { name: configuration }: Configuration): readonly Step[] {
    return this.#all
      .filter((difference) => difference.case === name && (difference.configurations?.includes(configuration) ?? true))
      .flatMap((difference) => difference.changes)
      .reduce((result, change) => this.#applied(change, change[0].split('.'), result) as readonly Step[], steps);
  }

  /** What is listed, and is not what the real server does. A difference that is none any more shows where transcripts are compared. */
  unseen(): readonly string[] {
    return this.#all.flatMap((difference) =>
      difference.changes.filter((change) => !this.#seen.has(change)).map(([at]) => `${difference.case}: ${at}`),
    );
  }

  #applied(change: Change, [key, ...path]: readonly string[], value: Json | undefined): Json | undefined {
    const [, real, embedded] = change;
    if (key === undefined) {
      if (!isDeepStrictEqual(value, real)) return value;
      this.#seen.add(change);
      return embedded;
    }
    if (typeof value !== 'object' || value === null) return value;
    const changed = this.#applied(change, path, (value as JsonObject)[key]);
    if (isArray(value)) return value.toSpliced(Number(key), 1, ...(changed === undefined ? [] : [changed]));
    return changed === undefined ? without(value, key) : { ...value, [key]: changed };
  }
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

import { List, refuse, Refusal, show } from './values.js';

/** What was declared of the characters of a source's diagrams. */
export interface Declared {
  readonly objects: ReadonlyMap<string, readonly object[]>;
  readonly lists: ReadonlyMap<string, List>;
  readonly refusals: ReadonlyMap<string, Refusal>;
}

/** @throws RangeError that names the character and what is wrong with it. */
export function declare(values: Readonly<Record<string, unknown>>): Declared {
  const objects = new Map<string, readonly object[]>();
  const lists = new Map<string, List>();
  const refusals = new Map<string, Refusal>([['%', refuse(503)]]);
  for (const [char, value] of Object.entries(values)) {
    if (!/^.$/u.test(char)) throw new RangeError(`a diagram has single characters, got ${show(char)}`);
    if (/[0-9]/.test(char)) {
      if (!(value instanceof List)) throw new RangeError(`${char} must be a list('a', 'b'), got ${show(value)}`);
      lists.set(char, value);
    } else if (value instanceof Refusal) {
      if (/[-\s(){}+*!#|[\]A-Z]/.test(char)) throw new RangeError(`${char} cannot be a refusal: it has a meaning`);
      refusals.set(char, value);
    } else if (/[a-z]/.test(char) && typeof value === 'object' && value !== null && !(value instanceof List)) {
      objects.set(char, Array.isArray(value) ? (value as readonly object[]) : [value]);
    } else {
      throw new RangeError(
        `${char} must be described by its lower-case letter, a digit or a refusal, got ${show(value)}`,
      );
    }
  }
  return { objects, lists, refusals };
}

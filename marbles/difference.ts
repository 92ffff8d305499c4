import { Like, List, show, State } from './values.js';

/** Finds the states that a letter stands for: of each source that has it. */
export type Known = (state: State) => readonly unknown[];

/**
 * The first thing in which a value is not what was expected, as `metadata.resourceVersion: expected "3", got "2"`; undefined where it
 * is the same. As test runners do, it takes a field that is undefined for one that is not there.
 */
export function difference(expected: unknown, actual: unknown, known: Known, path = ''): string | undefined {
  if (expected instanceof State) {
    const states = known(expected);
    if (states.length === 0) return `${at(path)}the server gave no ${expected.letter}, got ${show(actual)}`;
    const flaws = states.map((state) => difference(state, actual, known, path));
    return flaws.includes(undefined) ? undefined : flaws[0];
  }
  if (expected instanceof List) {
    const objects = expected.items.map(({ letter }) => new State(letter, undefined));
    return difference(objects, actual, known, path);
  }
  if (expected instanceof Like) {
    return isObject(actual) ? inFields(Object.keys(expected.fields), expected.fields) : unequal(expected.fields);
  }
  if (isMatcher(expected)) return expected.asymmetricMatch(actual) ? undefined : unequal(expected);
  if (Object.is(expected, actual)) return undefined;
  if (!isObject(expected) || !isObject(actual)) return unequal(expected);
  if (expected instanceof Date && actual instanceof Date) {
    return expected.getTime() === actual.getTime() ? undefined : unequal(expected);
  }
  if (isCollection(expected) && isCollection(actual)) return difference([...expected], [...actual], known, path);
  if (Array.isArray(expected) !== Array.isArray(actual) || typeof expected === 'function') return unequal(expected);
  if (expected instanceof Error && actual instanceof Error) {
    return inFields([...new Set(['name', 'message', ...Object.keys(expected), ...Object.keys(actual)])], expected);
  }
  return inFields([...new Set([...Object.keys(expected), ...Object.keys(actual)])], expected);

  function inFields(names: readonly string[], fields: object): string | undefined {
    for (const name of names) {
      const [wanted, got] = [fields, actual].map((object) => (object as Readonly<Record<string, unknown>>)[name]);
      // A field that is an object itself may stand for a part of one, within `like`.
      const inner = expected instanceof Like && isPlain(wanted) ? new Like(wanted) : wanted;
      const flaw = difference(inner, got, known, path === '' ? name : `${path}.${name}`);
      if (flaw !== undefined) return flaw;
    }
    return undefined;
  }

  function unequal(wanted: unknown): string {
    return `${at(path)}expected ${show(wanted)}, got ${show(actual)}`;
  }
}

function at(path: string): string {
  return path === '' ? '' : `${path}: `;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** What test runners make: `expect.stringContaining('…')`, `expect.any(Number)`. */
function isMatcher(value: unknown): value is { asymmetricMatch(value: unknown): boolean } {
  return isObject(value) && 'asymmetricMatch' in value && typeof value.asymmetricMatch === 'function';
}

function isPlain(value: unknown): value is object {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}

function isCollection(value: object): value is Map<unknown, unknown> | Set<unknown> {
  return value instanceof Map || value instanceof Set;
}

import { endOfValue, isJsonObject, parseJson, type JsonObject } from './json.js';

/**
 * Parses a text with Kubernetes objects in it. Their `metadata.managedFields` are near half of what a server sends, and hardly anybody
 * reads them: they stay text until somebody does, which saves a third of a watch's time and memory. It is a property like any other
 * all the same: for `in`, spreads, `JSON.stringify` and `structuredClone`.
 *
 * The text is only cut where such an array seems to be. Whether it was one of an object that `objectsOf` finds, and the rest is JSON,
 * is seen afterwards; where it is not, the whole text is parsed.
 */
export function parseObjects(text: string, objectsOf: (value: JsonObject) => readonly unknown[]): unknown {
  const fields: string[] = [];
  let rest = '';
  let start = 0;
  for (let key; (key = text.indexOf(KEY, start)) !== -1;) {
    const open = key + KEY.length + 1;
    const close = text.startsWith(':[', open - 1) ? endOfArray(text, open) : -1;
    if (close === -1) return parseJson(text);
    rest += `${text.slice(start, open)}${fields.length}`;
    fields.push(text.slice(open, close));
    start = close;
  }
  if (fields.length === 0) return parseJson(text);
  const value = parseJson(rest + text.slice(start));
  let found = 0;
  for (const object of isJsonObject(value) ? objectsOf(value) : []) {
    if (defer(object, fields)) found += 1;
  }
  // Else another object has some deep inside: an embedded one.
  return found === fields.length ? value : parseJson(text);
}

const KEY = '"managedFields"';

/** What a server sends has no bracket inside, save in a string; where one is taken for the end, the rest is no JSON. */
function endOfArray(text: string, open: number): number {
  const close = text.indexOf(']', open) + 1;
  return close > 0 && (text[close] === ',' || text[close] === '}') ? close : endOfValue(text, open);
}

/** Puts the text in the place of its number. */
function defer(object: unknown, fields: readonly string[]): boolean {
  const metadata = isJsonObject(object) ? object['metadata'] : undefined;
  if (!isJsonObject(metadata)) return false;
  // Not `delete`: that makes a slow and large object of it.
  const { managedFields, ...others } = metadata;
  const text = typeof managedFields === 'number' ? fields[managedFields] : undefined;
  if (text === undefined) return false;
  deferManagedFields(others, new Deferred(text));
  (object as { metadata: unknown }).metadata = others;
  return true;
}

/** Gives the metadata an enumerable property `managedFields`, which has `deferred.value`, and can be replaced and deleted. */
export function deferManagedFields(metadata: object, deferred: { readonly value: unknown }): void {
  Object.defineProperty(metadata, DEFERRED, { value: deferred });
  Object.defineProperty(metadata, 'managedFields', ACCESSOR);
}

const DEFERRED = Symbol('managedFields');

class Deferred {
  #text: string | undefined;
  #value: unknown;

  constructor(text: string) {
    // A copy: a part of a text would keep all of it.
    this.#text = ` ${text}`.slice(1);
  }

  get value(): unknown {
    if (this.#text !== undefined) this.#value = parseJson(this.#text);
    this.#text = undefined;
    return this.#value;
  }
}

/** One for all, so that objects of one kind have one shape. */
const ACCESSOR: PropertyDescriptor & ThisType<{ readonly [DEFERRED]: { readonly value: unknown } }> = {
  enumerable: true,
  configurable: true,
  get() {
    return this[DEFERRED].value;
  },
  set(value: unknown) {
    Object.defineProperty(this, 'managedFields', { value, enumerable: true, configurable: true, writable: true });
  },
};

/** What `JSON.parse` makes of an object. A key `__proto__` is a key like any other in it: never assign from one. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON text as a value; undefined where it is none. The error is dropped on purpose: V8's quotes the text, which may be a Secret. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Where the next JSON value begins, if any does. */
export function skipWhitespace(text: string, from: number): number {
  let at = from;
  while (WHITESPACE.has(text.charCodeAt(at))) at += 1;
  return at;
}

/**
 * Where the object or array that begins at `from` ends; -1 where the text ends first.
 * It only counts brackets: whether what is between them is JSON, a parser has to say.
 */
export function endOfValue(text: string, from: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

/** Whether a text that is no JSON is the beginning of some: it was cut. */
export function isCutShort(text: string): boolean {
  const start = skipWhitespace(text, 0);
  return text.charCodeAt(start) === OPEN_BRACE && endOfValue(text, start) === -1;
}

const WHITESPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

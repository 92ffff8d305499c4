import { WatchError } from '../src/errors.js';
import type { KubernetesObject } from '../src/events.js';

/** The letters of a list, and how each came to be in it. */
export class List {
  readonly items: readonly { readonly letter: string; readonly how: 'as it was' | 'modified' | 'new' }[];

  constructor(items: readonly string[]) {
    const letters = new Set<string>();
    this.items = items.map((item) => {
      const [, letter = '', suffix = ''] = /^([a-z])(['+]?)$/.exec(item) ?? [];
      if (letter === '') throw new RangeError(`list takes letters, as in list('a', "b'", 'c+'), got ${show(item)}`);
      if (letters.has(letter)) throw new RangeError(`list names ${letter} twice`);
      letters.add(letter);
      return { letter, how: suffix === "'" ? 'modified' : suffix === '+' ? 'new' : 'as it was' };
    });
  }
}

/** An answer that is an error. */
export class Refusal {
  readonly error: WatchError;

  constructor(error: WatchError) {
    this.error = error;
  }
}

/** Stands for an object in a state that the server gives while the test runs. */
export class State {
  readonly letter: string;
  readonly nth: number | undefined;

  constructor(letter: string, nth: number | undefined) {
    this.letter = letter;
    this.nth = nth;
  }
}

/** Stands for whatever has these fields. */
export class Like {
  readonly fields: object;

  constructor(fields: object) {
    this.fields = fields;
  }
}

/**
 * Says what the server has at a digit of a diagram: `1: list('a', 'b')`. What it had besides was deleted meanwhile, what it did not have was
 * created. `'a'` is as it was, `"a'"` was modified meanwhile, `'a+'` was deleted and created anew, with another uid.
 *
 * In the values of an expectation it stands for the array of these objects, as they are at that time.
 *
 * @throws RangeError when an item is none of these.
 */
export function list(...items: readonly string[]): List {
  return new List(items);
}

/** What a refusal says, and asks for. */
export interface RefusalOptions {
  /** Default: the usual one of the code: `Forbidden`, `TooManyRequests` … */
  readonly reason?: string;
  /** Default: the reason. */
  readonly message?: string;
  /** Milliseconds that the server asks to be left alone. Default: it does not ask. */
  readonly retryAfter?: number;
}

/**
 * Says that the server refuses the request: `x: refuse(429, { retryAfter: 3000 })`. In a connection that was accepted it is an `ERROR`
 * frame of that code.
 *
 * @param code 400 to 599.
 * @throws RangeError when it is none.
 */
export function refuse(code: number, options: RefusalOptions = {}): Refusal {
  if (!Number.isInteger(code) || code < 400 || code > 599) {
    throw new RangeError(`code must be 400 to 599, got ${String(code)}`);
  }
  const { reason = REASONS[code] ?? 'Unknown', message = reason, retryAfter } = options;
  const status = { code, reason, message };
  return new Refusal(new WatchError(`${message} (${String(code)})`, { kind: 'status', status, retryAfter }));
}

/**
 * Stands for an object in the values of an expectation, alone or within what an operator makes of it: `x: { pod: state('a') }`.
 *
 * @param nth 1 for the first state that the server gave. Default: the latest at the time of the emission.
 */
export function state(letter: string, nth?: number): State {
  return new State(letter, nth);
}

/** Stands for a value that has these fields, whatever else it has: `x: like({ attempt: 2, error: { code: 410 } })`. */
export function like(fields: object): Like {
  return new Like(fields);
}

/**
 * What an object looks like: any part of it. `kind`, the name (its letter), the namespace `default` and the uid (`uid-a`) need not be said.
 */
export type Description<T extends KubernetesObject> = Omit<Parts<T>, 'metadata'> & {
  readonly metadata?: Readonly<Record<string, unknown>>;
};

type Parts<T> = T extends readonly unknown[] ? T : T extends object ? { readonly [P in keyof T]?: Parts<T[P]> } : T;

/**
 * What the characters of a server's diagrams mean: an object, or its successive states, by its letter; a list by a digit; a refusal by any
 * character that means nothing else.
 */
export type Values<T extends KubernetesObject> = Readonly<
  Record<string, Description<T> | readonly Description<T>[] | List | Refusal>
>;

/** For messages. */
export function show(value: unknown): string {
  if (value instanceof Error) return value.message;
  if (typeof value === 'function') return 'a function';
  const text = json(value) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function json(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_key, part: unknown) =>
      part instanceof Error ? part.message : part instanceof Map || part instanceof Set ? [...part] : part,
    );
  } catch {
    return undefined; // It goes round in circles.
  }
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

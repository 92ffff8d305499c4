import type { Clock } from './clock.js';
import type { Answer, Headers } from './exchange.js';
import { isJson } from './objects.js';
import { VERBS, type RequestInfo, type Verb } from './route.js';
import type { Snapshot } from './storage.js';

/**
 * Where in a request a fault happens: when it has arrived, when the headers of its answer are on their way, or when so many bytes of the
 * body (as they are before any compression), or so many frames of a watch or items of a list, are; 0 of them is the same as `'headers'`.
 */
export type At = 'request' | 'headers' | { readonly bytes: number } | { readonly frames: number };

/** Which requests a fault is for. All that is given has to match. */
export interface Which {
  readonly verb?: Verb;
  /** Plural: `pods`. */
  readonly resource?: string;
  readonly namespace?: string;
  /** The first that is hit, of those that match from now on. Default: 1, the next one. */
  readonly request?: number;
  /** How many are hit, one after the other. Default: 1. `Infinity`: all, until the fault is removed. */
  readonly times?: number;
}

/** What happens to the requests that {@link Which} chooses. */
export type Fault = Which &
  (
    | {
        /**
         * The stream of this request is reset; with `connection: true` all that shares its connection. Over HTTP/1.1 the connection is
         * closed in the middle of the answer. What was written before arrives.
         */
        readonly fault: 'cut';
        readonly connection?: boolean;
        readonly at?: At;
      }
    /** The answer ends in order, early. */
    | { readonly fault: 'end'; readonly at?: At }
    /** Nothing is sent any more, and nothing closed, until {@link ApiServer.thaw}. */
    | { readonly fault: 'freeze'; readonly at?: At }
    | { readonly fault: 'delay'; readonly ms: number; readonly at?: At }
    /** New connections are refused for so long, and this one is reset. */
    | { readonly fault: 'refuse'; readonly ms: number; readonly at?: At }
    | {
        /** Answered with this status instead; as a Kubernetes Status, unless `body` is given. */
        readonly fault: 'status';
        readonly code: number;
        readonly reason?: string;
        readonly message?: string;
        /** Seconds */
        readonly retryAfter?: number;
        readonly body?: string;
        readonly contentType?: string;
      }
    | {
        /** An ERROR frame, and the end of the watch. Default: 410 Expired. */
        readonly fault: 'error';
        readonly code?: number;
        readonly reason?: string;
        readonly message?: string;
        readonly retryAfter?: number;
        readonly at?: At;
      }
    | {
        /** These bytes too. Default: a frame that is no JSON. */
        readonly fault: 'malformed';
        readonly text?: string;
        readonly at?: At;
      }
    /** The frame, or item, of this number is sent twice. */
    | { readonly fault: 'duplicate'; readonly frame: number }
    /** No bookmarks; the one that ends the initial events stays. */
    | { readonly fault: 'noBookmarks' }
    /** As a server that does not know them would, it takes no notice of these parameters. */
    | { readonly fault: 'ignore'; readonly parameters: readonly string[] }
    /** What an {@link ApiServer} can do at any time, at this point of a request. */
    | { readonly fault: 'compact' | 'restart'; readonly at?: At }
    | { readonly fault: 'restore'; readonly snapshot: Snapshot; readonly at?: At }
  );

/** A fault that was asked for. */
export interface Injection {
  /** How many requests it has hit. */
  readonly hits: number;
  /** Hits no more requests. */
  remove(): void;
}

/** What the server as a whole can be made to do. */
export interface Actions {
  compact(): void;
  restart(): void;
  restore(snapshot: Snapshot): void;
  refuse(ms: number): void;
}

const NAMES = [
  'cut',
  'end',
  'freeze',
  'delay',
  'refuse',
  'status',
  'error',
  'malformed',
  'duplicate',
  'noBookmarks',
  'ignore',
  'compact',
  'restart',
  'restore',
];

export class Faults {
  readonly #clock: Clock;
  readonly #actions: Actions;
  readonly #injected = new Set<Injected>();
  readonly #answers = new Set<FaultyAnswer>();
  #frozen = false;

  constructor(clock: Clock, actions: Actions) {
    this.#clock = clock;
    this.#actions = actions;
  }

  /** @throws RangeError or TypeError for a fault that could not happen */
  inject(fault: Fault): Injection {
    validate(fault);
    const injected = new Injected(fault, () => this.#injected.delete(injected));
    this.#injected.add(injected);
    return injected;
  }

  clear(): void {
    this.#injected.clear();
  }

  freeze(): void {
    this.#frozen = true;
    for (const answer of this.#answers) answer.freeze();
  }

  thaw(): void {
    this.#frozen = false;
    for (const answer of [...this.#answers]) answer.thaw();
  }

  /** The server dies: nothing that came in before is done or answered any more. */
  drop(): void {
    for (const answer of this.#answers) answer.close();
    this.#answers.clear();
  }

  /** Lets a request through, to `handle`, past all that was injected for it. */
  admit(info: RequestInfo, answer: Answer, handle: (info: RequestInfo, answer: Answer) => void): void {
    const faults = [...this.#injected].filter((injected) => injected.takes(info)).map(({ fault }) => fault);
    const ignored = faults.flatMap((fault) => (fault.fault === 'ignore' ? fault.parameters : []));
    const isList = info.verb === 'list' || info.verb === 'deletecollection';
    const faulty = new FaultyAnswer(answer, isList, faults, this.#clock, this.#actions);
    this.#answers.add(faulty);
    answer.onClose(() => {
      this.#answers.delete(faulty);
      faulty.close();
    });
    if (this.#frozen) faulty.freeze();
    faulty.arrive(() => handle(ignored.length === 0 ? info : lessened(info, ignored), faulty));
  }
}

class Injected implements Injection {
  readonly fault: Fault;
  readonly remove: () => void;
  hits = 0;
  #seen = 0;

  constructor(fault: Fault, remove: () => void) {
    this.fault = fault;
    this.remove = remove;
  }

  takes({ verb, resource, namespace }: RequestInfo): boolean {
    const { fault } = this;
    if (fault.verb !== undefined && fault.verb !== verb) return false;
    if (fault.resource !== undefined && fault.resource !== resource) return false;
    if (fault.namespace !== undefined && fault.namespace !== namespace) return false;
    const { request = 1, times = 1 } = fault;
    this.#seen++;
    if (this.#seen < request) return false;
    this.hits++;
    if (this.#seen >= request + times - 1) this.remove();
    return true;
  }
}

/** The request, as if these parameters had not been there; a watch stays one. */
function lessened(info: RequestInfo, parameters: readonly string[]): RequestInfo {
  const query = new URLSearchParams(info.query);
  for (const name of parameters) query.delete(name);
  return { ...info, query };
}

/** An answer to which things happen on its way. */
class FaultyAnswer implements Answer {
  readonly #to: Answer;
  readonly #isList: boolean;
  readonly #clock: Clock;
  readonly #actions: Actions;
  /** What is still to happen, in the order of the request's phases. */
  readonly #faults: Set<Fault>;
  readonly #held: (() => void)[] = [];
  readonly #cancels: (() => void)[] = [];
  #frozen = false;
  #delays = 0;
  #heldBytes = 0;
  #bytes = 0;
  #frames = 0;
  #closed = false;

  constructor(to: Answer, isList: boolean, faults: readonly Fault[], clock: Clock, actions: Actions) {
    this.#to = to;
    this.#isList = isList;
    this.#faults = new Set(faults);
    this.#clock = clock;
    this.#actions = actions;
  }

  get backlog(): number {
    return this.#to.backlog + this.#heldBytes;
  }

  onClose(callback: () => void): void {
    this.#to.onClose(callback);
  }

  /** The request is there. */
  arrive(handle: () => void): void {
    this.#reach('request');
    this.#run(handle);
  }

  head(status: number, headers: Headers): void {
    this.#run(() => {
      this.#to.head(status, headers);
      this.#reach('headers');
    });
  }

  write(chunk: Uint8Array): void {
    this.#heldBytes += chunk.length;
    this.#run(() => {
      this.#heldBytes -= chunk.length;
      if (this.#faults.size === 0) this.#to.write(chunk);
      else this.#pass(chunk, 0);
    });
  }

  end(): void {
    this.#run(() => {
      this.#closed = true;
      this.#to.end();
    });
  }

  cut(what: 'stream' | 'connection'): void {
    this.#closed = true;
    this.#to.cut(what);
  }

  close(): void {
    this.#closed = true;
    this.#held.length = 0;
    for (const cancel of this.#cancels) cancel();
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    this.#goOn();
  }

  get #isHeld(): boolean {
    return this.#frozen || this.#delays > 0;
  }

  #goOn(): void {
    while (!this.#isHeld && !this.#closed) {
      const next = this.#held.shift();
      if (next === undefined) break;
      next();
    }
  }

  #run(action: () => void): void {
    if (this.#closed) return;
    if (this.#isHeld) this.#held.push(action);
    else action();
  }

  /** Sends a chunk, which is a frame of a watch or a piece of a list, up to the next fault; the rest after it. */
  #pass(chunk: Uint8Array, done: number): void {
    if (this.#closed) return;
    if (done === 0 && isBookmark(chunk) && this.#has('noBookmarks')) return;
    const end = this.#bytes - done + chunk.length;
    const next = this.#nextAtByte(end);
    if (next !== undefined) {
      const until = next.bytes - (this.#bytes - done);
      if (until > done) this.#to.write(chunk.subarray(done, until));
      this.#bytes = next.bytes;
      this.#happen(next.fault);
      if (this.#isHeld) this.#held.unshift(() => this.#pass(chunk, until));
      else this.#pass(chunk, until);
      return;
    }
    if (done < chunk.length) this.#to.write(done === 0 ? chunk : chunk.subarray(done));
    const isItem = !this.#isList || isListItem(chunk, end - chunk.length);
    this.#bytes = end;
    if (!isItem) return;
    this.#frames++;
    for (const fault of this.#faults) {
      if (fault.fault === 'duplicate' && fault.frame === this.#frames) this.#repeat(chunk);
    }
    this.#reach({ frames: this.#frames });
  }

  #repeat(chunk: Uint8Array): void {
    // The first item of a list has no comma before it.
    if (this.#isList && chunk[0] !== COMMA) this.#to.write(Buffer.from(','));
    this.#to.write(chunk);
  }

  #nextAtByte(end: number): { readonly fault: Fault; readonly bytes: number } | undefined {
    let next: { readonly fault: Fault; readonly bytes: number } | undefined;
    for (const fault of this.#faults) {
      const at = whereOf(fault);
      if (typeof at === 'object' && 'bytes' in at && at.bytes <= end && (next === undefined || at.bytes < next.bytes))
        next = { fault, bytes: at.bytes };
    }
    return next;
  }

  #reach(at: 'request' | 'headers' | { readonly frames: number }): void {
    for (const fault of this.#faults) {
      if (this.#closed) return;
      if (!isAt(whereOf(fault), at)) continue;
      // What another fault holds up, this one waits for.
      if (this.#isHeld) return void this.#held.unshift(() => this.#reach(at));
      this.#happen(fault);
    }
  }

  #has(name: Fault['fault']): boolean {
    return [...this.#faults].some(({ fault }) => fault === name);
  }

  #happen(fault: Fault): void {
    this.#faults.delete(fault);
    switch (fault.fault) {
      case 'cut':
        return this.cut(fault.connection === true ? 'connection' : 'stream');
      case 'end':
        this.#closed = true;
        return this.#to.end();
      case 'freeze':
        return this.freeze();
      case 'delay':
        this.#delays++;
        this.#cancels.push(
          this.#clock.after(fault.ms, () => {
            this.#delays--;
            this.#goOn();
          }),
        );
        return;
      case 'refuse':
        this.#actions.refuse(fault.ms);
        return this.cut('connection');
      case 'status':
        this.#sendStatus(fault);
        return;
      case 'error':
        this.#to.write(
          Buffer.from(`${JSON.stringify({ type: 'ERROR', object: statusOf({ code: 410, ...fault }) })}\n`),
        );
        this.#closed = true;
        return this.#to.end();
      case 'malformed':
        return this.#to.write(Buffer.from(fault.text ?? '{"type":"MODIFIED","object":{"kind":,}}\n'));
      case 'compact':
        return this.#actions.compact();
      case 'restart':
        return this.#actions.restart();
      case 'restore':
        return this.#actions.restore(fault.snapshot);
      case 'duplicate':
      case 'noBookmarks':
      case 'ignore':
        throw new Error(`${fault.fault} happens at no point of its own`);
    }
  }

  #sendStatus({ contentType, retryAfter, body, ...fault }: Fault & { readonly fault: 'status' }): void {
    this.#to.head(fault.code, {
      'content-type': contentType ?? (body === undefined ? 'application/json' : 'text/plain; charset=utf-8'),
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    });
    this.#to.write(
      Buffer.from(
        body ?? `${JSON.stringify(statusOf({ ...fault, ...(retryAfter === undefined ? {} : { retryAfter }) }))}\n`,
      ),
    );
    this.#closed = true;
    this.#to.end();
  }
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

interface StatusParts {
  readonly code: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfter?: number;
}

function statusOf({ code, reason = REASONS[code], message, retryAfter }: StatusParts): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: message ?? (code === 410 ? 'too old resource version: injected' : `injected ${code}`),
    ...(reason === undefined ? {} : { reason }),
    ...(retryAfter === undefined ? {} : { details: { retryAfterSeconds: retryAfter } }),
    code,
  };
}

/** Where a fault happens by itself; the others change what is sent. */
function whereOf(fault: Fault): At | undefined {
  switch (fault.fault) {
    case 'status':
      return 'request';
    case 'duplicate':
    case 'noBookmarks':
    case 'ignore':
      return undefined;
    case 'error':
    case 'malformed':
      return fault.at ?? 'headers';
    default:
      return fault.at ?? 'request';
  }
}

/** No byte of the body, and no frame, is what there is when the headers are on their way. */
function isAt(where: At | undefined, at: 'request' | 'headers' | { readonly frames: number }): boolean {
  if (typeof where !== 'object') return where === at;
  const count = 'bytes' in where ? where.bytes : where.frames;
  return at === 'headers' ? count === 0 : typeof at === 'object' && 'frames' in where && count === at.frames;
}

const COMMA = 0x2c;
const CLOSING_BRACKET = 0x5d;

/** A list is written as what is before its items, each item, and the rest. */
function isListItem(chunk: Uint8Array, before: number): boolean {
  return before > 0 && chunk[0] !== CLOSING_BRACKET;
}

const BOOKMARK = Buffer.from('{"type":"BOOKMARK"');

function isBookmark(chunk: Uint8Array): boolean {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return bytes.subarray(0, BOOKMARK.length).equals(BOOKMARK) && !bytes.includes('k8s.io/initial-events-end');
}

function validate(fault: Fault): void {
  const { fault: name, verb, request = 1, times = 1 } = fault;
  if (!NAMES.includes(name))
    throw new RangeError(`fault must be one of ${NAMES.join(', ')}, got ${JSON.stringify(name)}`);
  if (verb !== undefined && !VERBS.includes(verb))
    throw new RangeError(`verb must be one of ${VERBS.join(', ')}, got ${JSON.stringify(verb)}`);
  if (!(Number.isInteger(request) && request >= 1))
    throw new RangeError(`request must be an integer ≥ 1, got ${request}`);
  if (!((Number.isInteger(times) || times === Infinity) && times >= 1))
    throw new RangeError(`times must be an integer ≥ 1 or Infinity, got ${times}`);
  const at = 'at' in fault ? fault.at : undefined;
  if (at !== undefined && at !== 'request' && at !== 'headers') {
    const [[unit, count] = ['', NaN], ...more] = isJson(at) ? Object.entries<number>(at) : [];
    if ((unit !== 'bytes' && unit !== 'frames') || !Number.isInteger(count) || count < 0 || more.length > 0)
      throw new RangeError(`at must be 'request', 'headers', { bytes } or { frames }, got ${JSON.stringify(at)}`);
  }
  if ((name === 'error' || name === 'malformed') && at === 'request')
    throw new RangeError(`${name} cannot happen at 'request': there is no body yet`);
  if ((fault.fault === 'delay' || fault.fault === 'refuse') && !(fault.ms >= 0 && Number.isFinite(fault.ms)))
    throw new RangeError(`ms must be a number ≥ 0, got ${fault.ms}`);
  if (fault.fault === 'status' || fault.fault === 'error') {
    const { code, retryAfter = 0 } = { ...(fault.fault === 'error' ? { code: 410 } : {}), ...fault };
    if (!isStatusCode(code)) throw new RangeError(`code must be an HTTP status, got ${code}`);
    if (!(retryAfter >= 0 && Number.isFinite(retryAfter)))
      throw new RangeError(`retryAfter must be a number ≥ 0, got ${retryAfter}`);
  }
  if (fault.fault === 'duplicate' && !(Number.isInteger(fault.frame) && fault.frame >= 1))
    throw new RangeError(`frame must be an integer ≥ 1, got ${fault.frame}`);
  if (fault.fault === 'ignore' && !isTexts(fault.parameters))
    throw new TypeError(`parameters must be an array of names, got ${JSON.stringify(fault.parameters)}`);
  if (fault.fault === 'restore' && !((fault.snapshot as Partial<Snapshot> | undefined)?.objects instanceof Map))
    throw new TypeError(`snapshot must be one that the server took, got ${JSON.stringify(fault.snapshot)}`);
}

function isStatusCode(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

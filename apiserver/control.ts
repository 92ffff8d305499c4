import type { Answer, Call } from './exchange.js';
import type { Fault, Injection } from './faults.js';
import { isJson, type Json } from './objects.js';
import { Reply } from './reply.js';
import type { RequestInfo } from './route.js';
import { ApiError, badRequest } from './status.js';
import type { Snapshot } from './storage.js';

/** As much of an `ApiServer` as can be had from another process. */
export interface Controlled {
  readonly token: string;
  inject(fault: Fault): Injection;
  clearFaults(): void;
  cut(): void;
  endWatches(): void;
  freeze(): void;
  thaw(): void;
  refuseFor(ms: number): void;
  compact(resourceVersion?: string): void;
  restart(downFor?: number): Promise<void>;
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): Promise<void>;
}

/** What `POST /faults/now` can be asked to do. */
interface Action {
  /** What can be said besides `do`. */
  readonly fields?: readonly string[];
  /** @returns what is answered, if that is more than that it is done */
  readonly now?: (asked: Json) => unknown;
  /** @returns what happens when the request has been answered, because its connection goes as well */
  readonly afterwards?: (asked: Json) => () => void;
}

/**
 * Faults for whoever is in another process, on the server's own port and for the admin's token only:
 *
 * - `POST /faults` with a {@link Fault} as JSON, where `"Infinity"` is a number of `times`: 201 and its `id`;
 * - `GET /faults`: those, each with its `id` and its `hits`;
 * - `DELETE /faults`: takes back all that were injected, from wherever;
 * - `POST /faults/now` with `{"do": "cut"}` and the like: what an `ApiServer` can do at any time. It is done when it is answered with a 200,
 *   and about to be with a 202.
 *
 * No fault concerns these requests: `thaw` gets through to a frozen server.
 */
export class Control {
  readonly #server: Controlled;
  readonly #posted = new Map<number, { readonly fault: Json; readonly injection: Injection }>();
  #lastId = 0;
  #snapshot: Snapshot | undefined;

  constructor(server: Controlled) {
    this.#server = server;
  }

  /** @returns whether it was a request of these */
  answers(call: Call, info: RequestInfo, answer: Answer): boolean {
    if (info.path !== '/faults' && info.path !== '/faults/now') return false;
    const reply = new Reply(call, info, answer);
    reply.attempt(() => {
      if (call.header('authorization') !== `Bearer ${this.#server.token}`)
        throw new ApiError(403, 'Forbidden', `forbidden: ${info.path} is for the admin's token`, {});
      switch (`${call.method} ${info.path}`) {
        case 'GET /faults':
          return reply.json(200, this.#list());
        case 'POST /faults':
          return reply.json(201, { id: this.#inject(body(call)) });
        case 'DELETE /faults':
          this.#server.clearFaults();
          this.#posted.clear();
          return reply.json(200, {});
        case 'POST /faults/now':
          return this.#act(body(call), reply);
        default:
          throw new ApiError(405, 'MethodNotAllowed', `${call.method} is not for ${info.path}`, {});
      }
    });
    return true;
  }

  #list(): readonly object[] {
    return [...this.#posted].map(([id, { fault, injection }]) => ({ id, hits: injection.hits, fault }));
  }

  #inject(given: Json): number {
    const { fault: name, times } = given;
    checkOneOf('fault', name, Object.keys(FIELDS));
    checkFields(given, ['fault', ...WHICH, ...FIELDS[name as Fault['fault']]]);
    const fault = {
      ...given,
      ...(times === 'Infinity' ? { times: Infinity } : {}),
      ...(name === 'restore' ? { snapshot: this.#kept() } : {}),
    } as Fault;
    try {
      this.#posted.set(++this.#lastId, { fault: given, injection: this.#server.inject(fault) });
    } catch (error) {
      throw badRequest((error as Error).message);
    }
    return this.#lastId;
  }

  #act({ do: name, ...asked }: Json, reply: Reply): void {
    checkOneOf('do', name, Object.keys(this.#actions));
    const { fields = [], now, afterwards } = this.#actions[name as string] ?? {};
    checkFields(asked, fields);
    if (now !== undefined) return reply.json(200, now(asked) ?? {});
    if (afterwards !== undefined) {
      const action = afterwards(asked);
      // HTTP/2 says that it is closed one step before the last bytes leave.
      reply.onClose(() => setImmediate(action));
    }
    reply.json(202, {});
  }

  readonly #actions: Readonly<Record<string, Action>> = {
    cut: { afterwards: () => () => this.#server.cut() },
    endWatches: { now: () => this.#server.endWatches() },
    freeze: { now: () => this.#server.freeze() },
    thaw: { now: () => this.#server.thaw() },
    refuse: {
      fields: ['ms'],
      now: (asked) => {
        this.#server.refuseFor(duration('ms', asked['ms']));
      },
    },
    compact: { now: () => this.#server.compact() },
    restart: {
      fields: ['downFor'],
      afterwards: (asked) => {
        const downFor = duration('downFor', asked['downFor'] ?? 0);
        return () => void this.#server.restart(downFor);
      },
    },
    snapshot: {
      now: () => {
        this.#snapshot = this.#server.snapshot();
        return { resourceVersion: String(this.#snapshot.revision) };
      },
    },
    restore: {
      afterwards: () => {
        const snapshot = this.#kept();
        return () => void this.#server.restore(snapshot);
      },
    },
  };

  /** The last one that was asked for: JSON has no room for them. */
  #kept(): Snapshot {
    if (this.#snapshot === undefined) throw badRequest('there is no snapshot yet');
    return this.#snapshot;
  }
}

const WHICH = ['verb', 'resource', 'namespace', 'request', 'times'];

/** What else can be said of each fault. A name that is mistyped would go unnoticed, and its fault hit too much. */
const FIELDS: Readonly<Record<Fault['fault'], readonly string[]>> = {
  cut: ['connection', 'at'],
  end: ['at'],
  freeze: ['at'],
  delay: ['ms', 'at'],
  refuse: ['ms', 'at'],
  status: ['code', 'reason', 'message', 'retryAfter', 'body', 'contentType'],
  error: ['code', 'reason', 'message', 'retryAfter', 'at'],
  malformed: ['text', 'at'],
  duplicate: ['frame'],
  noBookmarks: [],
  ignore: ['parameters'],
  compact: ['at'],
  restart: ['at'],
  restore: ['at'],
};

function body({ body: text }: Call): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body is not JSON: ${(error as Error).message}`);
  }
  if (!isJson(value)) throw badRequest('the body must be a JSON object');
  return value;
}

function checkFields(given: Json, known: readonly string[]): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw badRequest(`there is no field ${JSON.stringify(unknown)} here`);
}

function checkOneOf(field: string, value: unknown, values: readonly unknown[]): void {
  if (!values.includes(value))
    throw badRequest(`${field} must be one of ${values.join(', ')}, got ${JSON.stringify(value)}`);
}

function duration(field: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw badRequest(`${field} must be a number of ms ≥ 0, got ${JSON.stringify(value)}`);
}

import { isDeepStrictEqual } from 'node:util';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Those that the case gave. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
}

interface RawAnswer {
  readonly request: RawRequest;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RawExchange extends RawAnswer {
  readonly type: 'exchange';
  /** Of JSON, the value; otherwise the text. */
  readonly body: Json;
  /** Preparation: a line is enough. */
  readonly brief: boolean;
  readonly took?: string;
}

export interface RawWatch extends RawAnswer {
  readonly type: 'watch';
  /** Of an answer that is no watch. */
  readonly body?: Json;
  /** A text is a remark. */
  readonly frames: readonly (JsonObject | string)[];
  readonly end: string;
}

export interface RawEvents {
  readonly type: 'events';
  readonly watch: string;
  readonly options: JsonObject;
  readonly events: readonly JsonObject[];
}

export type RawStep = RawExchange | RawWatch | RawEvents | string;

/** Each as the golden files have it; a text is a remark. */
export type Step = string | JsonObject;

const HEADERS = ['content-type', 'cache-control', 'retry-after', 'warning', 'allow', 'www-authenticate', 'location'];
/** What almost every answer says, and is then left out. */
const USUAL = [
  ['content-type', 'application/json'],
  ['cache-control', 'no-cache, private'],
];
const TIMES = new Set(['creationTimestamp', 'deletionTimestamp', 'lastTransitionTime']);

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const UID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const REVISION = /^[1-9]\d{0,12}$/;

/** What was sent and what came, with everything that differs from run to run replaced by what it stands for. */
export function normalised(steps: readonly RawStep[], namespace: string): Step[] {
  const symbols = new Symbols(steps, namespace);
  return steps.map((step) => {
    if (typeof step === 'string') return step;
    switch (step.type) {
      case 'exchange':
        return step.brief ? symbols.line(step) : symbols.exchange(step);
      case 'watch':
        return symbols.watch(step);
      case 'events':
        return symbols.events(step);
    }
  });
}

/** Says for the numbers of one transcript what they stand for. */
class Symbols {
  /** The resourceVersions of objects, in the order of their writes. */
  readonly #writes: readonly number[];
  readonly #uids = new Map<string, string>();
  readonly #tokens = new Map<string, string>();
  readonly #namespace: string;

  constructor(steps: readonly RawStep[], namespace: string) {
    this.#namespace = namespace;
    const writes = new Set<number>();
    for (const value of steps.flatMap(receivedIn)) {
      for (const { resourceVersion, uid, ...rest } of metadataIn(value)) {
        const token = rest['continue'];
        if (isText(resourceVersion) && REVISION.test(resourceVersion)) writes.add(Number(resourceVersion));
        if (isText(uid) && UID.test(uid)) number(this.#uids, uid, 'uid');
        if (isText(token) && token !== '') number(this.#tokens, token, 'token');
      }
    }
    this.#writes = [...writes].sort((a, b) => a - b);
  }

  line(step: RawExchange): string {
    const { resourceVersion } = metadataIn(step.body).at(0) ?? {};
    const rank = isText(resourceVersion) ? ` ${this.#written(resourceVersion)}` : '';
    return `given ${this.#request(step.request)} → ${step.status}${rank}`;
  }

  exchange({ request, status, headers, body, took }: RawExchange): JsonObject {
    return {
      request: this.#request(request),
      status,
      ...(took === undefined ? {} : { took }),
      ...this.#headers(headers),
      ...this.#body(body),
    };
  }

  watch({ request, status, headers, body, frames, end }: RawWatch): JsonObject {
    return {
      request: this.#request(request),
      status,
      ...this.#headers(headers),
      ...(body === undefined ? {} : this.#body(body)),
      ...(status === 200 ? { frames: frames.map((frame) => this.#frame(frame)), end } : {}),
    };
  }

  events({ watch, options, events }: RawEvents): JsonObject {
    const { resourceVersion, ...rest } = options;
    const from = isText(resourceVersion) ? { resourceVersion: this.#asked(resourceVersion) } : {};
    return {
      watch$: this.#text(watch),
      options: { ...rest, ...from },
      events: events.map((event) => this.value(event, '', true)),
    };
  }

  value(value: Json, key = '', inList = false): Json {
    if (Array.isArray(value)) return value.map((item: Json) => this.value(item));
    if (isObject(value)) return this.#object(value, inList || isList(value));
    // Without a watch cache the seconds in a frame are drawn.
    if (key === 'retryAfterSeconds' && typeof value === 'number') return value >= 1 && value <= 3 ? '1 to 3' : value;
    if (typeof value !== 'string') return value;
    if (TIMES.has(key)) return TIME.test(value) ? '<time>' : value;
    if (key === 'resourceVersion') return inList ? this.#listed(value) : this.#written(value);
    if (key === 'uid') return this.#uids.get(value) ?? value;
    if (key === 'continue') return this.#tokens.get(value) ?? value;
    return this.#text(value);
  }

  #object(value: JsonObject, isListed: boolean): JsonObject {
    const { generateName, name } = value;
    const result: JsonObject = Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => key !== 'managedFields')
        .map(([key, field]) => {
          if (key === 'name' && isText(generateName) && isText(name) && name.startsWith(generateName)) {
            return [key, `${generateName}<${name.length - generateName.length} characters>`];
          }
          const isOfTheList = isListed && (key === 'metadata' || key === 'resourceVersion');
          return [key, this.value(field, key, isOfTheList)];
        }),
    );
    return failed(identified(result));
  }

  #body(body: Json): JsonObject {
    return { ...(isObject(body) && isList(body) ? { keys: keysOf(body) } : {}), body: this.value(body) };
  }

  #frame(frame: JsonObject | string): Json {
    if (typeof frame === 'string') return frame;
    const { type = null, object = null, ...rest } = frame;
    const keys = `${keysOf(frame)}: ${isObject(object) ? keysOf(object) : ''}`;
    return { type, keys, object: this.value(object, '', type === 'BOOKMARK'), ...rest };
  }

  #request({ method, path, query, headers, body }: RawRequest): string {
    const search = Object.entries(query).map(([name, value]) => {
      if (name === 'resourceVersion') return `${name}=${this.#asked(value)}`;
      if (name === 'continue') return `${name}=${this.#tokens.get(value) ?? value}`;
      return `${name}=${value}`;
    });
    const given = Object.entries(headers).map(([name, value]) => ` ${name}: ${value};`);
    const sent = body === undefined ? '' : ` ${this.#text(isText(body) ? body : JSON.stringify(this.value(body)))}`;
    return this.#text(`${method} ${path}${search.length === 0 ? '' : '?'}${search.join('&')}${given.join('')}`) + sent;
  }

  #headers(headers: Readonly<Record<string, string>>): JsonObject {
    const relevant = HEADERS.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, this.#text(value)] as const];
    });
    return isDeepStrictEqual(relevant, USUAL) ? {} : { headers: Object.fromEntries(relevant) };
  }

  #text(text: string): string {
    let result = text.replaceAll(this.#namespace, '{ns}');
    for (const [uid, symbol] of this.#uids) result = result.replaceAll(uid, symbol);
    return (
      result
        .replace(/(resource ?version: )\d+( \(\d+\))?(, current: \d+)?/gi, (_, before: string, newest, current) => {
          return `${before}<rv>${newest === undefined ? '' : ' (<rv>)'}${current === undefined ? '' : ', current: <rv>'}`;
        })
        .replace(/(ResourceVersion in [a-z ]+:? \(?)\d+/g, '$1<rv>')
        // A whole object, as it was to be decoded.
        .replace(/Invalid value: "\{.*\}"/, 'Invalid value: "{…}"')
        .replace(/x{50,}/g, (letters) => `<${letters.length} x>`)
    );
  }

  /** Of an object: one of the writes. */
  #written(text: string): string {
    const rank = this.#writes.indexOf(Number(text));
    return rank === -1 ? text : `rv#${rank + 1}`;
  }

  /** Of a list or a bookmark: other writes to the server may have moved it on. */
  #listed(text: string): string {
    return !REVISION.test(text) ? text : `≥ rv#${this.#newestUpTo(Number(text))}`;
  }

  /** Of a request: where it came from is not known here, so an object's is written as a list's would be. */
  #asked(text: string): string {
    if (text === '1' || !REVISION.test(text)) return text;
    return Number(text) > FUTURE ? 'future' : `rv#${this.#newestUpTo(Number(text))}`;
  }

  #newestUpTo(revision: number): number {
    return this.#writes.filter((write) => write <= revision).length;
  }
}

/** Further than any server gets in a test. */
export const FUTURE = 1_000_000_000;

function receivedIn(step: RawStep): readonly Json[] {
  if (typeof step === 'string') return [];
  switch (step.type) {
    case 'exchange':
      return [step.body];
    case 'watch':
      return [...(step.body === undefined ? [] : [step.body]), ...step.frames];
    case 'events':
      return step.events;
  }
}

/** The metadata of all objects in a value, without the resourceVersion where it is that of a list or a bookmark. */
function metadataIn(value: Json): JsonObject[] {
  if (!isObject(value)) return [];
  const { type, object, metadata, items, details } = value;
  if (object !== undefined) {
    return metadataIn(object).map((found) => (type === 'BOOKMARK' ? without(found, 'resourceVersion') : found));
  }
  return [
    ...(isObject(metadata) ? [isList(value) ? without(metadata, 'resourceVersion') : metadata] : []),
    ...(isObject(details) ? [without(details, 'resourceVersion')] : []),
    ...(Array.isArray(items) ? (items as readonly Json[]).flatMap(metadataIn) : []),
  ];
}

/** The five fields that every object has are one line: most of a transcript is objects. */
function identified(value: JsonObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp, ...rest } = value;
  if (!isText(name) || !isText(namespace) || !isText(uid) || !isText(resourceVersion)) return value;
  if (!isText(creationTimestamp)) return value;
  return { is: `${namespace}/${name} ${uid} ${resourceVersion} ${creationTimestamp}`, ...rest };
}

/** So are the fields that every Status of a failure has. */
function failed(value: JsonObject): JsonObject {
  const { kind, apiVersion, metadata, status, code, reason, ...rest } = value;
  if (kind !== 'Status' || apiVersion !== 'v1' || status !== 'Failure') return value;
  if (!isObject(metadata) || typeof code !== 'number') return value;
  const failure = isText(reason) ? `${code} ${reason}` : `${code} without a reason`;
  return { failure, ...(Object.keys(metadata).length === 0 ? {} : { metadata }), ...rest };
}

function number(symbols: Map<string, string>, value: string, name: string): void {
  if (!symbols.has(value)) symbols.set(value, `${name}#${symbols.size + 1}`);
}

export function without(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string';
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: JsonObject): boolean {
  return 'items' in value;
}

function keysOf(value: JsonObject): string {
  return Object.keys(value).join(', ');
}

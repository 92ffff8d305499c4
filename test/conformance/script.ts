import type { Configuration } from './configuration.ts';
import type { Answer, Request, Stream, Server } from './subject.ts';
import type { Json, JsonObject, RawRequest, RawStep } from './transcript.ts';

export interface Case {
  readonly name: string;
  /** Changes the server for everybody: no other case runs meanwhile. */
  readonly alone: boolean;
  run(t: Script): Promise<void>;
}

/** Names and scripts of cases. */
export function cases(
  scripts: Readonly<Record<string, (t: Script) => Promise<void>>>,
  { alone = false }: { alone?: boolean } = {},
): readonly Case[] {
  return Object.entries(scripts).map(([name, run]) => ({ name, alone, run }));
}

/** Something else happened in between, which a server does now and then: the case begins again. */
export class Disturbed extends Error {}

type Query = Readonly<Record<string, string | number | boolean>>;

interface Options {
  readonly headers?: Readonly<Record<string, string>>;
  /** What of the body is recorded. */
  readonly reduce?: (body: JsonObject) => Json;
  /** Record roughly how long it took. */
  readonly timed?: boolean;
  /** Recorded as a line. */
  readonly brief?: boolean;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const MERGE_PATCH = { 'content-type': 'application/merge-patch+json' };

/** Asks for metadata only, of an object or a watch; PARTIAL_LIST of a list. */
export const PARTIAL = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' };
export const PARTIAL_LIST = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' };

export const GROUP = 'conformance.example.com';

/** What a case works with: everything that it sends and receives becomes a step of the transcript. */
export class Script {
  readonly server: Server;
  readonly namespace: string;
  readonly steps: RawStep[] = [];
  readonly #atEnd: (() => void)[] = [];

  constructor(server: Server, namespace: string) {
    this.server = server;
    this.namespace = namespace;
  }

  get configuration(): Configuration {
    return this.server.configuration;
  }

  get configMaps(): string {
    return `/api/v1/namespaces/${this.namespace}/configmaps`;
  }

  /** Custom resources with a status subresource. */
  get gadgets(): string {
    return `/apis/${GROUP}/v1/namespaces/${this.namespace}/gadgets`;
  }

  /** Custom resources without one. */
  get plains(): string {
    return `/apis/${GROUP}/v1/namespaces/${this.namespace}/plains`;
  }

  get(path: string, query: Query = {}, options?: Options): Promise<Reply> {
    return this.#exchange('GET', path, query, undefined, options);
  }

  post(path: string, body: Json, query: Query = {}, options?: Options): Promise<Reply> {
    return this.#exchange('POST', path, query, body, options, JSON_TYPE);
  }

  put(path: string, body: Json, query: Query = {}, options?: Options): Promise<Reply> {
    return this.#exchange('PUT', path, query, body, options, JSON_TYPE);
  }

  /** A merge patch. */
  patch(path: string, body: Json, query: Query = {}, options?: Options): Promise<Reply> {
    return this.#exchange('PATCH', path, query, body, options, MERGE_PATCH);
  }

  delete(path: string, body?: Json, query: Query = {}, options?: Options): Promise<Reply> {
    return this.#exchange('DELETE', path, query, body, options, body === undefined ? {} : JSON_TYPE);
  }

  /** Preparation: ConfigMaps, one after another. */
  async given(...objects: readonly (string | JsonObject)[]): Promise<Reply[]> {
    const replies: Reply[] = [];
    for (const object of objects) {
      const body = typeof object === 'string' ? configMap(object) : object;
      replies.push(await this.post(this.configMaps, body, {}, { brief: true }));
    }
    return replies;
  }

  /** Preparation: changes a ConfigMap's data. */
  async changed(name: string, value = 'changed'): Promise<Reply> {
    return this.patch(`${this.configMaps}/${name}`, { data: { value } }, {}, { brief: true });
  }

  async deleted(name: string): Promise<Reply> {
    return this.delete(`${this.configMaps}/${name}`, undefined, {}, { brief: true });
  }

  /** The names in a list, for where nothing else of it matters. */
  async names(path: string, query: Query = {}): Promise<Reply> {
    return this.get(path, query, { reduce: namesOf });
  }

  /** Periodic bookmarks are left out, unless `bookmarks` are what the case is about. */
  async watch(
    path: string,
    query: Query = {},
    { headers = {}, bookmarks = false }: { headers?: Readonly<Record<string, string>>; bookmarks?: boolean } = {},
  ): Promise<Watching> {
    const request = { method: 'GET', path, query: texts({ watch: true, ...query }), headers };
    const stream = await this.server.http.stream(sendable(request));
    const watching = new Watching(request, stream, bookmarks);
    this.atEnd(() => watching.abort());
    if (stream.status !== 200) await watching.refused();
    this.steps.push(watching);
    return watching;
  }

  async restart(): Promise<void> {
    this.steps.push('the server restarts');
    await this.server.restart();
  }

  async compact(revision?: string): Promise<void> {
    this.steps.push('the history is compacted');
    await this.server.compact(revision);
  }

  /** Notes whether something holds that the recorded values do not say. */
  remark(holds: boolean, text: string): void {
    this.steps.push(holds ? text : `not: ${text}`);
  }

  /**
   * Waits until a server that was restarted has filled its watch cache, and so knows nothing from before: until then it still answers
   * from etcd. Without a cache it forgets nothing.
   */
  async hasForgotten(resourceVersion: string): Promise<void> {
    if (!this.configuration.watchCache) return;
    const query = { watch: true, resourceVersion, timeoutSeconds: 1 };
    const deadline = Date.now() + 20_000;
    while (!(await this.aside('GET', this.configMaps, query)).text.includes('Expired')) {
      if (Date.now() > deadline) throw new Error(`the server still knows ${resourceVersion}`);
    }
  }

  /** Sent, and not recorded: other people's writes, and looking whether a server is there yet. */
  async aside(method: Request['method'], path: string, query: Query = {}, body?: Json): Promise<Reply> {
    const headers = body === undefined ? {} : JSON_TYPE;
    const request = { method, path, query: texts(query), headers, ...(body === undefined ? {} : { body }) };
    return new Reply(await this.server.http.exchange(sendable(request)));
  }

  /** What is still open then has to be ended. */
  atEnd(end: () => void): void {
    this.#atEnd.push(end);
  }

  end(): void {
    for (const end of this.#atEnd) end();
  }

  async #exchange(
    method: Request['method'],
    path: string,
    query: Query,
    body: Json | undefined,
    { headers = {}, reduce, timed = false, brief = false }: Options = {},
    type: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const request = { method, path, query: texts(query), headers, ...(body === undefined ? {} : { body }) };
    const start = performance.now();
    const reply = new Reply(await this.server.http.exchange(sendable(request, type)));
    const took = performance.now() - start;
    const { status, body: received } = reply;
    this.steps.push({
      type: 'exchange',
      request,
      status,
      headers: reply.headers,
      body: reduce !== undefined && typeof received === 'object' ? reduce(received as JsonObject) : received,
      brief,
      ...(timed ? { took: took < 2000 ? 'at once' : took < 8000 ? '3 s' : 'long' } : {}),
    });
    return reply;
  }
}

export function configMap(name: string, labels?: JsonObject, data: JsonObject = { value: 'first' }): JsonObject {
  return { metadata: { name, ...(labels === undefined ? {} : { labels }) }, data };
}

export function gadget(name: string, fields: JsonObject = { spec: { size: 1 } }, kind = 'Gadget'): JsonObject {
  return { apiVersion: `${GROUP}/v1`, kind, metadata: { name }, ...fields };
}

/** An answer, and what a case takes from it. */
export class Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;

  constructor({ status, headers, text }: Answer) {
    this.status = status;
    this.headers = headers;
    this.text = text;
  }

  /** What JSON says; of anything else, the text. */
  get body(): Json {
    const isJson = (this.headers['content-type'] ?? '').startsWith('application/json');
    return isJson ? (JSON.parse(this.text) as Json) : this.text;
  }

  get object(): JsonObject {
    if (typeof this.body !== 'object' || this.body === null) throw new Error(`not an object: ${String(this.body)}`);
    return this.body as JsonObject;
  }

  get metadata(): JsonObject {
    return (this.object['metadata'] ?? {}) as JsonObject;
  }

  get resourceVersion(): string {
    return this.#text('resourceVersion');
  }

  get uid(): string {
    return this.#text('uid');
  }

  /** For the next page. */
  get token(): string {
    return this.#text('continue');
  }

  #text(name: string): string {
    const value = this.metadata[name];
    if (typeof value !== 'string') throw new Error(`no ${name} in ${JSON.stringify(this.body)}`);
    return value;
  }
}

/** An open watch. Only the frames that were waited for are recorded: what comes later is a matter of chance. */
export class Watching {
  readonly type = 'watch';
  readonly request: RawRequest;
  readonly frames: (JsonObject | string)[] = [];
  body?: Json;
  end = 'open';
  readonly #stream: Stream;
  readonly #keepsBookmarks: boolean;
  #taken = 0;

  constructor(request: RawRequest, stream: Stream, keepsBookmarks: boolean) {
    this.request = request;
    this.#stream = stream;
    this.#keepsBookmarks = keepsBookmarks;
  }

  get status(): number {
    return this.#stream.status;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#stream.headers;
  }

  /** Waits for so many more frames. @returns the last of them. */
  async next(count = 1): Promise<JsonObject> {
    const wanted = this.#taken + count;
    await this.#stream.until(`${wanted} frames`, () => this.#arrived().length >= wanted || this.#stream.end !== 'open');
    const frames = this.#arrived().slice(this.#taken, wanted);
    this.#take(frames);
    if (frames.length < count) {
      this.end = this.#stream.end;
      this.frames.push('(a frame was waited for)');
    }
    return frames.at(-1) ?? {};
  }

  /** Waits for the end, and records whatever came before it. */
  async ended(): Promise<void> {
    if (this.status !== 200) return;
    await this.#stream.until('the end', () => this.#stream.end !== 'open');
    this.#take(this.#arrived().slice(this.#taken));
    if (this.#stream.rest !== '') this.frames.push(this.#stream.rest);
    this.end = this.#stream.end;
  }

  /** Waits, and records that nothing came. */
  async silent(ms = 500): Promise<void> {
    if (this.status !== 200) return;
    await new Promise((resolve) => setTimeout(resolve, ms));
    const frames = this.#arrived().slice(this.#taken);
    this.#take(frames);
    this.end = this.#stream.end;
    if (frames.length === 0) this.frames.push('(silence)');
  }

  async refused(): Promise<void> {
    await this.#stream.until('the end', () => this.#stream.end !== 'open');
    const text = [...this.#stream.lines, this.#stream.rest].join('\n');
    this.body = new Reply({ status: this.status, headers: this.headers, text }).body;
  }

  abort(): void {
    this.#stream.abort();
  }

  #take(frames: readonly JsonObject[]): void {
    this.#taken += frames.length;
    this.frames.push(...frames);
  }

  #arrived(): readonly JsonObject[] {
    // A refusal is a Status, perhaps over several lines.
    if (this.status !== 200) return [];
    return (
      this.#stream.lines
        .map((line) => JSON.parse(line) as JsonObject)
        .filter((frame) => frame['type'] !== 'BOOKMARK' || this.#keepsBookmarks || isMarker(frame))
        // Whether the last bookmark comes once or twice is a matter of chance.
        .filter((frame, index, frames) => frame['type'] !== 'BOOKMARK' || frames[index - 1]?.['type'] !== 'BOOKMARK')
    );
  }
}

function isMarker(frame: JsonObject): boolean {
  return JSON.stringify(frame).includes('k8s.io/initial-events-end');
}

function namesOf(list: JsonObject): Json {
  const { items } = list;
  if (!Array.isArray(items)) return list;
  return (items as readonly JsonObject[]).map(({ metadata }) => (metadata as JsonObject)['name'] ?? null);
}

function texts(query: Query): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
}

function sendable(request: RawRequest, type: Readonly<Record<string, string>> = {}): Request {
  const { method, path, query, headers, body } = request;
  const search = new URLSearchParams(query).toString();
  return {
    method: method as Request['method'],
    path: path + (search === '' ? '' : `?${search}`),
    headers: { ...type, ...headers },
    // A text is sent as it is: it is there to be malformed.
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
}

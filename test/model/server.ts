import { asyncScheduler, timer } from 'rxjs';
import { answerCall, type Verdict } from '../../apiserver/api.js';
import type { Clock } from '../../apiserver/clock.js';
import type { Answer, Headers } from '../../apiserver/exchange.js';
import { Faults, type Fault } from '../../apiserver/faults.js';
import type { ApiObject } from '../../apiserver/objects.js';
import { Registry } from '../../apiserver/registry.js';
import { route } from '../../apiserver/route.js';
import { Storage, type Collection, type Snapshot } from '../../apiserver/storage.js';

/** The time that the watch lives by, virtual under a `TestScheduler`. */
const clock: Clock = {
  now: () => asyncScheduler.now(),
  after: (ms, callback) => {
    const waiting = timer(ms).subscribe(callback);
    return () => waiting.unsubscribe();
  },
};

export interface ServerOptions {
  readonly history: number;
  readonly watchCache: boolean;
  readonly watchList: boolean;
  /** Writes arrive cut into pieces of so many bytes; 0: as they are. */
  readonly pieces: number;
  /** Milliseconds until the next request is there. */
  readonly latency: () => number;
}

/** What the client's end of a connection hears. */
export interface Listener {
  head(status: number, headers: Headers): void;
  chunk(bytes: Uint8Array): void;
  end(): void;
  broken(why: string): void;
}

/** The embedded API server without its sockets: everything happens in virtual time, and nothing by itself. */
export class ModelServer {
  readonly requests: { readonly at: number; readonly url: string }[] = [];
  readonly open: Set<Pipe> = new Set<Pipe>();
  /** Verdict on the one token that there is. */
  verdict: Verdict | undefined = 'allowed';
  /** A committed write of a ConfigMap, in order; a restore takes back those after it. */
  readonly log: Committed[] = [];
  readonly #options: ServerOptions;
  readonly #storage: Storage;
  readonly #registry: Registry;
  readonly #faults: Faults;
  #downUntil = 0;
  #elsewhere = 0;
  #stopRecording: () => void = () => undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#storage = new Storage(options.history);
    this.#registry = new Registry(this.#storage, clock);
    this.#faults = new Faults(clock, {
      compact: () => this.#moveOn(),
      restart: () => this.restart(0),
      restore: () => undefined,
      refuse: (ms) => this.refuse(ms),
    });
    for (const name of ['default', ...NAMESPACES]) this.#create('namespaces', undefined, { metadata: { name } });
    this.#record();
  }

  get revision(): number {
    return this.#storage.revision;
  }

  /** @returns what aborts it */
  request(url: string, to: Listener): () => void {
    const pipe = new Pipe(to, this.#options.pieces, () => this.open.delete(pipe));
    this.open.add(pipe);
    this.requests.push({ at: clock.now(), url });
    const cancel = clock.after(this.#options.latency(), () => {
      if (clock.now() < this.#downUntil) return pipe.break('ECONNREFUSED');
      const info = route('GET', url);
      if (info === undefined) throw new Error(`no request: ${url}`);
      const headers: Readonly<Record<string, string>> = { authorization: 'Bearer t' };
      const call = { method: 'GET', url, header: (name: string) => headers[name], body: '' };
      this.#faults.admit(info, pipe, (asked, answer) =>
        answerCall(call, asked, answer, {
          storage: this.#storage,
          registry: this.#registry,
          clock,
          tokens: new Map(this.verdict === undefined ? [] : [['t', this.verdict]]),
          watchCache: this.#options.watchCache,
          watchList: this.#options.watchList,
        }),
      );
    });
    return () => {
      cancel();
      pipe.abort();
    };
  }

  // --- writes

  put(namespace: string, name: string, labels: Readonly<Record<string, string>>, value: string): void {
    const existing = this.#configMaps.get(`${namespace}/${name}`)?.object;
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data: { value } };
    if (existing === undefined) this.#create('configmaps', namespace, object);
    else this.#registry.update({ collection: this.#configMaps, version: 'v1', namespace, name }, object);
  }

  delete(namespace: string, name: string): void {
    const collection = this.#configMaps;
    if (collection.get(`${namespace}/${name}`) === undefined) return;
    this.#registry.delete({ collection, version: 'v1', namespace, name });
  }

  /** Something else happens: the revision moves on, and nobody hears of it. */
  writeElsewhere(): void {
    this.#create('secrets', 'default', { metadata: { name: `other-${++this.#elsewhere}` } });
  }

  // --- faults

  inject(fault: Fault): void {
    this.#faults.inject(fault);
  }

  clearFaults(): void {
    this.#faults.clear();
    this.#faults.thaw();
    this.verdict = 'allowed';
    this.#downUntil = 0;
  }

  cut(): void {
    for (const pipe of [...this.open]) pipe.cut();
  }

  /** Connections that are open go dead: nothing comes any more, not even their end. */
  kill(): void {
    for (const pipe of this.open) pipe.kill();
  }

  endWatches(): void {
    for (const collection of this.#storage.collections()) collection.end();
    this.#record();
  }

  refuse(ms: number): void {
    this.#downUntil = Math.max(this.#downUntil, clock.now() + ms);
  }

  freeze(): void {
    this.#faults.freeze();
  }

  thaw(): void {
    this.#faults.thaw();
  }

  compact(): void {
    this.#storage.compact(this.revision);
  }

  restart(downFor: number): void {
    this.refuse(downFor);
    this.cut();
    this.endWatches();
    if (downFor === 0) this.#storage.forgetCaches();
    else clock.after(downFor, () => this.#storage.forgetCaches());
  }

  /** The token of a page, counted from now, is too old when it comes: much was written meanwhile. */
  expirePage(request: number): void {
    this.inject({ fault: 'compact', verb: 'list', request });
    this.inject({ fault: 'status', code: 410, reason: 'Expired', verb: 'list', request });
  }

  snapshot(): Snapshot {
    return this.#storage.snapshot();
  }

  restore(snapshot: Snapshot): void {
    this.cut();
    this.endWatches();
    this.#storage.restore(snapshot);
    this.log.splice(this.log.findIndex(({ revision }) => revision > snapshot.revision) >>> 0);
    this.#record();
  }

  /** What stood on the first page is no more. */
  #moveOn(): void {
    const [first] = this.#configMaps.sorted();
    if (first !== undefined) this.delete(first.object.metadata.namespace ?? '', first.object.metadata.name);
    this.compact();
  }

  get #configMaps(): Collection {
    const collection = this.#storage.collection('configmaps');
    if (collection === undefined) throw new Error('there are always ConfigMaps');
    return collection;
  }

  #create(plural: string, namespace: string | undefined, object: Readonly<Record<string, unknown>>): ApiObject {
    const collection = this.#storage.collection(plural);
    if (collection === undefined) throw new Error(`there are always ${plural}`);
    return this.#registry.create({ collection, version: 'v1', namespace }, object);
  }

  /** First of all that listen: the log has a write before anybody hears of it. */
  #record(): void {
    this.#stopRecording();
    this.#stopRecording = this.#configMaps.listen({
      changed: ({ type, revision, version: { key, object } }) =>
        void this.log.push({ revision, key, object, gone: type === 'DELETED' }),
      ended: () => undefined,
    });
  }
}

export interface Committed {
  readonly revision: number;
  readonly key: string;
  /** As it is from then on; as it was last, under the revision of the deletion. */
  readonly object: ApiObject;
  readonly gone: boolean;
}

export const NAMESPACES = ['north', 'south'] as const;

/** From the server's {@link Answer} to the client's {@link Listener}. */
class Pipe implements Answer {
  readonly backlog = 0;
  readonly #to: Listener;
  readonly #pieces: number;
  readonly #closed: () => void;
  readonly #callbacks: (() => void)[] = [];
  #over = false;
  #dead = false;

  constructor(to: Listener, pieces: number, closed: () => void) {
    this.#to = to;
    this.#pieces = pieces;
    this.#closed = closed;
  }

  head(status: number, headers: Headers): void {
    if (!this.#over && !this.#dead) this.#to.head(status, headers);
  }

  kill(): void {
    this.#dead = true;
  }

  write(chunk: Uint8Array): void {
    const size = this.#pieces === 0 ? chunk.length : this.#pieces;
    for (let start = 0; start < chunk.length && !this.#over && !this.#dead; start += size) {
      this.#to.chunk(chunk.subarray(start, start + size));
    }
  }

  end(): void {
    if (this.#dead) return this.#callbacks.splice(0).forEach((callback) => callback());
    if (this.#finish()) this.#to.end();
  }

  cut(): void {
    this.break('ECONNRESET');
  }

  break(why: string): void {
    if (!this.#dead && this.#finish()) this.#to.broken(why);
  }

  /** By the client. */
  abort(): void {
    this.#finish();
  }

  onClose(callback: () => void): void {
    if (this.#over) callback();
    else this.#callbacks.push(callback);
  }

  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#closed();
    for (const callback of this.#callbacks.splice(0)) callback();
    return true;
  }
}

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerCall, type Verdict } from './api.js';
import { Authority } from './certificates.js';
import { systemClock, type Clock } from './clock.js';
import { Control } from './control.js';
import type { Answer, Call } from './exchange.js';
import { Faults, type Fault, type Injection } from './faults.js';
import { listenHttp, type Listening } from './http.js';
import { kubeconfigText } from './kubeconfig.js';
import { sent, type ApiObject, type Json, type ObjectInput, type ObjectLike } from './objects.js';
import { keyOf, Registry, type Target } from './registry.js';
import { route, type RequestInfo } from './route.js';
import { Storage, type Collection, type Snapshot } from './storage.js';

/** How a server listens, and what it is like. With none of them it is empty, and like a kube-apiserver as it comes. */
export interface ApiServerOptions {
  /** Default: 0, any that is free. */
  readonly port?: number;
  /** `false` for plain HTTP/1.1, as behind a browser's proxy. Default: true, HTTP/2 or HTTP/1.1 over TLS, with a certificate of its own. */
  readonly tls?: boolean;
  /** What is there from the start, each with `apiVersion` and `kind`. Namespaces that they name are created. */
  readonly objects?: readonly ObjectLike[];
  /**
   * So many changes of each resource are remembered: who asks for older ones gets a 410. Memory is bounded by it. Default: 10,000;
   * kube-apiserver's watch cache keeps 100 to 102,400.
   */
  readonly history?: number;
  /** The time it lives by. Default: the system's. */
  readonly clock?: Clock;
  /** As kube-apiserver's `--watch-cache`. Default: true */
  readonly watchCache?: boolean;
  /** As kube-apiserver's feature gate: streaming lists. Default: true */
  readonly watchList?: boolean;
  /** What tokens may do, besides the admin's; `''` is who brings none. Default: a 401 for unknown tokens, a 403 without one. */
  readonly tokens?: Readonly<Record<string, Verdict>>;
}

/** What came in. */
export interface RequestRecord extends RequestInfo {
  /** ms since 1970, on the server's clock. */
  readonly at: number;
}

/** Which object is meant. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const REMEMBERED_REQUESTS = 1_000;
const SYSTEM_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/**
 * Starts an API server on the loopback interface, in this process: resources, resourceVersions, lists and watches as kube-apiserver has
 * them, without validation, admission and controllers, and with every way to break it.
 *
 * ```ts
 * import { connect } from 'rxkube/node';
 * import { startApiServer } from 'rxkube/apiserver';
 *
 * await using server = await startApiServer();
 * server.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' }, data: { a: '1' } });
 * const cluster = connect({ kubeconfig: server.kubeconfigPath });
 * ```
 *
 * @throws RangeError for an option that cannot work; rejects when the port is taken.
 */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  validate(options);
  const server = new EmbeddedApiServer(options);
  await server.listen();
  return server;
}

/** An API server that runs in this process. */
export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** PEM, of the authority that signed the server's certificate; undefined without TLS. */
  readonly ca: string | undefined;
  /** Of the admin, who may do everything. */
  readonly token: string;
  /** As text: JSON, which is YAML. */
  readonly kubeconfig: string;
  /** A file with it, which is there until the server is closed. */
  readonly kubeconfigPath: string;
  /** Of the newest write. */
  readonly resourceVersion: string;
  /** The newest 1,000 requests, oldest first. */
  readonly requests: readonly RequestRecord[];
  /** What tokens may do; it can be changed at any time. A token that is not in it is answered with a 401. */
  readonly tokens: Map<string, Verdict>;

  /** Creates an object, status included, and the namespace if there is none. @throws Error with the Status's words, as from any of these. */
  create(object: ObjectLike): ApiObject;
  /** Merges a patch into an object (RFC 7386), its status included. */
  patch(reference: ObjectReference, patch: Json): ApiObject;
  /** Deletes an object; with finalizers it only gets a `deletionTimestamp`. */
  delete(reference: ObjectReference): void;
  /** An object as it is now; undefined while there is none. */
  get(reference: ObjectReference): ApiObject | undefined;
  /** The objects of a kind, in the order of a list. */
  list(apiVersion: string, kind: string, namespace?: string): readonly ApiObject[];

  /** Prepares a fault for the requests to come. */
  inject(fault: Fault): Injection;
  /** Takes back what was injected and has not hit yet. */
  clearFaults(): void;
  /** Resets all connections. */
  cut(): void;
  /** Ends all watches in order, as at their timeout. */
  endWatches(): void;
  /** Answers nothing any more and closes nothing, until `thaw`. */
  freeze(): void;
  /** Ends what `freeze` began: what was held back is sent. */
  thaw(): void;
  /** Refuses new connections, until `accept`. */
  refuse(): void;
  /** Takes connections again, on the same port. */
  accept(): Promise<void>;
  /** Forgets the history before the newest revision, or the one given, as etcd's compaction does. The watch cache still has it. */
  compact(resourceVersion?: string): void;
  /** Kills the server and starts it again on the same port: connections are reset, and the watch cache begins empty. @param downFor ms */
  restart(downFor?: number): Promise<void>;
  /** What it holds now. */
  snapshot(): Snapshot;
  /** Restarts with what it held then, as an etcd that is restored from a backup: its revision is the old one. */
  restore(snapshot: Snapshot): Promise<void>;
  /** Stops the server: resets its connections and removes the file with the kubeconfig. */
  close(): Promise<void>;
}

class EmbeddedApiServer implements ApiServer {
  readonly ca: string | undefined;
  readonly token: string = randomBytes(16).toString('hex');
  readonly tokens: Map<string, Verdict>;
  readonly requests: RequestRecord[] = [];
  readonly #options: ApiServerOptions;
  readonly #clock: Clock;
  readonly #storage: Storage;
  readonly #registry: Registry;
  readonly #faults: Faults;
  readonly #control: Control;
  readonly #tls: { readonly key: string; readonly cert: string } | undefined;
  #listening: Listening | undefined;
  #dir: string | undefined;
  /** While it is down, nothing is answered. */
  #isDown = false;
  /** What is waited for until some time, or until the server is closed. */
  readonly #waits = new Set<() => void>();

  constructor(options: ApiServerOptions) {
    const { tls = true, history = 10_000, clock = systemClock, tokens = {}, objects = [] } = options;
    this.#options = options;
    this.#clock = clock;
    this.#storage = new Storage(history);
    this.#registry = new Registry(this.#storage, clock);
    this.#faults = new Faults(clock, {
      compact: () => this.compact(),
      restart: () => void this.restart(),
      restore: (snapshot) => void this.restore(snapshot),
      refuse: (ms) => this.refuseFor(ms),
    });
    this.#control = new Control(this);
    this.tokens = new Map<string, Verdict>([...Object.entries(tokens), [this.token, 'allowed']]);
    if (tls) {
      const authority = new Authority('rxkube-apiserver-ca');
      this.ca = authority.cert;
      this.#tls = authority.issue({ name: 'rxkube-apiserver', usage: 'server', hosts: ['localhost', '127.0.0.1'] });
    }
    for (const name of SYSTEM_NAMESPACES) this.#createNamespace(name);
    for (const object of objects) this.create(object);
  }

  async listen(): Promise<void> {
    this.#listening = await listenHttp({
      host: '127.0.0.1',
      port: this.#options.port ?? 0,
      tls: this.#tls,
      handle: (call, answer) => this.#handle(call, answer),
    });
  }

  get port(): number {
    return this.#running.port;
  }

  get url(): string {
    return `${this.#tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  get kubeconfig(): string {
    return kubeconfigText(this.url, this.ca, this.token);
  }

  get kubeconfigPath(): string {
    if (this.#dir === undefined) {
      const text = this.kubeconfig;
      this.#dir = mkdtempSync(join(tmpdir(), 'rxkube-apiserver-'));
      writeFileSync(join(this.#dir, 'kubeconfig'), text, { mode: 0o600 });
    }
    return join(this.#dir, 'kubeconfig');
  }

  get resourceVersion(): string {
    return String(this.#storage.revision);
  }

  create(input: ObjectLike): ApiObject {
    const object = sent(input) as ObjectInput;
    const collection = this.#collectionOf(object);
    const namespace = this.#namespaceOf(collection, object.metadata?.['namespace']);
    if (namespace !== undefined && this.#storage.collection('namespaces')?.get(namespace) === undefined)
      this.#createNamespace(namespace);
    return this.#registry.create({ collection, version: versionOf(object), namespace }, object, true);
  }

  patch(reference: ObjectReference, given: Json): ApiObject {
    const target = this.#target(reference);
    const patch = sent(given);
    const { object } = this.#registry.patch(target, patch);
    if (!('status' in patch) || !target.collection.resource.status) return object;
    return this.#registry.patch(target, { status: patch['status'] }, 'status').object;
  }

  delete(reference: ObjectReference): void {
    this.#registry.delete(this.#target(reference));
  }

  get(reference: ObjectReference): ApiObject | undefined {
    const { collection, namespace, name } = this.#target(reference);
    return collection.get(keyOf(namespace, name))?.object;
  }

  list(apiVersion: string, kind: string, namespace?: string): readonly ApiObject[] {
    return this.#collectionOf({ apiVersion, kind })
      .sorted()
      .map(({ object }) => object)
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
  }

  inject(fault: Fault): Injection {
    return this.#faults.inject(fault);
  }

  clearFaults(): void {
    this.#faults.clear();
  }

  cut(): void {
    this.#running.cut();
  }

  endWatches(): void {
    for (const collection of this.#storage.collections()) collection.end();
  }

  freeze(): void {
    this.#faults.freeze();
  }

  thaw(): void {
    this.#faults.thaw();
  }

  refuse(): void {
    this.#running.refuse();
  }

  refuseFor(ms: number): void {
    this.refuse();
    void this.#wait(ms).then(() => this.accept());
  }

  async accept(): Promise<void> {
    if (!this.#isDown) await this.#running.accept();
  }

  compact(resourceVersion: string = this.resourceVersion): void {
    if (!/^\d+$/.test(resourceVersion))
      throw new RangeError(`resourceVersion must be a decimal number, got ${JSON.stringify(resourceVersion)}`);
    this.#storage.compact(Number(resourceVersion));
  }

  async restart(downFor = 0): Promise<void> {
    if (!(downFor >= 0 && Number.isFinite(downFor)))
      throw new RangeError(`downFor must be a number ≥ 0, got ${downFor}`);
    await this.#restart(downFor, () => this.#storage.forgetCaches());
  }

  snapshot(): Snapshot {
    return this.#storage.snapshot();
  }

  async restore(snapshot: Snapshot): Promise<void> {
    await this.#restart(0, () => this.#storage.restore(snapshot));
  }

  async close(): Promise<void> {
    if (this.#dir !== undefined) rmSync(this.#dir, { recursive: true, force: true });
    this.#isDown = true;
    const listening = this.#listening;
    this.#listening = undefined;
    for (const over of this.#waits) over();
    await listening?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #restart(downFor: number, change: () => void): Promise<void> {
    const running = this.#running;
    this.#isDown = true;
    running.refuse();
    running.cut();
    this.#faults.drop();
    if (downFor > 0) await this.#wait(downFor);
    if (this.#listening === undefined) return;
    // The cache begins with what is there when the server is up again: what is written meanwhile is not in its history.
    change();
    this.#isDown = false;
    await running.accept();
  }

  /** Waits so many ms, or until the server is closed. */
  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const over = (): void => {
        cancel();
        this.#waits.delete(over);
        resolve();
      };
      const cancel = this.#clock.after(ms, over);
      this.#waits.add(over);
    });
  }

  #handle(call: Call, answer: Answer): void {
    const info = route(call.method, call.url);
    if (info === undefined) {
      answer.head(405, { 'content-type': 'text/plain' });
      answer.end();
      return;
    }
    if (this.#control.answers(call, info, answer)) return;
    this.requests.push({ ...info, at: this.#clock.now() });
    if (this.requests.length > REMEMBERED_REQUESTS) this.requests.shift();
    const { watchCache = true, watchList = true } = this.#options;
    this.#faults.admit(info, answer, (asked, to) =>
      answerCall(call, asked, to, {
        storage: this.#storage,
        registry: this.#registry,
        clock: this.#clock,
        tokens: this.tokens,
        watchCache,
        watchList,
      }),
    );
  }

  get #running(): Listening {
    if (this.#listening === undefined) throw new Error('the API server is closed');
    return this.#listening;
  }

  #createNamespace(name: string): void {
    this.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  }

  #collectionOf({ apiVersion, kind }: { readonly apiVersion?: string; readonly kind?: string }): Collection {
    const found = this.#storage.findKind(apiVersion ?? '', kind ?? '');
    if (found === undefined)
      throw new RangeError(
        `there is no kind ${JSON.stringify(kind)} in ${JSON.stringify(apiVersion)}; custom ones need a CustomResourceDefinition`,
      );
    return found;
  }

  #namespaceOf({ resource }: Collection, given: unknown): string | undefined {
    if (!resource.namespaced) return undefined;
    return typeof given === 'string' ? given : 'default';
  }

  #target(reference: ObjectReference): Target {
    const collection = this.#collectionOf(reference);
    const { name, namespace } = reference.metadata;
    return { collection, version: versionOf(reference), namespace: this.#namespaceOf(collection, namespace), name };
  }
}

function versionOf({ apiVersion = '' }: { readonly apiVersion?: string }): string {
  return apiVersion.split('/').at(-1) ?? '';
}

function validate({ port = 0, history = 1, tokens = {} }: ApiServerOptions): void {
  if (!(Number.isInteger(port) && port >= 0 && port < 65_536))
    throw new RangeError(`port must be 0 … 65535, got ${port}`);
  if (!(Number.isInteger(history) && history >= 1))
    throw new RangeError(`history must be an integer ≥ 1, got ${history}`);
  // By number, as a token is nobody's business.
  for (const [index, verdict] of Object.values<unknown>(tokens).entries()) {
    if (verdict !== 'allowed' && verdict !== 'forbidden' && typeof verdict !== 'function')
      throw new TypeError(
        `tokens must be 'allowed', 'forbidden' or a function each, got ${JSON.stringify(verdict)} for number ${index + 1}`,
      );
  }
}

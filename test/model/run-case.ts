import { asyncScheduler, BehaviorSubject, Subject, Subscription, timer, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { Fault } from '../../apiserver/faults.js';
import type { ApiObject } from '../../apiserver/objects.js';
import { changes } from '../../operators/changes.js';
import { reflectInto } from '../../operators/reflect-into.js';
import type { KubernetesObject, WatchEvent } from '../../src/events.js';
import { customResource } from '../../src/kind.js';
import { Neighbours } from '../../src/neighbours.js';
import type { WatchOptions } from '../../src/options.js';
import type { Source } from '../../src/source.js';
import type { Change } from '../../src/store/change.js';
import { createStore } from '../../src/store/store.js';
import { resourceFrom } from '../../src/transport/url.js';
import { watch$ } from '../../src/watch.js';
import { Random } from '../random.js';
import { pick, type Case, type Entry } from './case.js';
import { Composed, ComposedPair } from './composed.js';
import { compare, Oracle, viewAt, Violation, type Scope } from './oracle.js';
import { ModelServer, NAMESPACES, type Committed } from './server.js';
import { modelApi } from './transport.js';

const ConfigMaps = customResource()({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' });

const WAITS = [0, 0, 0, 1, 2, 10, 100, 400, 1_000, 3_000, 11_000, 31_000, 61_000, 95_000];
const NAMES = ['a', 'b', 'c', 'd'];
const TIERS = ['web', 'web', 'db'];
/** The longest that may be due when the last fault is over: a dead stream that began as a list, on a server without bookmarks. */
const SETTLE = 32 * 60_000;

/** What happened in a case, for whoever counts. */
export interface Report {
  readonly events: number;
  readonly requests: number;
  readonly rollbacks: number;
  readonly voids: number;
}

/** Plays a case in virtual time. @throws Violation */
export function runCase({ settings, history, faults, seed }: Case): Report {
  const scheduler = new TestScheduler(() => undefined);
  let report: Report | undefined;
  let failure: unknown;
  scheduler.run(({ flush }) => {
    const game = new Game(settings, seed);
    const attempt = (action: () => void): void => {
      if (failure !== undefined) return;
      try {
        action();
      } catch (error) {
        failure = error;
        game.stop();
      }
    };
    game.onFailure = (error) =>
      attempt(() => {
        throw error;
      });
    let end = 0;
    const schedule = (entries: readonly Entry[], perform: (entry: Entry) => void): void => {
      let at = 0;
      for (const entry of entries) {
        at += pick(WAITS, entry[0]);
        asyncScheduler.schedule(() => attempt(() => perform(entry)), at);
      }
      end = Math.max(end, at);
    };
    attempt(() => game.start());
    schedule(history, (entry) => game.write(entry));
    schedule(faults, (entry) => game.break(entry));
    asyncScheduler.schedule(() => attempt(() => game.mend()), end + MAX_FAULT);
    asyncScheduler.schedule(() => attempt(() => game.settled()), end + MAX_FAULT + SETTLE);
    asyncScheduler.schedule(() => attempt(() => game.stop()), end + MAX_FAULT + SETTLE + 1);
    flush();
    attempt(() => {
      report = game.finished();
    });
  });
  if (failure !== undefined) throw failure as Error;
  if (report === undefined) throw new Error('the case did not end');
  return report;
}

/** No fault lasts longer by itself. */
const MAX_FAULT = 130_000;

class Game {
  onFailure: (error: unknown) => void = () => undefined;
  readonly #server: ModelServer;
  readonly #settings: readonly number[];
  readonly #random: () => number;
  /** Of their own, so that what watches do is the same whoever stands on them. */
  readonly #consumers: Random;
  readonly #neighbours: Neighbours;
  readonly #watches: Followed[] = [];
  #pair: { readonly main: Followed; readonly other: Followed; readonly joined: ComposedPair } | undefined;
  readonly #pausing = new BehaviorSubject(false);
  readonly #waking = new Subject<unknown>();
  #hadRestore = false;
  #steered = false;
  #events = 0;
  #value = 0;
  #stopped = false;

  constructor(settings: readonly number[], seed: number) {
    this.#settings = settings;
    const random = new Random(seed);
    this.#random = () => random.next();
    this.#consumers = new Random(seed + 1);
    this.#neighbours = new Neighbours(this.#random);
    const at = (index: number): number => settings[index] ?? 0;
    this.#server = new ModelServer({
      history: 3 + (at(0) % 18),
      watchCache: at(1) % 4 !== 3,
      watchList: at(2) % 4 !== 3,
      pieces: pick([0, 0, 7, 64], at(3)),
      latency: () => pick([1, 1, 30, 300], Math.floor(this.#random() * 4)),
    });
  }

  start(): void {
    const at = (index: number): number => this.#settings[index] ?? 0;
    for (let n = 0; n < at(4) % 6; n++) this.write([0, 0, n, n]);
    const scope: Scope = {
      namespace: pick([undefined, NAMESPACES[0]], at(5)),
      label: pick([undefined, { key: 'tier', value: 'web' }], at(5) >> 1),
    };
    const options: WatchOptions = {
      initialList: pick(['streaming', 'streaming', 'paged'], at(6)),
      pageSize: 1 + (at(7) % 3),
      timeoutSeconds: pick(
        [
          { min: 240, max: 480 },
          { min: 3, max: 10 },
          { min: 30, max: 90 },
        ],
        at(8),
      ),
      pauseWhile: this.#pausing,
      wakeOn: this.#waking,
      ...(at(9) % 5 === 4 ? { resourceVersion: String(this.#server.revision) } : {}),
    };
    const main = this.#add(scope, options);
    // Its requests are told from the others by their namespace.
    const other =
      at(10) % 3 === 1 ? this.#add({ namespace: NAMESPACES[1], label: undefined }, { pageSize: 2 }) : undefined;
    if (other !== undefined) this.#pair = { main, other, joined: new ComposedPair(main.events, other.events) };
    main.start();
    other?.start();
  }

  write([, kind, a, b]: Entry): void {
    const server = this.#server;
    const namespace = pick(NAMESPACES, a);
    const name = pick(NAMES, a >> 1);
    const labels = { tier: pick(TIERS, b) };
    switch (kind % 8) {
      case 0:
      case 1:
      case 2:
        return server.put(namespace, name, labels, `${++this.#value} ä€😀`);
      case 3:
        return server.delete(namespace, name);
      case 4:
        server.delete(namespace, name);
        return server.put(namespace, name, labels, 'again');
      case 5:
        // The second one changes nothing.
        server.put(namespace, name, labels, 'same');
        return server.put(namespace, name, labels, 'same');
      case 6:
        for (let n = 0; n <= b % 5; n++) server.writeElsewhere();
        return;
      default:
        for (let n = 0; n <= b % 6; n++) server.put(namespace, pick(NAMES, a + n), labels, `${++this.#value}`);
    }
  }

  break([, kind, a, b]: Entry): void {
    const server = this.#server;
    const lasting = pick([0, 50, 500, 2_000, 10_000, 45_000, 120_000], a);
    const request = 1 + (b % 3);
    const inject = (fault: Fault): void =>
      server.inject({ ...fault, request, times: pick([1, 1, 2, 4, Infinity], a >> 3) });
    const at = pick(['request', 'headers', { bytes: b }, { bytes: b * 3 }, { frames: 1 + (b % 4) }] as const, a);
    const inBody = typeof at === 'object' ? at : 'headers';
    switch (kind % 24) {
      case 0:
        return server.cut();
      case 1:
        return server.endWatches();
      case 2:
        server.freeze();
        return this.#later(lasting, () => server.thaw());
      case 3:
        return server.refuse(lasting);
      case 4:
        return server.restart(lasting);
      case 5:
        return a % 2 === 0 ? server.compact() : server.expirePage(2 + (b % 2));
      case 6:
        server.compact();
        server.restart(0);
        return server.writeElsewhere();
      case 7:
        return inject({ fault: 'cut', at });
      case 8:
        return inject({ fault: 'end', at });
      case 9:
        return inject({ fault: 'delay', ms: lasting, at });
      case 10:
        return inject({
          fault: 'status',
          code: pick([429, 500, 502, 503, 504, 410, 404, 401, 403, 400, 422], b),
          ...(a % 3 === 0 ? { retryAfter: 1 + (b % 60) } : {}),
        });
      case 11:
        return inject({
          fault: 'status',
          code: pick([200, 502, 503], b),
          body: pick(['', '<html>login</html>', 'upstream connect error'], a),
          contentType: pick(['text/html', 'text/plain', 'application/json'], a >> 2),
        });
      case 12:
        return inject({
          fault: 'error',
          code: pick([410, 410, 429, 500, 504, 403], b),
          at: inBody,
          ...(a % 4 === 0 ? { retryAfter: 1 + (b % 20) } : {}),
        });
      case 13:
        return inject({ fault: 'malformed', at: inBody, verb: 'watch' });
      case 14:
        return inject({ fault: 'duplicate', frame: 1 + (b % 5), verb: 'watch' });
      case 15:
        return inject({ fault: 'noBookmarks' });
      case 16:
        return inject({
          fault: 'ignore',
          parameters: pick(
            [['sendInitialEvents', 'resourceVersionMatch'], ['limit'], ['allowWatchBookmarks'], ['timeoutSeconds']],
            b,
          ),
        });
      case 17:
        server.verdict = pick(['forbidden', undefined] as const, b);
        return this.#later(lasting, () => {
          server.verdict = 'allowed';
        });
      case 18:
        this.#steered = true;
        this.#pausing.next(true);
        return this.#later(lasting, () => this.#pausing.next(false));
      case 19:
        this.#steered = true;
        return this.#waking.next(undefined);
      case 20:
        return this.#aside(b, lasting);
      case 21:
        return inject({
          fault: 'status',
          code: 500,
          reason: 'StoreReadError',
          message: 'data from the storage is not transformable',
        });
      case 22:
        return server.kill();
      default: {
        const snapshot = server.snapshot();
        return this.#later(pick([3_000, 70_000, 125_000], b), () => {
          // One a case: the log of writes knows one past.
          if (this.#hadRestore || snapshot.revision === server.revision) return;
          this.#hadRestore = true;
          for (const { oracle } of this.#watches) oracle.restored();
          const lost = server.log.filter(({ revision }) => revision > snapshot.revision);
          server.restore(snapshot);
          if (a % 2 === 1) this.#redo(lost.slice(0, -1));
        });
      }
    }
  }

  /** Who wrote what is lost writes it again: other content under the same resourceVersions. */
  #redo(lost: readonly Committed[]): void {
    for (const { revision, object, gone } of lost) {
      while (this.#server.revision < revision - 1) this.#server.writeElsewhere();
      const { namespace = '', name, labels = {} } = object.metadata;
      if (gone) this.#server.delete(namespace, name);
      else this.#server.put(namespace, name, labels, `${++this.#value} again`);
    }
  }

  /** Nothing fails any more. */
  mend(): void {
    this.#server.clearFaults();
    if (this.#pausing.value) this.#pausing.next(false);
  }

  settled(): void {
    for (const followed of this.#watches) followed.settled(this.#server.revision);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const { subscription } of this.#watches) subscription.unsubscribe();
    this.#pair?.joined.subscription.unsubscribe();
    const { open, requests } = this.#server;
    if (open.size > 0) this.onFailure(new Violation(10, `${open.size} requests are open after everybody unsubscribed`));
    const count = requests.length;
    this.#later(60_000, () => {
      if (requests.length > count) this.onFailure(new Violation(10, 'a request after everybody unsubscribed'));
    });
  }

  finished(): Report {
    if (!this.#steered) this.#budget();
    return {
      events: this.#events,
      requests: this.#server.requests.length,
      rollbacks: this.#watches.reduce((sum, { rollbacks }) => sum + rollbacks, 0),
      voids: this.#watches.filter(({ oracle }) => oracle.isVoid).length,
    };
  }

  /** Another watch, of another namespace, that comes and goes. */
  #aside(b: number, lasting: number): void {
    const followed = this.#add(
      { namespace: NAMESPACES[1], label: undefined },
      { pageSize: 2, initialList: pick(['streaming', 'paged'], b) },
    );
    followed.start();
    this.#later(lasting, () => followed.subscription.unsubscribe());
  }

  #add(scope: Scope, options: WatchOptions): Followed {
    const told = {
      event: (type: string) => {
        this.#events++;
        const { main, other, joined } = this.#pair ?? {};
        if (main?.isKnown === true && other?.isKnown === true)
          joined?.check(type, main.oracle.known, other.oracle.known);
      },
      failure: (error: unknown) => this.onFailure(error),
    };
    const random = (): number => this.#consumers.next();
    const followed = new Followed(this.#server, scope, options, this.#neighbours, random, () => this.#hadRestore, told);
    this.#watches.push(followed);
    return followed;
  }

  #later(ms: number, action: () => void): void {
    timer(ms).subscribe(action);
  }

  /** Invariant 8, of the requests that a watch may begin by itself. */
  #budget(): void {
    const counted = this.#server.requests.filter(
      ({ url }) =>
        !url.includes('continue=') &&
        !(url.includes('limit=1&') && url.includes('NotOlderThan')) &&
        !url.includes('namespaces/south/'),
    );
    for (const [index, { at }] of counted.entries()) {
      const twentyFirst = counted[index + 20 + UNAUTHORIZED_SLACK];
      if (twentyFirst !== undefined && twentyFirst.at - at < 60_000)
        throw new Violation(8, `more than 20 requests within a minute after ${at} ms`);
    }
  }
}

/** A 401 is asked again at once; that one is not counted. */
const UNAUTHORIZED_SLACK = 2;

class Followed {
  readonly oracle: Oracle;
  rollbacks = 0;
  subscription: Subscription = Subscription.EMPTY;
  readonly #server: ModelServer;
  readonly #scope: Scope;
  readonly #options: WatchOptions;
  readonly #neighbours: Neighbours;
  readonly #told: { readonly event: (type: string) => void; readonly failure: (error: unknown) => void };
  readonly #events = new Subject<WatchEvent>();
  readonly #store = createStore<KubernetesObject>();
  /** What `changes()` adds up to. */
  readonly #changed = new Map<string, KubernetesObject>();
  readonly #composed: Composed;
  #hasWorked = false;
  #hasEnded = false;
  #hadList = false;

  constructor(
    server: ModelServer,
    scope: Scope,
    options: WatchOptions,
    neighbours: Neighbours,
    random: () => number,
    hadRestore: () => boolean,
    told: { readonly event: (type: string) => void; readonly failure: (error: unknown) => void },
  ) {
    this.#server = server;
    this.#scope = scope;
    this.#options = options;
    this.#neighbours = neighbours;
    this.#told = told;
    const { resourceVersion } = options;
    const start = resourceVersion === undefined ? undefined : Number(resourceVersion);
    this.oracle = new Oracle(() => server.log, scope, start, hadRestore);
    this.#composed = new Composed(this.#events, random, told.failure);
  }

  start(): void {
    const { namespace, label } = this.#scope;
    const where = {
      ...(namespace === undefined ? {} : { namespace }),
      ...(label === undefined ? {} : { labels: { [label.key]: label.value } }),
    };
    const source: Source<KubernetesObject, 'configmaps'> = {
      kind: ConfigMaps,
      cluster: 'model',
      from: resourceFrom('model', ConfigMaps, where),
      api: modelApi(this.#server, ConfigMaps, where),
      neighbours: this.#neighbours,
    };
    this.#events.pipe(changes()).subscribe((change) => this.#change(change));
    this.#events.pipe(reflectInto(this.#store)).subscribe();
    this.subscription = watch$(source, {
      ...this.#options,
      observe: (observation) => {
        if (observation.type === 'request' && observation.verb === 'watch')
          this.#guarded(() => this.oracle.asked(observation.resourceVersion));
      },
    }).subscribe({
      next: (event) =>
        this.#guarded(() => {
          this.#event(event);
          this.#told.event(event.type);
        }),
      error: (error: unknown) => this.#guarded(() => this.#error(error)),
      complete: () =>
        this.#guarded(() => {
          throw new Violation(7, 'it completed');
        }),
    });
    this.subscription.add(this.#composed.subscription);
  }

  /** What it says, once it has started. */
  get events(): Observable<WatchEvent> {
    return this.#events;
  }

  /** Whether what it said adds up to what the oracle knows. */
  get isKnown(): boolean {
    return this.#hadList && !this.oracle.isVoid;
  }

  settled(revision: number): void {
    if (this.#hasEnded || this.subscription.closed) return;
    if (this.oracle.isVoid) {
      // What was written since hides a restore (J5); nothing else may.
      const { position = 0 } = this.oracle;
      if (position > revision)
        throw new Violation(11, `it is at ${position}, and the server was restored to ${revision}`);
      return;
    }
    if (this.oracle.isListing) throw new Violation(11, 'it is still listing long after the last fault');
    const view = viewAt(this.#server.log, this.#scope, revision);
    compare(11, 'long after the last fault', this.oracle.known, view);
    if (!this.#hadList) return;
    compare(18, 'long after the last fault in the store', this.#stored(), view);
    this.#composed.settled(view);
  }

  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#told.failure(error);
    }
  }

  #event(event: WatchEvent): void {
    this.oracle.event(event);
    if (event.type === 'init' && event.cause === 'rollback') this.rollbacks++;
    if (event.type === 'initDone') this.#hadList = true;
    if (event.type === 'initDone' || event.type === 'live') this.#hasWorked = true;
    this.#events.next(event);
    this.#composed.told();
    if (!this.isKnown) return;
    const stored = this.#stored();
    compare(18, `after ${event.type} in the store`, stored, this.oracle.known);
    compare(
      12,
      `after ${event.type} in changes()`,
      new Map(this.#changed) as unknown as ReadonlyMap<string, ApiObject>,
      this.oracle.known,
    );
    this.#composed.check(event.type, this.oracle.known);
    for (const [key, object] of stored) {
      if ((this.#changed.get(key) as unknown) !== object)
        throw new Violation(21, `${key} is another object in the store than in changes()`);
    }
  }

  #error(error: unknown): void {
    this.#hasEnded = true;
    if (this.#hasWorked) throw new Violation(7, `it errored after it had worked: ${String(error)}`);
  }

  #change({ type, object, ...more }: Change<WatchEvent>): void {
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const known = this.#changed.get(key);
    this.#guarded(() => {
      if (type === 'added' && known !== undefined) throw new Violation(13, `${key} was added twice`);
      if (type !== 'added' && known === undefined && this.#hadList)
        throw new Violation(13, `${key} was ${type} and never added`);
      if ('previous' in more && more.previous !== known) throw new Violation(13, `${key} had another state before`);
      if (type === 'modified' && known?.metadata.uid !== object.metadata.uid)
        throw new Violation(14, `${key} got another uid`);
      if (type === 'modified' && JSON.stringify(known) === JSON.stringify(object))
        throw new Violation(15, `${key} was modified to what it was`);
    });
    if (type === 'deleted') this.#changed.delete(key);
    else this.#changed.set(key, object);
  }

  #stored(): ReadonlyMap<string, ApiObject> {
    return new Map(
      this.#store
        .values()
        .map((object) => [
          `${object.metadata.namespace ?? ''}/${object.metadata.name}`,
          object as unknown as ApiObject,
        ]),
    );
  }
}

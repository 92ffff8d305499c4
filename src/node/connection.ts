import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import { WatchError } from '../errors.js';
import type { ClusterConfig } from './config.js';
import { connectionError } from './connection-errors.js';
import { dial, peerOf, protocolOf, type Protocol } from './dial.js';
import type { NodeLimits } from './limits.js';
import { listenForLife } from './liveness.js';
import { RoundTrip, type Carrier, type Outgoing } from './round-trip.js';
import type { Security } from './security.js';

/** What a connection tells its pool. */
export interface Owner {
  /** The server speaks this. */
  opened(protocol: Protocol): void;
  /** These have not been sent and cannot be: there is no room for them, or the server is leaving. */
  displaced(trips: readonly RoundTrip[]): void;
  /** It is over: nothing of it is left. */
  closed(connection: Connection): void;
}

/**
 * One connection to the cluster: its socket, an undici `Client` that speaks HTTP on it, and the round trips it carries.
 *
 * The socket is made here and given to the `Client`, so that its protocol is known before a request is committed to it, and an undici
 * that would like to reconnect by itself cannot. Round trips may be added while it is being made.
 *
 * It is *retired* when no new request shall go on it; it closes when it has carried the last one to its end.
 */
export class Connection implements Carrier {
  readonly security: Security;
  readonly #config: ClusterConfig;
  readonly #limits: NodeLimits;
  readonly #owner: Owner;
  readonly #since = performance.now();
  readonly #dialing = new AbortController();
  readonly #trips = new Set<RoundTrip>();
  #protocol: Protocol | undefined;
  #socket: Socket | undefined;
  #client: Client | undefined;
  #streams: number;
  #settingsKnown = false;
  #retired = false;
  /** undici has let go of the socket: what is on it may go on, but nothing can be added. */
  #detached = false;
  #closed = false;
  #last: Outgoing | undefined;
  #idle: NodeJS.Timeout | undefined;
  #stopListening: (() => void) | undefined;

  /** @param expected what the server spoke the last time; undefined where it is not known yet. */
  constructor(
    config: ClusterConfig,
    security: Security,
    limits: NodeLimits,
    expected: Protocol | undefined,
    owner: Owner,
  ) {
    this.#config = config;
    this.security = security;
    this.#limits = limits;
    this.#streams = limits.streams;
    this.#protocol = expected;
    this.#owner = owner;
    void this.#open();
  }

  /** Milliseconds since it was begun. */
  get age(): number {
    return performance.now() - this.#since;
  }

  /** Whether one more request may be added. */
  hasRoomFor(verb: Outgoing['verb']): boolean {
    return !this.#retired && this.#fits(verb, this.#trips.size, this.#watches());
  }

  add(trip: RoundTrip): void {
    clearTimeout(this.#idle);
    trip.carrier = this;
    this.#trips.add(trip);
    this.#last = trip.outgoing;
    if (this.#client !== undefined) this.#dispatch(this.#client, trip);
  }

  release(trip: RoundTrip): void {
    if (!this.#trips.delete(trip) || this.#trips.size > 0 || this.#closed) return;
    // Nobody waits for it, and whoever comes next can begin anew.
    if (this.#client === undefined) this.#close();
    // Later, as undici may be in the middle of telling us.
    else this.#idle = setTimeout(() => this.#close(), this.#retired ? 0 : this.#limits.idle).unref();
  }

  /** Takes no new request from now on. */
  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    if (this.#trips.size > 0 || this.#closed) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#close(), 0).unref();
  }

  /** Ends it, and everything on it with this error. */
  destroy(error: WatchError): void {
    const trips = [...this.#trips];
    this.#close(error);
    for (const trip of trips) trip.broke(error);
  }

  async #open(): Promise<void> {
    let socket: Socket;
    try {
      socket = await dial(this.#config, this.security, this.#limits, this.#dialing.signal);
    } catch (error) {
      this.destroy(connectionError(error, peerOf(this.#config)));
      return;
    }
    if (this.#closed) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    this.#protocol = protocolOf(socket);
    this.#owner.opened(this.#protocol);
    this.#client = this.#clientOn(socket);
    if (this.#protocol === 'h2') this.#stopListening = this.#listen(socket);
    // Others came along when nobody knew how many there is room for.
    let [aboard, watches] = [0, 0];
    const left: RoundTrip[] = [];
    for (const trip of this.#trips) {
      const { verb } = trip.outgoing;
      if (!this.#fits(verb, aboard, watches)) {
        left.push(trip);
        continue;
      }
      aboard++;
      if (verb === 'watch') watches++;
      this.#dispatch(this.#client, trip);
    }
    this.#displace(left);
  }

  #clientOn(socket: Socket): Client {
    let taken = false;
    const client = new Client(this.#config.url.origin, {
      allowH2: true,
      // Limits are the business of whoever asked, and a quiet watch is a healthy one (F12).
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: this.#limits.idle,
      // A second time means that it has lost the socket: what it has not sent goes elsewhere.
      connect: (_options, callback) => {
        const lost = taken || socket.destroyed;
        taken = true;
        queueMicrotask(() => (lost ? callback(LOST, null) : callback(null, socket)));
      },
      // The namespaced option of that name is not read by undici 8.12.
      initialWindowSize: WINDOW,
      h2Options: { maxConcurrentStreams: this.#limits.streams, connectionWindowSize: 16 * WINDOW, pingInterval: 0 },
    });
    // The socket was closed, or an HTTP/2 server has said that it is going (GOAWAY); its streams then go on to their end.
    return client.on('disconnect', () => this.#detach());
  }

  #detach(): void {
    this.#detached = true;
    this.#stopListening?.();
    this.retire();
  }

  #dispatch(client: Client, trip: RoundTrip): void {
    const { path, headers } = trip.outgoing;
    // What undici has in its queue cannot be taken out of it, so what is put there may be somebody else's when its turn comes.
    const leg = Symbol(path);
    trip.leg = leg;
    const mine = (): boolean => trip.leg === leg && !trip.over;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (controller) => {
        if (mine()) {
          trip.sent(controller);
          this.#sent();
        } else {
          controller.abort(LOST);
        }
      },
      onResponseStart: (_controller, status, answer) => {
        this.#knowSettings();
        if (status >= 200 && mine()) trip.answered(status, answer);
      },
      onResponseData: (_controller, chunk) => {
        if (mine()) trip.data(chunk);
      },
      onResponseEnd: () => {
        if (mine()) trip.ended();
      },
      onResponseError: (_controller, error) => {
        if (!mine()) return;
        if (error === LOST && trip.unsent()) this.#lost(trip);
        else trip.broke(connectionError(error, peerOf(this.#config)));
      },
    };
    client.dispatch({ path, method: 'GET', headers }, handler);
    if (this.#settingsKnown && trip.waiting) queueMicrotask(() => this.#displaceUnsent());
  }

  #lost(trip: RoundTrip): void {
    this.#detach();
    // undici is in the middle of telling us, and wants no new request meanwhile.
    queueMicrotask(() => this.#displace([trip]));
  }

  /** Only the first request goes out before the server has said how many streams it allows. */
  #sent(): void {
    if (this.#settingsKnown) return;
    let sent = 0;
    for (const trip of this.#trips) if (!trip.waiting) sent++;
    if (sent > 1) this.#knowSettings();
  }

  #knowSettings(): void {
    if (this.#settingsKnown || this.#protocol !== 'h2') return;
    this.#settingsKnown = true;
    // When undici has sent all that may be sent.
    queueMicrotask(() => this.#displaceUnsent());
  }

  /** Behind watches, which never end, a queue never moves. */
  #displaceUnsent(): void {
    if (this.#detached || this.#closed) return;
    const unsent = [...this.#trips].filter((trip) => trip.waiting);
    if (unsent.length === 0) return;
    this.#streams = Math.max(1, this.#trips.size - unsent.length);
    this.#displace(unsent);
  }

  #displace(trips: readonly RoundTrip[]): void {
    if (trips.length === 0) return;
    for (const trip of trips) {
      trip.carrier = undefined;
      trip.leg = undefined;
      this.release(trip);
    }
    this.#owner.displaced(trips);
  }

  #fits(verb: Outgoing['verb'], aboard: number, watches: number): boolean {
    // One connection is made to find out what the server speaks; everybody waits for that.
    if (this.#protocol === undefined) return true;
    if (this.#protocol === 'h1') return aboard === 0;
    const { streams, watches: most } = this.#limits;
    // The last stream is for the sign of life.
    if (verb === 'list') return aboard < this.#streams - 1 || this.#streams === 1;
    return watches < Math.max(1, Math.min(most, this.#streams - (streams - most))) && aboard < this.#streams;
  }

  #watches(): number {
    let watches = 0;
    for (const { outgoing } of this.#trips) if (outgoing.verb === 'watch') watches++;
    return watches;
  }

  /** Over HTTP/1.1 there is no room for a question beside a watch: TCP keepalive is all. */
  #listen(socket: Socket): () => void {
    const { silence, answer } = this.#limits;
    return listenForLife(
      {
        bytesRead: () => socket.bytesRead,
        unsent: () => unsentOf(socket),
        matters: () => this.#watches() > 0,
        ask: () => void this.#ask(),
        dead: (how) => {
          const peer = peerOf(this.#config);
          this.destroy(
            how === 'stuck'
              ? new WatchError(`${peer}: the connection takes nothing any more`, { kind: 'connection' })
              : new WatchError(`no sign of life from ${peer} for ${(silence + answer) / 1000} s`, { kind: 'timeout' }),
          );
        },
      },
      this.#limits,
    );
  }

  async #ask(): Promise<void> {
    const last = this.#last;
    if (last === undefined || this.#detached) return;
    // Whoever may do nothing else may read the version, and a refusal is a sign of life, too.
    const path = `${basePath(this.#config.url)}/version`;
    const trip = new RoundTrip({ ...last, path, verb: 'list' }, NEVER);
    this.add(trip);
    try {
      const chunks = (await trip.response).body[Symbol.asyncIterator]();
      while ((await chunks.next()).done !== true);
    } catch {
      // The bytes are what counts.
    }
  }

  #close(error?: WatchError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#retired = true;
    clearTimeout(this.#idle);
    this.#stopListening?.();
    this.#dialing.abort();
    // undici lets go of a socket when the server says that it is leaving, so it is destroyed here as well.
    void this.#client?.destroy(error ?? null);
    this.#socket?.destroy(error);
    this.#owner.closed(this);
  }
}

/** The path of a server that is not at the root of its host: `/k8s/clusters/c-1`. */
export function basePath(url: URL): string {
  return url.pathname.replace(/\/+$/, '');
}

/** What waits below the socket: its own `writableLength` is 0 as soon as HTTP/2 has passed it on. Node's own, and not documented. */
function unsentOf(socket: Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null }): number {
  return socket._handle?.writeQueueSize ?? 0;
}

const LOST = new Error('the connection was lost before the request was sent');

const NEVER = new AbortController().signal;

/** Bytes of one response on their way. Of Go's 4 MiB a quarter, as a process may have hundreds of them. */
const WINDOW = 1024 * 1024;

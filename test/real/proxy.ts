import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './ports.ts';

export interface ProxyStats {
  /** Connections accepted since the start. */
  readonly accepted: number;
  /** Connections there are now. */
  readonly open: number;
  /** Bytes passed from client to server. */
  readonly up: number;
  /** Bytes passed from server to client. */
  readonly down: number;
}

type Mode = 'forward' | 'freeze' | 'blackhole';

export async function startProxy(target: string | URL): Promise<TcpProxy> {
  const proxy = new TcpProxy(new URL(target), await freePort());
  await proxy.accept();
  return proxy;
}

/** A TCP proxy on loopback that breaks connections the ways networks do. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number;
  /** The target's URL with the proxy's address. */
  readonly url: string;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #links = new Set<Link>();
  readonly #counts = { accepted: 0, up: 0, down: 0 };
  #listener: Server | undefined;
  #mode: Mode = 'forward';
  #bytesPerSecond = Infinity;
  #limit: { left: number; reached: () => void } | undefined;

  constructor(target: URL, port: number) {
    const defaultPort = target.protocol === 'https:' ? 443 : 80;
    this.#target = { host: target.hostname, port: target.port === '' ? defaultPort : Number(target.port) };
    this.port = port;
    this.url = `${target.protocol}//127.0.0.1:${String(port)}`;
  }

  get stats(): ProxyStats {
    return { ...this.#counts, open: this.#links.size };
  }

  /** Resets all connections; new ones are accepted. */
  cut(): void {
    this.#limit?.reached();
    this.#limit = undefined;
    for (const link of this.#links) link.reset();
  }

  /** Ends all connections in order, after what was sent before; new ones are accepted. */
  close(): void {
    for (const link of this.#links) link.end();
  }

  /** Forwards nothing, not even an end, until `thaw`. Connections stay open; new ones are accepted. */
  freeze(): void {
    this.#setMode('freeze');
  }

  /** Takes and loses what is sent, until `thaw` resets the connections that lost something. */
  blackhole(): void {
    this.#setMode('blackhole');
  }

  thaw(): void {
    this.#setMode('forward');
  }

  /** Resets all connections after so many more bytes from the server; resolves then, and also if `cut` comes first. */
  cutAfter(bytes: number): Promise<void> {
    return new Promise((reached) => {
      this.#limit = { left: bytes, reached };
    });
  }

  /** Slows each connection down in both directions. */
  slow(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Stops listening: new connections are refused, those there are stay. */
  async refuse(): Promise<void> {
    const listener = this.#listener;
    if (!listener) return;
    this.#listener = undefined;
    listener.close();
    // The socket is closed at the end of this turn; `close` is only emitted after the last connection.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Listens again, on the same port. */
  async accept(): Promise<void> {
    if (this.#listener) return;
    const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#open(client));
    this.#listener = listener;
    listener.listen(this.port, '127.0.0.1');
    await once(listener, 'listening');
  }

  async stop(): Promise<void> {
    await this.refuse();
    this.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #open(client: Socket): void {
    this.#counts.accepted++;
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const link = new Link(client, server, {
      pass: (chunk, direction) => this.#pass(chunk, direction),
      rate: () => this.#bytesPerSecond,
      closed: () => this.#links.delete(link),
    });
    this.#links.add(link);
    link.setMode(this.#mode);
  }

  #setMode(mode: Mode): void {
    this.#mode = mode;
    for (const link of this.#links) link.setMode(mode);
  }

  /** How much of the chunk may pass, and what to do once it has. */
  #pass(chunk: Buffer, direction: Direction): { chunk: Buffer; then?: () => void } {
    const limit = this.#limit;
    if (direction === 'up' || !limit) {
      this.#counts[direction] += chunk.length;
      return { chunk };
    }
    const allowed = chunk.subarray(0, limit.left);
    limit.left -= allowed.length;
    this.#counts.down += allowed.length;
    return limit.left > 0 ? { chunk: allowed } : { chunk: allowed, then: () => this.cut() };
  }
}

type Direction = 'up' | 'down';
type Hold = 'frozen' | 'full' | 'slow';

interface Rules {
  pass(chunk: Buffer, direction: Direction): { chunk: Buffer; then?: () => void };
  rate(): number;
  closed(): void;
}

/** A client's connection and the one made for it. */
class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #rules: Rules;
  readonly #holds = new Map<Socket, Set<Hold>>();
  readonly #heldEnds = new Set<Socket>();
  #mode: Mode = 'forward';
  #lostBytes = false;
  #broken = false;

  constructor(client: Socket, server: Socket, rules: Rules) {
    this.#client = client;
    this.#server = server;
    this.#rules = rules;
    this.#forward(client, server, 'up');
    this.#forward(server, client, 'down');
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
    this.#rules.closed();
  }

  end(): void {
    this.#client.end();
    this.#server.end();
  }

  setMode(mode: Mode): void {
    this.#mode = mode;
    for (const socket of this.#holds.keys()) this.#setHold(socket, 'frozen', mode === 'freeze');
    if (mode !== 'forward') return;
    if (this.#lostBytes || this.#broken) this.reset();
    for (const socket of this.#heldEnds) socket.end();
    this.#heldEnds.clear();
  }

  #forward(from: Socket, to: Socket, direction: Direction): void {
    this.#holds.set(from, new Set());
    from.on('data', (chunk: Buffer) => this.#take(chunk, from, to, direction));
    from.on('end', () => {
      // A paused socket with nothing left to read reports its end all the same.
      if (this.#mode === 'freeze') this.#heldEnds.add(to);
      else if (this.#mode === 'blackhole') this.#lostBytes = true;
      else to.end();
    });
    to.on('drain', () => this.#setHold(from, 'full', false));
    from.on('error', () => {
      // A reset by one side becomes a reset of the other, but none is noticed through a dead network.
      if (this.#mode === 'forward') this.reset();
      else this.#broken = true;
    });
    from.on('close', () => {
      if (this.#client.destroyed && this.#server.destroyed) this.#rules.closed();
    });
  }

  #take(received: Buffer, from: Socket, to: Socket, direction: Direction): void {
    if (this.#mode === 'blackhole') {
      this.#lostBytes = true;
      return;
    }
    if (to.writableEnded) return;
    const { chunk, then } = this.#rules.pass(received, direction);
    if (!to.write(chunk, then && (() => then()))) this.#setHold(from, 'full', true);
    const rate = this.#rules.rate();
    if (rate === Infinity) return;
    this.#setHold(from, 'slow', true);
    setTimeout(() => this.#setHold(from, 'slow', false), (chunk.length / rate) * 1_000).unref();
  }

  /** A socket is read while nothing holds it back. */
  #setHold(socket: Socket, reason: Hold, on: boolean): void {
    const holds = this.#holds.get(socket);
    if (!holds) return;
    if (on) holds.add(reason);
    else holds.delete(reason);
    if (holds.size > 0) socket.pause();
    else socket.resume();
  }
}

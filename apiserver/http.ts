import { createServer as createPlain, type IncomingMessage } from 'node:http';
import { constants, createSecureServer, type Http2ServerRequest } from 'node:http2';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Answer, Call, Headers } from './exchange.js';

export interface Listening {
  readonly port: number;
  /** Refuses new connections; those there are stay. */
  refuse(): void;
  /** Takes connections again, on the same port. */
  accept(): Promise<void>;
  /** Resets all connections. */
  cut(): void;
  close(): Promise<void>;
}

export interface HttpOptions {
  readonly host: string;
  readonly port: number;
  /** Without, it is plain HTTP/1.1. */
  readonly tls: { readonly key: string; readonly cert: string } | undefined;
  readonly handle: (call: Call, answer: Answer) => void;
}

type Request = IncomingMessage | Http2ServerRequest;

/** What the responses of both versions of HTTP have in common. */
interface Response {
  readonly destroyed: boolean;
  /** Said rather than sent. */
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  writeHead(status: number, headers: Headers): unknown;
  /** Over HTTP/2, `writeHead` sends. */
  flushHeaders?(): void;
  write(chunk: Uint8Array, sent: () => void): boolean;
  end(): unknown;
  on(event: 'error', listener: () => void): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** Ends the connection that a request came over, in no order. */
type Disconnect = (how: 'close' | 'reset') => void;

/** Longer bodies are refused, as etcd would: 1.5 MiB and some for the wrapping. */
const MAX_BODY = 3 * 1024 * 1024;

/** Sockets on one side, {@link Call} and {@link Answer} on the other. */
export async function listenHttp({ host, port, tls, handle }: HttpOptions): Promise<Listening> {
  const on = (request: Request, response: Response): void => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const socket = sockets.get(request.socket.remotePort ?? 0);
    receive(request, response, handle, (how) => {
      if (how === 'close') socket?.destroy();
      else socket?.resetAndDestroy();
    });
  };
  // HTTP/2 for who can, as kube-apiserver offers it. Node counts streams that are closing, so that clients which keep to 100 need slack.
  const server =
    tls === undefined
      ? createPlain(on)
      : createSecureServer({ ...tls, allowHTTP1: true, settings: { maxConcurrentStreams: 250 } }, on);
  /** By the client's port. */
  const sockets = new Map<number, Socket>();
  // Connections come in through a listener of its own, which can be closed and opened while they go on.
  const listeners = new Set<Server>();
  const listener = (): Server => {
    const made = createServer({ noDelay: true }, (socket) => {
      const { remotePort = 0 } = socket;
      sockets.set(remotePort, socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(remotePort));
      server.emit('connection', socket);
    });
    listeners.add(made);
    return made.on('close', () => listeners.delete(made));
  };
  let listening: Server | undefined = listener();
  await listen(listening, host, port);
  const actual = (listening.address() as AddressInfo).port;

  const refuse = (): void => {
    if (listening?.listening === true) listening.close();
    listening = undefined;
  };
  const cut = (): void => {
    for (const socket of sockets.values()) socket.resetAndDestroy();
  };
  const accept = async (made: Server, before: Promise<void>): Promise<void> => {
    await before.catch(() => undefined);
    try {
      await listen(made, host, actual);
      // Refused again meanwhile.
      if (listening !== made) made.close();
    } catch (error) {
      listeners.delete(made);
      if (listening === made) listening = undefined;
      throw error;
    }
  };
  let accepting = Promise.resolve();
  return {
    port: actual,
    refuse,
    accept: async () => {
      if (listening === undefined) {
        listening = listener();
        accepting = accept(listening, accepting);
      }
      await accepting;
    },
    cut,
    close: async () => {
      refuse();
      await accepting.catch(() => undefined);
      const closed = [...sockets.values(), ...listeners].map(
        (one) => new Promise((resolve) => void one.once('close', resolve)),
      );
      cut();
      await Promise.all(closed);
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function receive(request: Request, response: Response, handle: HttpOptions['handle'], disconnect: Disconnect): void {
  const { method = 'GET', url = '/', headers } = request;
  const answer = new HttpAnswer(request, response, disconnect);
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  };
  if (method === 'GET' || method === 'HEAD') return handle({ method, url, header, body: '' }, answer);
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_BODY) chunks.push(chunk);
  });
  request.on('end', () => {
    if (size <= MAX_BODY) return handle({ method, url, header, body: Buffer.concat(chunks).toString() }, answer);
    answer.head(413, { 'content-type': 'text/plain' });
    answer.end();
  });
}

class HttpAnswer implements Answer {
  readonly #request: Request;
  readonly #response: Response;
  readonly #disconnect: Disconnect;
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  #sending = 0;
  #gzip = false;
  #ended = false;
  #cutting: 'stream' | 'connection' | undefined;

  constructor(request: Request, response: Response, disconnect: Disconnect) {
    this.#request = request;
    this.#response = response;
    this.#disconnect = disconnect;
  }

  get backlog(): number {
    return this.#waiting + this.#sending;
  }

  onClose(callback: () => void): void {
    this.#response.once('close', callback);
  }

  head(status: number, headers: Headers): void {
    if (this.#isGone) return;
    this.#gzip = headers['content-encoding'] === 'gzip';
    this.#response.writeHead(status, headers);
    // A list's body follows at once; of a watch, it may be an hour until there is one.
    process.nextTick(() => {
      if (!this.#isGone && !this.#ended) this.#response.flushHeaders?.();
    });
  }

  /** What is written in one go leaves as one chunk. */
  write(chunk: Uint8Array): void {
    if (this.#chunks.push(chunk) === 1) process.nextTick(() => this.#flush());
    this.#waiting += chunk.length;
  }

  end(): void {
    this.#flush();
    this.#ended = true;
    if (!this.#isGone) this.#response.end();
  }

  cut(what: 'stream' | 'connection'): void {
    this.#flush();
    this.#cutting = what;
    if (this.#sending > 0) return;
    if (this.#response.headersSent && !this.#isGone) this.#response.flushHeaders?.();
    this.#cutNow();
  }

  #flush(): void {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#waiting = 0;
    if (bytes === undefined || bytes.length === 0 || this.#isGone) return;
    this.#sending += bytes.length;
    this.#response.write(this.#gzip ? gzipSync(bytes, { level: 1 }) : bytes, () => {
      this.#sending -= bytes.length;
      if (this.#sending === 0 && this.#cutting !== undefined) this.#cutNow();
    });
  }

  #cutNow(): void {
    const { headersSent } = this.#response;
    // Over HTTP/1.1 a stream is its connection, and a reset would take with it what the client has not read yet.
    if (!('stream' in this.#request)) return this.#disconnect(headersSent ? 'close' : 'reset');
    const { stream } = this.#request;
    if (this.#cutting === 'stream') return stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    // When a ping is answered, all that went before it has arrived.
    const pinged = headersSent && !stream.destroyed && stream.session?.ping(() => this.#disconnect('reset'));
    if (pinged !== true) this.#disconnect('reset');
  }

  get #isGone(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }
}

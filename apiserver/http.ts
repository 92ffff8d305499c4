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
  readonly writableEnded: boolean;
  writeHead(status: number, headers: Headers): unknown;
  /** Over HTTP/2, `writeHead` sends. */
  flushHeaders?(): void;
  write(chunk: Uint8Array, sent: () => void): boolean;
  end(): unknown;
  on(event: 'error', listener: () => void): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** Longer bodies are refused, as etcd would: 1.5 MiB and some for the wrapping. */
const MAX_BODY = 3 * 1024 * 1024;

/** Sockets on one side, {@link Call} and {@link Answer} on the other. */
export async function listenHttp({ host, port, tls, handle }: HttpOptions): Promise<Listening> {
  const on = (request: Request, response: Response): void => {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    receive(request, response, handle, () => sockets.get(request.socket.remotePort ?? 0)?.resetAndDestroy());
  };
  // HTTP/2 for who can, as kube-apiserver offers it. Node counts streams that are closing, so that clients which keep to 100 need slack.
  const server =
    tls === undefined
      ? createPlain(on)
      : createSecureServer({ ...tls, allowHTTP1: true, settings: { maxConcurrentStreams: 250 } }, on);
  /** By the client's port. */
  const sockets = new Map<number, Socket>();
  // Connections come in through a listener of its own, which can be closed and opened while they go on.
  const listener = (): Server =>
    createServer({ noDelay: true }, (socket) => {
      const { remotePort = 0 } = socket;
      sockets.set(remotePort, socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(remotePort));
      server.emit('connection', socket);
    });
  let listening: Server | undefined = listener();
  await listen(listening, host, port);
  const actual = (listening.address() as AddressInfo).port;

  const refuse = (): void => {
    listening?.close();
    listening = undefined;
  };
  const cut = (): void => {
    for (const socket of sockets.values()) socket.resetAndDestroy();
  };
  return {
    port: actual,
    refuse,
    accept: async () => {
      if (listening !== undefined) return;
      listening = listener();
      await listen(listening, host, actual);
    },
    cut,
    close: async () => {
      const closed = listening === undefined ? undefined : new Promise((resolve) => listening?.once('close', resolve));
      refuse();
      cut();
      await closed;
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

function receive(request: Request, response: Response, handle: HttpOptions['handle'], reset: () => void): void {
  const { method = 'GET', url = '/', headers } = request;
  const answer = new HttpAnswer(request, response, reset);
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
  readonly #reset: () => void;
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  #sending = 0;
  #gzip = false;
  #ended = false;
  #cutting: 'stream' | 'connection' | undefined;

  /** @param reset resets the connection that the request came over */
  constructor(request: Request, response: Response, reset: () => void) {
    this.#request = request;
    this.#response = response;
    this.#reset = reset;
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
    if (this.#sending === 0) this.#cutNow();
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
    // Over HTTP/1.1 a stream is its connection.
    if (this.#cutting === 'stream' && 'stream' in this.#request)
      this.#request.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    else this.#reset();
  }

  get #isGone(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }
}

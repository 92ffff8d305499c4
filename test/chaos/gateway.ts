import { once } from 'node:events';
import {
  connect,
  constants,
  createSecureServer,
  type ClientHttp2Session,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Cluster } from '../real/cluster.ts';
import { freePort } from '../real/ports.ts';

export interface Seen {
  readonly at: number;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly isWatch: boolean;
}

/** What is done about a request instead of passing it on as it is. */
export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The response is passed on up to so many bytes, then the stream is reset, or ended as if that were all. */
  | { readonly resetAfter: number }
  | { readonly endAfter: number }
  /** Another query. */
  | { readonly query: URLSearchParams };

export type Rule = (seen: Seen) => Answer | undefined;

/** What a proxy says that wants somebody to sign in. */
export const HTML = '<!doctype html><html><body><h1>Please sign in</h1></body></html>';

/** A Status of the API server. */
export function status(code: number, reason: string, retryAfter?: number): Answer & { readonly status: number } {
  return {
    status: code,
    headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
    body: JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      message: `${reason} by a test`,
      reason,
      code,
      ...(retryAfter !== undefined && { details: { retryAfterSeconds: retryAfter } }),
    }),
  };
}

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR } = constants;

/** What stands between a client and an API server and understands HTTP: a load balancer, a proxy that wants a login. HTTP/2 and TLS. */
export class Gateway implements AsyncDisposable {
  readonly url: string;
  /** Lists and watches, not the questions for liveness. */
  readonly seen: Seen[] = [];
  /** How often a rule was applied to the end. */
  applied = 0;
  rule: Rule | undefined;
  readonly #target: string;
  readonly #ca: string;
  readonly #server: Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #streams = new Set<ServerHttp2Stream>();

  private constructor(cluster: Cluster, port: number) {
    this.#target = cluster.url;
    this.#ca = cluster.ca;
    this.url = `https://127.0.0.1:${port}`;
    const { cert, key } = cluster.authority.issue({
      name: 'gateway',
      usage: 'server',
      hosts: ['localhost', '127.0.0.1'],
    });
    this.#server = createSecureServer({ cert, key });
    this.#server.on('session', (session) => this.#accept(session));
    this.#server.on('sessionError', () => undefined);
  }

  static async start(cluster: Cluster): Promise<Gateway> {
    const port = await freePort();
    const gateway = new Gateway(cluster, port);
    gateway.#server.listen(port, '127.0.0.1');
    await once(gateway.#server, 'listening');
    return gateway;
  }

  /** Resets every open response. */
  reset(): void {
    for (const stream of this.#streams) stream.close(NGHTTP2_INTERNAL_ERROR);
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    this.#server.close();
    await Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #accept(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    let upstream: ClientHttp2Session | undefined;
    const reach = (): ClientHttp2Session => {
      if (upstream === undefined || upstream.closed || upstream.destroyed) {
        upstream = connect(this.#target, { ca: this.#ca });
        // What fails is noticed by each of its streams.
        upstream.on('error', () => undefined);
      }
      return upstream;
    };
    session.on('error', () => undefined);
    session.on('close', () => {
      this.#sessions.delete(session);
      upstream?.destroy();
    });
    session.on('stream', (stream, headers) => this.#serve(stream, headers, reach));
  }

  #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, reach: () => ClientHttp2Session): void {
    this.#streams.add(stream);
    stream.on('close', () => this.#streams.delete(stream));
    stream.on('error', () => undefined);
    const [path = '/', search = ''] = String(headers[':path']).split('?');
    const query = new URLSearchParams(search);
    const seen: Seen = { at: Date.now(), path, query, isWatch: query.has('watch') };
    let answer: Answer | undefined;
    if (path !== '/version') {
      this.seen.push(seen);
      answer = this.rule?.(seen);
    }
    if (answer && 'status' in answer) {
      this.applied++;
      stream.respond({ ':status': answer.status, 'content-type': 'application/json', ...answer.headers });
      stream.end(answer.body ?? '');
      return;
    }
    const asked = answer && 'query' in answer ? answer.query : query;
    if (answer && 'query' in answer) this.applied++;
    this.#forward(stream, headers, asked.size === 0 ? path : `${path}?${String(asked)}`, reach(), answer);
  }

  #forward(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    path: string,
    upstream: ClientHttp2Session,
    answer: Answer | undefined,
  ): void {
    const request = upstream.request({
      ...withoutPseudo(headers),
      ':path': path,
      ':method': String(headers[':method']),
    });
    let left =
      answer && 'resetAfter' in answer
        ? answer.resetAfter
        : answer && 'endAfter' in answer
          ? answer.endAfter
          : Infinity;
    // Closed comes before destroyed: in between, whatever is said to it throws.
    const isOver = (): boolean => stream.destroyed || stream.closed || stream.writableEnded;
    request.on('response', (response) => {
      if (!isOver()) stream.respond({ ...withoutPseudo(response), ':status': response[':status'] ?? 502 });
    });
    request.on('data', (chunk: Buffer) => {
      if (isOver()) return;
      const part = chunk.subarray(0, Math.min(chunk.length, left));
      left -= part.length;
      stream.write(part);
      if (left > 0) return;
      this.applied++;
      request.close(NGHTTP2_CANCEL);
      if (answer && 'endAfter' in answer) stream.end();
      else setImmediate(() => stream.close(NGHTTP2_INTERNAL_ERROR));
    });
    request.on('end', () => {
      if (!isOver() && request.rstCode === 0) stream.end();
    });
    request.on('error', () => {
      if (isOver()) return;
      if (stream.headersSent) stream.close(NGHTTP2_INTERNAL_ERROR);
      else {
        stream.respond({ ':status': 502, 'content-type': 'text/html' });
        stream.end('<html><body><h1>502 Bad Gateway</h1></body></html>');
      }
    });
    stream.on('close', () => request.close(NGHTTP2_CANCEL));
    request.end();
  }
}

function withoutPseudo(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':') && name !== 'host'));
}

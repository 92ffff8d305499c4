import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, type Dispatcher } from 'undici';
import type { Configuration } from './configuration.ts';

/** No single wait is longer: a case that hangs says where. */
const PATIENCE = 20_000;

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A server that the cases are run against. */
export interface Server {
  readonly configuration: Configuration;
  readonly http: Http;
  /** A file, as JSON, whose current context is an administrator. */
  readonly kubeconfigPath: string;
  /** Ends without a word to the open watches, and begins again with the same objects. */
  restart(): Promise<void>;
  /** Forgets what was before this resourceVersion, by default before the newest. */
  compact(revision?: string): Promise<void>;
  close(): Promise<void>;
}

export interface Access {
  readonly url: string;
  readonly ca: string | undefined;
  readonly token: string;
}

/** Sends requests as they are, and hands back what came, whatever its status. */
export class Http {
  readonly #access: Access;
  #pool: Pool;

  constructor(access: Access) {
    this.#access = access;
    this.#pool = this.#newPool();
  }

  async exchange(request: Request): Promise<Answer> {
    const { statusCode, headers, body } = await this.#send(request, AbortSignal.timeout(PATIENCE));
    return { status: statusCode, headers: single(headers), text: await body.text() };
  }

  async stream(request: Request): Promise<Stream> {
    const abort = new AbortController();
    const opening = setTimeout(() => {
      abort.abort(new Error(`no answer to ${request.path} within ${PATIENCE} ms`));
    }, PATIENCE);
    try {
      const { statusCode, headers, body } = await this.#send(request, abort.signal);
      return new Stream(request.path, statusCode, single(headers), body, abort);
    } finally {
      clearTimeout(opening);
    }
  }

  /** The server was restarted: its connections are of no more use. */
  async reconnect(): Promise<void> {
    const old = this.#pool;
    this.#pool = this.#newPool();
    await old.destroy();
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #newPool(): Pool {
    const { url, ca } = this.#access;
    return new Pool(url, { allowH2: false, bodyTimeout: 0, connect: ca === undefined ? {} : { ca } });
  }

  async #send({ method, path, headers, body }: Request, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    return this.#pool.request({
      method,
      path,
      headers: without({ authorization: `Bearer ${this.#access.token}`, accept: 'application/json', ...headers }),
      body: body ?? null,
      signal,
    });
  }
}

/** The lines of an answer that goes on. */
export class Stream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly lines: string[] = [];
  /** `closed`: as HTTP says it should be; `broken`: the connection went. */
  end: 'open' | 'closed' | 'broken' = 'open';
  /** What came after the last line. */
  rest = '';
  readonly #path: string;
  readonly #abort: AbortController;
  #wake = (): void => undefined;

  constructor(
    path: string,
    status: number,
    headers: Readonly<Record<string, string>>,
    body: Dispatcher.ResponseData['body'],
    abort: AbortController,
  ) {
    this.status = status;
    this.headers = headers;
    this.#path = path;
    this.#abort = abort;
    void this.#read(body);
  }

  /** Waits until there is such a line, or so many of them, or the end. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!holds()) {
      if (Date.now() > deadline) {
        const frames = this.lines.map((line) => `\n  ${line}`).join('');
        throw new Error(`${this.#path}: not within ${PATIENCE} ms: ${what}; ${this.end}, with:${frames}`);
      }
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      await Promise.race([woken, sleep(100)]);
    }
  }

  abort(): void {
    this.#abort.abort();
  }

  async #read(body: Dispatcher.ResponseData['body']): Promise<void> {
    try {
      for await (const chunk of body.setEncoding('utf8') as AsyncIterable<string>) {
        const lines = (this.rest + chunk).split('\n');
        this.rest = lines.pop() ?? '';
        this.lines.push(...lines);
        this.#wake();
      }
      this.end = 'closed';
    } catch {
      this.end = 'broken';
    }
    this.#wake();
  }
}

/** An empty header is one that is left out. */
function without(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
}

/** No header that matters here comes twice. */
function single(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value ?? []].flat().join(', ')]));
}

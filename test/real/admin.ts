import { Pool } from 'undici';

/** As much of an object as these helpers look at. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name?: string;
    readonly generateName?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface List<T = KubeObject> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

export interface WatchEvent<T = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

export interface Status {
  readonly kind: 'Status';
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
}

export type Query = Readonly<Record<string, string | number | boolean>>;

class ApiError extends Error {
  readonly code: number;
  readonly status: Status | undefined;

  constructor(request: string, code: number, body: string) {
    const status = parseStatus(body);
    super(`${request}: ${String(code)} ${status?.message ?? body.slice(0, 200)}`);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
  }
}

export interface Access {
  readonly url: string;
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
  /** Asked before every request: credentials may change meanwhile. */
  headers(): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** Talks to the API as JSON by path: `/api/v1/namespaces/default/configmaps` and the like. It never retries. */
export class Admin {
  readonly #pool: Pool;
  readonly #access: Access;
  readonly #prefix: string;

  constructor(access: Access) {
    const { origin, pathname } = new URL(access.url);
    const { ca, cert, key, servername, rejectUnauthorized } = access;
    this.#access = access;
    this.#prefix = pathname.replace(/\/$/, '');
    this.#pool = new Pool(origin, {
      allowH2: false,
      bodyTimeout: 0,
      connect: Object.fromEntries(
        Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(([, value]) => value !== undefined),
      ),
    });
  }

  get<T = KubeObject>(path: string, query?: Query): Promise<T> {
    return this.#json('GET', path, { query });
  }

  list<T = KubeObject>(path: string, query?: Query): Promise<List<T>> {
    return this.#json('GET', path, { query });
  }

  /** Posts to the path of the collection, or of a subresource. */
  create<T = KubeObject>(path: string, object: unknown, query?: Query): Promise<T> {
    return this.#json('POST', path, { query, body: object });
  }

  update<T = KubeObject>(path: string, object: unknown, query?: Query): Promise<T> {
    return this.#json('PUT', path, { query, body: object });
  }

  patch<T = KubeObject>(
    path: string,
    patch: unknown,
    type: keyof typeof PATCH_TYPES = 'merge',
    query?: Query,
  ): Promise<T> {
    return this.#json('PATCH', path, { query, body: patch, contentType: PATCH_TYPES[type] });
  }

  /** Deletes an object, or the objects of a collection. */
  delete<T = KubeObject | Status>(path: string, options?: unknown, query?: Query): Promise<T> {
    return this.#json('DELETE', path, { query, body: options });
  }

  /** The body as it came. */
  async text(path: string, query?: Query): Promise<string> {
    const { body } = await this.#request('GET', path, { query });
    return body.text();
  }

  async *watch<T = KubeObject>(path: string, query: Query = {}, signal?: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const { body } = await this.#request('GET', path, { query: { ...query, watch: true }, signal });
    let rest = '';
    for await (const chunk of body.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield JSON.parse(line) as WatchEvent<T>;
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #json<T>(method: Method, path: string, options: RequestOptions): Promise<T> {
    const { body } = await this.#request(method, path, options);
    return (await body.json()) as T;
  }

  async #request(method: Method, path: string, { query = {}, body, contentType, signal }: RequestOptions) {
    const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
    const response = await this.#pool.request({
      method,
      path: this.#prefix + path + (search === '' ? '' : `?${search}`),
      headers: {
        ...(await this.#access.headers()),
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    });
    if (response.statusCode < 400) return response;
    throw new ApiError(`${method} ${path}`, response.statusCode, await response.body.text());
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface RequestOptions {
  readonly query?: Query | undefined;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

function parseStatus(body: string): Status | undefined {
  try {
    const value = JSON.parse(body) as Partial<Status> | null;
    return value?.kind === 'Status' ? (value as Status) : undefined;
  } catch {
    return undefined;
  }
}

/** Calls `work` for 0 … count − 1, so many at a time; the first failure stops the rest. */
export async function times<T>(count: number, work: (index: number) => Promise<T>, concurrency = 64): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      try {
        results[index] = await work(index);
      } catch (error) {
        next = count;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
  return results;
}

import { WatchError } from '../errors.js';
import type { Attempt } from '../protocol/messages.js';
import type { HttpClient, HttpRequest, HttpResponse } from './request.js';

/** Names and values of request headers. */
export type FetchHeaders = Readonly<Record<string, string>>;

export interface FetchClientOptions {
  /** An absolute URL, or a path on the page's own origin: `/k8s`. Without credentials, query and fragment. */
  readonly url: string;
  /** Sent with every request; a function is asked before each one, and learns whether the last credentials were refused. Default: none. */
  readonly headers?: FetchHeaders | ((attempt: Attempt) => FetchHeaders | Promise<FetchHeaders>);
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
}

/**
 * Reaches an API server, or a proxy before one, with `fetch`: what a browser has. A connection cannot be chosen with it, so an attempt
 * on a fresh one is as any other.
 *
 * @throws RangeError when `url` is neither an absolute URL nor a path.
 */
export function fetchClient({ url, headers = {}, fetch: own }: FetchClientOptions): HttpClient {
  const base = baseOf(url);

  const request = async ({ path, accept, attempt, signal }: HttpRequest): Promise<HttpResponse> => {
    const extra = typeof headers === 'function' ? await obtained(headers, attempt) : headers;
    const response = await (own ?? fetch)(`${base}${path}${path.includes('?') ? '&' : '?'}${NOT_PRETTY}`, {
      headers: headersOf(extra, accept),
      signal,
      // Neither kept nor waited for: one cache makes several requests for one URL wait for each other.
      cache: 'no-store',
      // A login page is not an answer, and our headers are not for whoever we are sent to.
      redirect: 'manual',
    });
    return {
      // What a browser shows of a redirect is no status at all.
      status: response.type === 'opaqueredirect' ? 302 : response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      body: { [Symbol.asyncIterator]: () => chunksOf(response.body) },
    };
  };

  return { id: base || '/', request, breathe };
}

/** A server indents its answers for anything that calls itself a browser, unless told otherwise. */
const NOT_PRETTY = 'pretty=false';

function baseOf(url: string): string {
  // None of the messages quotes it, as it may have credentials in it.
  const absolute = URL.canParse(url) ? new URL(url) : undefined;
  const valid = absolute === undefined ? /^\/(?!\/)[^?#\s]*$/.test(url) : /^https?:$/.test(absolute.protocol);
  if (!valid) throw new RangeError("url must be an absolute http(s) URL or a path such as '/k8s'");
  if (absolute !== undefined && (absolute.username !== '' || absolute.password !== '')) {
    throw new RangeError('url must not contain credentials: `headers` is for them');
  }
  if (/[?#]/.test(url)) throw new RangeError('url must have neither a query nor a fragment');
  return url.replace(/\/+$/, '');
}

async function obtained(
  headers: Exclude<FetchClientOptions['headers'], FetchHeaders | undefined>,
  attempt: Attempt,
): Promise<FetchHeaders> {
  try {
    return await headers(attempt);
  } catch (cause) {
    if (cause instanceof WatchError) throw cause;
    throw new WatchError('the headers of the request could not be obtained', { kind: 'credentials', cause });
  }
}

function headersOf(extra: FetchHeaders, accept: string): Headers {
  try {
    const headers = new Headers(extra);
    headers.set('accept', accept);
    return headers;
  } catch {
    // The error itself quotes the value: a token, most likely.
    throw new WatchError('the headers of the request are not valid', { kind: 'credentials' });
  }
}

/** By its reader, as not every browser iterates a stream. */
function chunksOf(body: ReadableStream<Uint8Array> | null): AsyncIterator<Uint8Array> {
  const reader = body?.getReader();
  return {
    next: async () => {
      const { done, value } = (await reader?.read()) ?? { done: true };
      return done ? { done, value: undefined } : { done, value };
    },
    return: async () => {
      await reader?.cancel();
      return { done: true, value: undefined };
    },
  };
}

/**
 * A message to oneself is a task like any other: timers and sockets come first that were there first. `scheduler.yield()` would go on
 * before them, and a timer in a page that nobody looks at waits for a second or a minute.
 */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

import { WatchError } from '../errors.js';
import type { Attempt } from '../protocol/messages.js';
import type { HttpClient, HttpRequest, HttpResponse } from './request.js';
import { StreamLimit } from './stream-limit.js';

/** Names and values of request headers. */
export type FetchHeaders = Readonly<Record<string, string>>;

/** How {@link fetchCluster} reaches an API server. */
export interface FetchClientOptions {
  /** An absolute URL, or a path on the page's own origin: `/k8s`. Without credentials, query and fragment. */
  readonly url: string;
  /** Sent with every request; a function is asked before each one, and learns whether the last credentials were refused. Default: none. */
  readonly headers?: FetchHeaders | ((attempt: Attempt) => FetchHeaders | Promise<FetchHeaders>);
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /**
   * Watches that are open at once, ≥ 1. More of them take turns: each is open for 12 s, resumes from where it was when it is its turn again,
   * and has changes told late. Those that had to wait say so with a `warning` observation. Lists are not counted, and neither are other
   * clients and other tabs. Default: 5 in a browser where `url` is plain http, or belongs to a page that came over HTTP/1.1, as browsers
   * have six connections to such a server and what comes next hangs; `Infinity` otherwise.
   */
  readonly streamsAtOnce?: number;
}

/**
 * Reaches an API server, or a proxy before one, with `fetch`: what a browser has. A connection cannot be chosen with it, so an attempt
 * on a fresh one is as any other.
 *
 * @param turn milliseconds, of {@link StreamLimit}
 * @throws RangeError when `url` is neither an absolute URL nor a path, or `streamsAtOnce` no number of streams.
 */
export function fetchClient(
  { url, headers = {}, fetch: own, streamsAtOnce = streamsOf(url) }: FetchClientOptions,
  turn?: number,
): HttpClient {
  const base = baseOf(url);
  if (streamsAtOnce !== Infinity && !(Number.isInteger(streamsAtOnce) && streamsAtOnce >= 1)) {
    throw new RangeError(`streamsAtOnce must be a whole number ≥ 1 or Infinity, got ${String(streamsAtOnce)}`);
  }

  const request = async ({ path, accept, verb, attempt, signal }: HttpRequest): Promise<HttpResponse> => {
    const extra = typeof headers === 'function' ? await obtained(headers, attempt) : headers;
    const response = await (own ?? fetch)(`${base}${path}${path.includes('?') ? '&' : '?'}${NOT_PRETTY}`, {
      headers: headersOf(extra, accept, verb),
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

  const streams = streamsAtOnce === Infinity ? undefined : new StreamLimit(streamsAtOnce, turn);
  return { id: base || '/', request, streams, breathe };
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

/** One of the six connections is left for lists. */
const HTTP1_STREAMS = 5;

/** What can be known before the first request. Only pages and their workers have a location; browsers speak HTTP/2 only over TLS. */
function streamsOf(url: string): number {
  if (typeof location === 'undefined' || !URL.canParse(url, location.href)) return Infinity;
  const { protocol, origin } = new URL(url, location.href);
  if (protocol === 'http:') return HTTP1_STREAMS;
  // A test environment may have a location and no timings.
  if (origin !== location.origin || typeof performance.getEntriesByType !== 'function') return Infinity;
  const [page] = performance.getEntriesByType('navigation');
  const isHttp1 = page instanceof PerformanceResourceTiming && page.nextHopProtocol.startsWith('http/1');
  return isHttp1 ? HTTP1_STREAMS : Infinity;
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

function headersOf(extra: FetchHeaders, accept: string, verb: HttpRequest['verb']): Headers {
  try {
    const headers = new Headers(extra);
    headers.set('accept', accept);
    // A streaming list may come as one gzip member a flush, of which Chromium reads the first alone, and Firefox not all (D9). A page cannot
    // say what it accepts, but for a range no `fetch` accepts compression, and API servers know no ranges.
    if (verb === 'watch') headers.set('range', 'bytes=0-');
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

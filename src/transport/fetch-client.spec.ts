import { endWith, map, merge, mergeMap, range, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { customResource } from '../kind.js';
import type { WatchParams } from '../protocol/messages.js';
import { fetchClient, type FetchClientOptions } from './fetch-client.js';
import { httpResourceApi } from './http-api.js';
import type { HttpRequest } from './request.js';

const request: HttpRequest = {
  path: '/api/v1/pods?watch=true',
  accept: 'application/json',
  verb: 'watch',
  attempt: {},
  signal: new AbortController().signal,
};

function answering(response: Response = new Response('')): ReturnType<typeof vi.fn<typeof fetch>> {
  return vi.fn<typeof fetch>(() => Promise.resolve(response));
}

describe('where it asks', () => {
  it.each([
    ['/k8s', '/k8s/api/v1/pods?watch=true&pretty=false', '/k8s'],
    ['/k8s/', '/k8s/api/v1/pods?watch=true&pretty=false', '/k8s'],
    ['/', '/api/v1/pods?watch=true&pretty=false', '/'],
    ['https://k8s:6443', 'https://k8s:6443/api/v1/pods?watch=true&pretty=false', 'https://k8s:6443'],
    [
      'https://host/k8s/clusters/c1/',
      'https://host/k8s/clusters/c1/api/v1/pods?watch=true&pretty=false',
      'https://host/k8s/clusters/c1',
    ],
  ])('%s', async (url, expected, id) => {
    const fetch = answering();
    const client = fetchClient({ url, fetch });
    expect(client.id).toBe(id);
    await client.request(request);
    expect(fetch.mock.calls[0]?.[0]).toBe(expected);
  });

  it('asks for compact answers, which browsers do not get by themselves', async () => {
    const fetch = answering();
    await fetchClient({ url: '/', fetch }).request({ ...request, path: '/api/v1/pods' });
    expect(fetch.mock.calls[0]?.[0]).toBe('/api/v1/pods?pretty=false');
  });

  it.each([
    'k8s',
    '',
    '//host/k8s',
    'ftp://host',
    'https://user:canary@host',
    '/k8s?token=canary',
    'https://host/#canary',
  ])('refuses %s without quoting it', (url) => {
    expect(() => fetchClient({ url })).toThrow(RangeError);
    expect(() => fetchClient({ url })).toThrow(/^url must (?!.*canary)/);
  });

  it('uses the fetch of the moment', async () => {
    const client = fetchClient({ url: '/' });
    const fetch = answering();
    vi.stubGlobal('fetch', fetch);
    await client.request(request);
    vi.unstubAllGlobals();
    expect(fetch).toHaveBeenCalledOnce();
  });
});

describe('how it asks', () => {
  const init = async (options: Partial<FetchClientOptions>, more: Partial<HttpRequest> = {}): Promise<RequestInit> => {
    const fetch = answering();
    await fetchClient({ url: '/k8s', fetch, ...options }).request({ ...request, ...more });
    return fetch.mock.calls[0]?.[1] ?? {};
  };

  it('can be aborted, is not cached and follows no redirect', async () => {
    expect(await init({})).toMatchObject({ signal: request.signal, cache: 'no-store', redirect: 'manual' });
  });

  it.each([
    ['an object', { authorization: 'Bearer x' }],
    ['a function', () => ({ authorization: 'Bearer x' })],
    ['an asynchronous function', () => Promise.resolve({ Authorization: 'Bearer x' })],
  ])('with headers from %s', async (_, headers) => {
    const sent = new Headers((await init({ headers })).headers);
    expect(Object.fromEntries(sent)).toMatchObject({ accept: 'application/json', authorization: 'Bearer x' });
  });

  it('D9 has no watch compressed, by asking for a range from the beginning, and any list', async () => {
    expect(new Headers((await init({}, { verb: 'watch' })).headers).get('range')).toBe('bytes=0-');
    expect(new Headers((await init({}, { verb: 'list' })).headers).has('range')).toBe(false);
  });

  it('asks for headers at each request, and says whether they have to be new', async () => {
    const headers = vi.fn(() => ({}));
    const client = fetchClient({ url: '/', headers, fetch: answering() });
    await client.request(request);
    await client.request({ ...request, attempt: { refreshCredentials: true } });
    expect(headers.mock.calls).toEqual([[{}], [{ refreshCredentials: true }]]);
  });

  it('headers that cannot be obtained are a matter of credentials', async () => {
    const cause = new Error('logged out');
    const headers = (): Promise<never> => Promise.reject(cause);
    await expect(fetchClient({ url: '/', headers }).request(request)).rejects.toMatchObject({
      kind: 'credentials',
      cause,
    });
  });

  it('headers that are not valid are not quoted', async () => {
    const error: unknown = await fetchClient({ url: '/', headers: { authorization: 'Bearer ca\nnary' } })
      .request(request)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'credentials' });
    expect((error as Error).cause).toBeUndefined();
    expect(String((error as Error).stack)).not.toContain('nary');
  });
});

describe('what it answers', () => {
  const ask = (response: Response): ReturnType<ReturnType<typeof fetchClient>['request']> =>
    fetchClient({ url: '/', fetch: answering(response) }).request(request);

  it('has status, headers and body', async () => {
    const answer = await ask(new Response('é', { status: 403, headers: { 'Retry-After': '1' } }));
    expect([answer.status, answer.header('retry-after'), answer.header('none')]).toEqual([403, '1', undefined]);
    const chunks: number[] = [];
    for await (const chunk of answer.body) chunks.push(...chunk);
    expect(chunks).toEqual([0xc3, 0xa9]);
  });

  it('a redirect is one, though a browser does not show which', async () => {
    const response = new Response(null);
    Object.defineProperties(response, { type: { value: 'opaqueredirect' }, status: { value: 0 } });
    expect((await ask(response)).status).toBe(302);
  });

  it('no body is an empty one', async () => {
    const { body } = await ask(new Response(null, { status: 204 }));
    for await (const chunk of body) expect.unreachable(String(chunk));
  });

  it('a body that is left is cancelled', async () => {
    const cancel = vi.fn();
    const { body } = await ask(new Response(new ReadableStream({ pull: (c) => c.enqueue(Uint8Array.of(1)), cancel })));
    const chunks = body[Symbol.asyncIterator]();
    await chunks.next();
    await chunks.return?.();
    expect(cancel).toHaveBeenCalledOnce();
  });
});

describe('streams at once', () => {
  const Pods = customResource()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });
  const plain: WatchParams = { resourceVersion: '7', timeoutSeconds: 300 };
  const list: WatchParams = { resourceVersion: '', timeoutSeconds: 1800, sendInitialEvents: true };

  /** A server that accepts every watch and leaves it open; what it was asked, and what became of the streams. */
  const accepting = (chunk = '') => {
    const cancelled = vi.fn();
    const body = (): ReadableStream =>
      new ReadableStream({ start: (c) => c.enqueue(new TextEncoder().encode(chunk)), cancel: cancelled });
    const headers = { 'content-type': 'application/json' };
    const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.resolve(new Response(body(), { headers })));
    return { fetch, cancelled };
  };
  const watching = (options: FetchClientOptions, params: WatchParams, times: number): [unknown[], Subscription] => {
    const api = httpResourceApi(fetchClient(options), Pods);
    const seen: unknown[] = [];
    const all = range(1, times).pipe(
      mergeMap((n) =>
        api.watch(params, {}).pipe(
          map(({ type }) => `${String(n)} ${type}`),
          endWith(`${String(n)} ends`),
        ),
      ),
    );
    return [seen, all.subscribe({ next: (what) => seen.push(what), error: (error: unknown) => seen.push(error) })];
  };

  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('no time limit counts the wait for a turn', async () => {
    const { fetch } = accepting();
    const [seen, subscription] = watching({ url: '/', fetch, streamsAtOnce: 2 }, list, 3);
    await vi.advanceTimersByTimeAsync(20 * 60_000);
    expect(seen).toEqual(['1 OPEN', '2 OPEN']);
    expect(fetch).toHaveBeenCalledTimes(2);
    subscription.unsubscribe();
  });

  it('who gives way in the middle of a frame ends as if a server had ended it, and its connection is let go of', async () => {
    const { fetch, cancelled } = accepting('{"type":"ADDED","object":{"kind":"Pod"');
    const [seen, subscription] = watching({ url: '/', fetch, streamsAtOnce: 1 }, plain, 2);
    await vi.advanceTimersByTimeAsync(12_000);
    expect(seen).toEqual(['1 OPEN', '1 ends', '2 OPEN']);
    expect(cancelled).toHaveBeenCalledOnce();
    expect(fetch.mock.calls[0]?.[1]?.signal?.aborted).toBe(true);
    expect(fetch.mock.calls.map(([url]) => /timeoutSeconds=(\d+)/.exec(url as string)?.[1])).toEqual(['300', '12']);
    subscription.unsubscribe();
    expect(fetch.mock.calls[1]?.[1]?.signal?.aborted).toBe(true);
  });

  it('says that it takes turns, with the numbers and what helps', async () => {
    const { fetch } = accepting();
    const api = httpResourceApi(fetchClient({ url: '/', fetch, streamsAtOnce: 1 }), Pods);
    const warnings: unknown[] = [];
    const subscription = merge(api.watch(plain, {}), api.watch(plain, {})).subscribe((frame) => {
      if (frame.type === 'OPEN') warnings.push(frame.warnings);
    });
    await vi.advanceTimersByTimeAsync(12_000);
    expect(warnings).toEqual([
      undefined,
      [expect.stringMatching(/^only 1 watch .*streamsAtOnce.* 12 s .*HTTP\/2.*pauseWhile/)],
    ]);
    subscription.unsubscribe();
  });

  it('lists are not counted', async () => {
    const { fetch } = accepting();
    const api = httpResourceApi(fetchClient({ url: '/', fetch, streamsAtOnce: 1 }), Pods);
    const subscription = merge(api.watch(plain, {}), api.list({}, {}), api.list({}, {})).subscribe();
    await vi.advanceTimersByTimeAsync(0);
    expect(fetch).toHaveBeenCalledTimes(3);
    subscription.unsubscribe();
  });

  it.each([0, -1, 1.5, NaN, -Infinity, '5' as never])('cannot be %s', (streamsAtOnce) => {
    expect(() => fetchClient({ url: '/', streamsAtOnce })).toThrow(
      new RangeError(`streamsAtOnce must be a whole number ≥ 1 or Infinity, got ${String(streamsAtOnce)}`),
    );
  });
});

it('breathes: timers that are due have their turn', async () => {
  const client = fetchClient({ url: '/' });
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  for (const until = performance.now() + 100; performance.now() < until;) await client.breathe();
  clearInterval(timer);
  expect(turns).toBeGreaterThan(1);
});

import { config, Subject, take, takeUntil, type Observable, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WatchError } from '../errors.js';
import { customResource } from '../kind.js';
import { httpResourceApi, type HttpLimits } from './http-api.js';
import type { HttpClient, HttpRequest, HttpResponse } from './request.js';
import type { ResourceApi } from './resource-api.js';
import type { ResourceOptions } from './url.js';

const Pods = customResource()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });
const params = { resourceVersion: '7', timeoutSeconds: 300 };
const utf8 = new TextEncoder();

const metadata = { name: 'a', uid: 'u', resourceVersion: '8' };
const ADDED = `${JSON.stringify({ type: 'ADDED', object: { kind: 'Pod', apiVersion: 'v1', metadata } })}\n`;
const added = { type: 'ADDED', object: { kind: 'Pod', apiVersion: 'v1', metadata } };
const ERROR = '{"type":"ERROR","object":{"kind":"Status","message":"too old","reason":"Expired","code":410}}\n';
const LIST = JSON.stringify({
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '9' },
  items: [{ metadata }],
});
const page = { kind: 'PodList', resourceVersion: '9', continue: undefined, items: [added.object] };

/** The server's side of one request: answered and fed by the test, and it remembers how it was treated. */
class Exchange {
  readonly request: HttpRequest;
  readonly answered: PromiseWithResolvers<HttpResponse> = Promise.withResolvers();
  returned = 0;
  #waiting: PromiseWithResolvers<IteratorResult<Uint8Array, undefined>> | undefined;
  readonly #queue: (string | Uint8Array | Error | undefined)[] = [];

  constructor(request: HttpRequest) {
    this.request = request;
  }

  respond(status = 200, headers: Record<string, string> = { 'content-type': 'application/json' }): this {
    const iterator: AsyncIterator<Uint8Array, undefined> = {
      next: () => {
        this.#waiting = Promise.withResolvers();
        const { promise } = this.#waiting;
        this.#flush();
        return promise;
      },
      return: () => {
        this.returned += 1;
        // As streams do, which the client has no use for: it must neither wait for it nor trip over it.
        return Promise.reject(new Error('returning failed'));
      },
    };
    this.answered.resolve({
      status,
      header: (name) => headers[name],
      body: { [Symbol.asyncIterator]: () => iterator },
    });
    return this;
  }

  /** A text or bytes are a chunk, an error breaks the body, undefined ends it. */
  send(...parts: (string | Uint8Array | Error | undefined)[]): this {
    this.#queue.push(...parts);
    this.#flush();
    return this;
  }

  #flush(): void {
    if (this.#waiting === undefined || this.#queue.length === 0) return;
    const part = this.#queue.shift();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (part instanceof Error) waiting.reject(part);
    else if (part === undefined) waiting.resolve({ done: true, value: undefined });
    else waiting.resolve({ done: false, value: typeof part === 'string' ? utf8.encode(part) : part });
  }
}

class Server implements HttpClient {
  readonly id = 'https://k8s';
  readonly exchanges: Exchange[] = [];
  readonly breathe = vi.fn(() => Promise.resolve());

  request(request: HttpRequest): Promise<HttpResponse> {
    const exchange = new Exchange(request);
    this.exchanges.push(exchange);
    return exchange.answered.promise;
  }

  get last(): Exchange {
    const exchange = this.exchanges.at(-1);
    if (exchange === undefined) throw new Error('nothing was asked');
    return exchange;
  }
}

let server: Server;
const stopped = vi.fn();

const api = (options: ResourceOptions = { namespace: 'default' }, limits: HttpLimits = {}): ResourceApi =>
  httpResourceApi(server, Pods, options, limits);

/** Lets every promise settle that can. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

interface Log {
  readonly seen: unknown[];
  subscription: Subscription;
}
function record(source: Observable<unknown>): Log {
  const seen: unknown[] = [];
  const subscription = source.subscribe({
    next: (value: unknown) => seen.push(value),
    error: (error: unknown) => seen.push(error),
    complete: () => seen.push('complete'),
  });
  return { seen, subscription };
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  stopped.mockClear();
  config.onStoppedNotification = stopped;
});

afterEach(async () => {
  // What a subscriber leaves behind: no timer, no notification after the end (F13). A rejection that nobody heard fails the run.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  await new Promise((resolve) => setTimeout(resolve));
  config.onStoppedNotification = null;
  expect(stopped).not.toHaveBeenCalled();
});

describe('list', () => {
  it('is cold, asks for a page, emits it and completes', async () => {
    const list = api().list({ limit: 500 }, { freshConnection: true });
    expect(server.exchanges).toHaveLength(0);
    const { seen } = record(list);
    expect(server.last.request).toMatchObject({
      path: '/api/v1/namespaces/default/pods?limit=500',
      accept: 'application/json',
      verb: 'list',
      attempt: { freshConnection: true },
    });
    server.last.respond().send(LIST.slice(0, 50), LIST.slice(50), undefined);
    await settle();
    expect(seen).toEqual([page, 'complete']);
    expect(server.last.request.signal.aborted).toBe(false);
  });

  it('makes one request a subscription', async () => {
    const list = api().list({}, {});
    const [first, second] = [record(list), record(list)];
    for (const exchange of server.exchanges) exchange.respond().send(LIST, undefined);
    await settle();
    expect(server.exchanges).toHaveLength(2);
    expect([first.seen, second.seen]).toEqual([
      [page, 'complete'],
      [page, 'complete'],
    ]);
  });

  it('asks for metadata, or for JSON of a server that cannot', async () => {
    const { seen } = record(api({ metadataOnly: true }).list({}, {}));
    expect(server.last.request.accept).toBe(
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
    );
    server.last.respond().send(LIST, undefined);
    await settle();
    expect(seen[0]).toMatchObject({ kind: 'PodList', items: [{ apiVersion: 'v1', kind: 'Pod', metadata }] });
  });

  it.each([
    [
      'B12 a list cut short',
      ['{"kind":"PodList","items":[', undefined],
      { kind: 'connection' },
      'the list was cut short',
    ],
    ['a body that breaks', ['{"kind":', new Error('terminated')], { kind: 'connection' }, 'terminated'],
    ['malformed JSON', ['{"kind":canary}', undefined], { kind: 'decode' }, 'an answer that is not a list'],
    ['an empty 200', [undefined], { kind: 'gateway', code: 200 }, 'not an answer of an API server'],
    ['a blank 200', ['\n', undefined], { kind: 'gateway', code: 200 }, 'not an answer of an API server'],
    ['a Status in its place', ['{"kind":"Status","message":"no"}', undefined], { kind: 'status' }, 'no'],
  ])('%s is an error', async (_, parts, expected, words) => {
    const { seen } = record(api().list({}, {}));
    server.last.respond().send(...parts);
    await settle();
    expect(seen).toMatchObject([{ name: 'WatchError', ...expected }]);
    expect(String(seen[0])).toContain(`WatchError: list pods in namespace "default": ${words}`);
  });

  it('a list larger than the limit is given up on when it gets there', async () => {
    const { seen } = record(api({}, { maxListBytes: 100 }).list({}, {}));
    server.last.respond().send('x'.repeat(60), 'x'.repeat(60));
    await settle();
    expect(seen).toMatchObject([
      { kind: 'decode', message: 'list pods in all namespaces: a list of more than 100 bytes' },
    ]);
    expect(server.last.request.signal.aborted).toBe(true);
    expect(server.last.returned).toBe(1);
  });

  it('L42 waits 65 s for the headers', async () => {
    const { seen } = record(api().list({}, {}));
    await vi.advanceTimersByTimeAsync(64_999);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen).toMatchObject([
      { kind: 'timeout', message: 'list pods in namespace "default": no answer within 65 s' },
    ]);
    expect(server.last.request.signal.aborted).toBe(true);
  });

  it('L42 waits 90 s from one chunk to the next', async () => {
    const { seen } = record(api().list({}, {}));
    server.last.respond().send(LIST.slice(0, 10));
    await vi.advanceTimersByTimeAsync(89_999);
    server.last.send(LIST.slice(10, 20));
    await vi.advanceTimersByTimeAsync(89_999);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen).toMatchObject([
      { kind: 'timeout', message: 'list pods in namespace "default": the list fell silent for 90 s' },
    ]);
    expect(server.last.request.signal.aborted).toBe(true);
    expect(server.last.returned).toBe(1);
  });
});

describe('watch', () => {
  it('is cold, says that it is open, then its frames, and completes when the server closes', async () => {
    const watch = api().watch(params, { refreshCredentials: true });
    expect(server.exchanges).toHaveLength(0);
    const { seen } = record(watch);
    expect(server.last.request).toMatchObject({
      path: '/api/v1/namespaces/default/pods?watch=true&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=300',
      accept: 'application/json',
      verb: 'watch',
      attempt: { refreshCredentials: true },
    });
    server.last.respond();
    await settle();
    expect(seen).toEqual([{ type: 'OPEN' }]);
    server.last.send(ADDED + ADDED.slice(0, 20), ADDED.slice(20, -1), undefined);
    await settle();
    expect(seen).toEqual([{ type: 'OPEN' }, added, added, 'complete']);
    expect(server.last.request.signal.aborted).toBe(false);
  });

  it('asks for metadata and reduces what comes', async () => {
    const { seen } = record(api({ metadataOnly: true }).watch(params, {}));
    expect(server.last.request.accept).toBe(
      'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
    );
    const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    server.last
      .respond()
      .send(
        `${JSON.stringify({ type: 'ADDED', object: partial })}\n`,
        `${JSON.stringify({ type: 'ADDED', object: { kind: 'Pod', apiVersion: 'v1', metadata, spec: {} } })}\n`,
        `${JSON.stringify({ type: 'BOOKMARK', object: { ...partial, metadata: { resourceVersion: '9' } } })}\n`,
        undefined,
      );
    await settle();
    expect(seen.slice(1)).toEqual([
      added,
      added,
      { type: 'BOOKMARK', kind: 'Pod', resourceVersion: '9', initialEventsEnd: false },
      'complete',
    ]);
  });

  it('E11 an ERROR frame is the last one, and the request is let go of', async () => {
    const { seen } = record(api().watch(params, {}));
    server.last.respond().send(ERROR + ADDED);
    await settle();
    expect(seen).toMatchObject([{ type: 'OPEN' }, { type: 'ERROR', error: { code: 410 } }, 'complete']);
    expect(server.last.request.signal.aborted).toBe(true);
    expect(server.last.returned).toBe(1);
  });

  it.each([
    ['D5 a frame that is none', ['nonsense\n'], { kind: 'decode' }, true],
    ['D3 a tail', ['{"type":', undefined], { kind: 'connection' }, false],
    ['F3 a reset', [Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })], { kind: 'connection' }, true],
    ['an error of the client', [new WatchError('the path is dead', { kind: 'timeout' })], { kind: 'timeout' }, true],
  ])('%s is an error, after what came before', async (_, parts, expected, aborted) => {
    const { seen } = record(api().watch(params, {}));
    server.last.respond().send(ADDED, ...parts);
    await settle();
    expect(seen).toMatchObject([{ type: 'OPEN' }, added, { name: 'WatchError', ...expected }]);
    expect(server.last.request.signal.aborted).toBe(aborted);
  });

  it('D4 a frame larger than the limit is given up on when it gets there', async () => {
    const { seen } = record(api({}, { maxFrameBytes: 50 }).watch(params, {}));
    server.last.respond().send(ADDED.slice(0, 60));
    await settle();
    expect(seen.at(-1)).toMatchObject({
      kind: 'decode',
      message: 'watch pods in all namespaces: a frame of more than 50 bytes',
    });
    expect(server.last.request.signal.aborted).toBe(true);
  });

  it('waits 30 s for the headers, and for frames as long as it takes', async () => {
    const late = record(api().watch(params, {}));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(late.seen).toMatchObject([
      { kind: 'timeout', message: 'watch pods in namespace "default": no answer within 30 s' },
    ]);
    const quiet = record(api().watch(params, {}));
    server.last.respond();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(quiet.seen).toEqual([{ type: 'OPEN' }]);
    quiet.subscription.unsubscribe();
  });

  it('F14 an answer that comes after the time limit is let go of', async () => {
    const { seen } = record(api().watch(params, {}));
    await vi.advanceTimersByTimeAsync(30_000);
    server.last.respond().send(ADDED);
    await settle();
    expect(seen).toHaveLength(1);
    expect(server.last.returned).toBe(1);
  });

  it('F2 breathes when it has been decoding for 8 ms, in the middle of a chunk too', async () => {
    const { seen } = record(api().watch(params, {}).pipe(take(100)));
    server.last.respond();
    await settle();
    const spy = vi.spyOn(performance, 'now');
    let now = 0;
    spy.mockImplementation(() => (now += 1));
    const breath = Promise.withResolvers<undefined>();
    server.breathe.mockReturnValueOnce(breath.promise);
    server.last.send(ADDED.repeat(20));
    await settle();
    expect(seen).toHaveLength(1 + 8);
    breath.resolve(undefined);
    await settle();
    expect(seen).toHaveLength(1 + 20);
    expect(server.breathe).toHaveBeenCalledTimes(2);
    spy.mockRestore();
    server.last.send(undefined);
    await settle();
  });
});

describe('a refusal', () => {
  const status = '{"kind":"Status","message":"no","reason":"Forbidden","code":403}';

  it('has the words of its body', async () => {
    const { seen } = record(api().watch(params, {}));
    server.last.respond(403).send(status.slice(0, 9), status.slice(9), undefined);
    await settle();
    expect(seen).toMatchObject([
      { kind: 'status', code: 403, message: 'watch pods in namespace "default": no (403 Forbidden)' },
    ]);
  });

  it.each([
    ['breaks', [status.slice(0, 9), new Error('reset')]],
    ['is endless', ['x'.repeat(40_000), 'x'.repeat(40_000)]],
  ])('is one all the same when its body %s', async (_, parts) => {
    const { seen } = record(api().list({}, {}));
    server.last.respond(403).send(...parts);
    await settle();
    expect(seen).toMatchObject([{ kind: 'status', code: 403, status: undefined }]);
    expect(server.last.request.signal.aborted).toBe(true);
  });

  it('is one all the same when its body hangs for 10 s', async () => {
    const { seen } = record(api().list({}, {}));
    server.last.respond(503, { 'retry-after': '3' });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(seen).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen).toMatchObject([{ kind: 'gateway', code: 503, retryAfter: 3000 }]);
    expect(server.last.request.signal.aborted).toBe(true);
  });

  it('C16 a page in place of JSON is a gateway, and is not read', async () => {
    const watch = record(api().watch(params, {}));
    server.last.respond(200, { 'content-type': 'text/html' }).send('<html>canary');
    await settle();
    expect(watch.seen).toMatchObject([{ kind: 'gateway', code: 200 }]);
    expect(server.last.returned).toBe(1);
  });

  it.each([
    [
      'a rejection',
      new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
      { kind: 'connection', message: 'list pods in namespace "default": fetch failed: connect ECONNREFUSED' },
    ],
    [
      'a failure to get credentials',
      new WatchError('no token', { kind: 'credentials' }),
      { kind: 'credentials', message: 'list pods in namespace "default": no token' },
    ],
  ])('%s of the client is an error of the watch', async (_, error, expected) => {
    const { seen } = record(api().list({}, {}));
    server.last.answered.reject(error);
    await settle();
    expect(seen).toMatchObject([expected]);
  });

  it('so is a client that throws', async () => {
    server.request = () => {
      throw new Error('no socket');
    };
    const { seen } = record(api().list({}, {}));
    await settle();
    expect(seen).toMatchObject([{ kind: 'connection', message: 'list pods in namespace "default": no socket' }]);
  });
});

describe('F13 unsubscribing', () => {
  it.each(['list', 'watch'] as const)(
    'before the headers aborts a %s, and what comes later is nobody’s',
    async (verb) => {
      const { seen, subscription } = record(verb === 'list' ? api().list({}, {}) : api().watch(params, {}));
      subscription.unsubscribe();
      expect(server.last.request.signal.aborted).toBe(true);
      server.last.answered.reject(new DOMException('This operation was aborted', 'AbortError'));
      await settle();
      expect(seen).toEqual([]);
    },
  );

  it.each(['list', 'watch'] as const)('F14 lets go of the answer to a %s that comes all the same', async (verb) => {
    const { seen, subscription } = record(verb === 'list' ? api().list({}, {}) : api().watch(params, {}));
    subscription.unsubscribe();
    server.last.respond().send(verb === 'list' ? LIST : ADDED, undefined);
    await settle();
    expect(seen).toEqual([]);
    expect(server.last.returned).toBe(1);
  });

  it.each(['list', 'watch'] as const)('while the body of a %s is awaited', async (verb) => {
    const { seen, subscription } = record(verb === 'list' ? api().list({}, {}) : api().watch(params, {}));
    server.last.respond();
    await settle();
    seen.length = 0;
    subscription.unsubscribe();
    expect(server.last.request.signal.aborted).toBe(true);
    expect(server.last.returned).toBe(1);
    server.last.send(new Error('terminated'));
    await settle();
    expect(seen).toEqual([]);
  });

  it('while the body of a refusal is awaited', async () => {
    const { seen, subscription } = record(api().list({}, {}));
    server.last.respond(500);
    await settle();
    subscription.unsubscribe();
    server.last.send('x', undefined);
    await settle();
    expect(seen).toEqual([]);
    expect(server.last.request.signal.aborted).toBe(true);
  });

  it('when the stream opens', async () => {
    const { seen } = record(api().watch(params, {}).pipe(take(1)));
    server.last.respond().send(ADDED);
    await settle();
    expect(seen).toEqual([{ type: 'OPEN' }, 'complete']);
    expect(server.last.request.signal.aborted).toBe(true);
  });

  it('in the middle of a chunk: the rest is not decoded', async () => {
    const { seen } = record(api().watch(params, {}).pipe(take(3)));
    server.last.respond().send(`${ADDED.repeat(2)}nonsense\n`);
    await settle();
    expect(seen).toEqual([{ type: 'OPEN' }, added, added, 'complete']);
    expect(server.last.request.signal.aborted).toBe(true);
    expect(server.last.returned).toBe(1);
  });

  it('while it breathes', async () => {
    const stop = new Subject<void>();
    const { seen } = record(api().watch(params, {}).pipe(takeUntil(stop)));
    server.breathe.mockImplementation(() => {
      stop.next();
      return Promise.resolve();
    });
    const spy = vi.spyOn(performance, 'now');
    let now = 0;
    spy.mockImplementation(() => (now += 10));
    server.last.respond().send(ADDED.repeat(5));
    await settle();
    spy.mockRestore();
    expect(seen).toEqual([{ type: 'OPEN' }, added, 'complete']);
    expect(server.last.returned).toBe(1);
  });
});

describe('a bug', () => {
  it('of a consumer is not taken for an error of the transport', async () => {
    const reported = vi.fn();
    config.onUnhandledError = reported;
    const bug = new Error('bug');
    const seen: unknown[] = [];
    api()
      .watch(params, {})
      .subscribe({
        next: (frame) => {
          seen.push(frame);
          throw bug;
        },
        error: (error: unknown) => seen.push(error),
        complete: () => seen.push('complete'),
      });
    server.last.respond().send(ADDED, undefined);
    await settle();
    await vi.runAllTimersAsync();
    config.onUnhandledError = null;
    expect(seen).toEqual([{ type: 'OPEN' }, added, 'complete']);
    expect(reported.mock.calls).toEqual([[bug], [bug]]);
  });

  it('of ours passes through as it is', async () => {
    const bug = new Error('bug');
    server.breathe.mockRejectedValue(bug);
    const spy = vi.spyOn(performance, 'now');
    let now = 0;
    spy.mockImplementation(() => (now += 10));
    const { seen } = record(api().watch(params, {}));
    server.last.respond().send(ADDED);
    await settle();
    spy.mockRestore();
    expect(seen.at(-1)).toBe(bug);
    expect(server.last.request.signal.aborted).toBe(true);
  });
});

it('options that name nothing are refused before anything is asked', () => {
  expect(() => api({ namespace: '' })).toThrow(RangeError);
});

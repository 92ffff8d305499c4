import {
  interval,
  lastValueFrom,
  map,
  mergeMap,
  range,
  repeat,
  Subject,
  take,
  takeUntil,
  tap,
  timeout,
  toArray,
  type Observable,
} from 'rxjs';
import { Agent, fetch as undiciFetch } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startApiServer, type ApiServer } from '../apiserver/index.js';
import { createCluster, customResource, watch$, type Cluster, type WatchEvent } from '../src/index.js';
import type { ListPage } from '../src/protocol/messages.js';
import { fetchClient } from '../src/transport/fetch-client.js';

// A browser has six connections to a server over HTTP/1.1.

const ConfigMaps = customResource()({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' });
const list = (cluster: Cluster): Observable<ListPage> => cluster.resource(ConfigMaps).api.list({}, {});
/** The events of so many watches; what each calls `from` is its number. */
const watches = (cluster: Cluster, count: number): Observable<WatchEvent> =>
  range(1, count).pipe(mergeMap((n) => watch$(cluster.resource(ConfigMaps), { as: String(n) })));

describe('eight watches over six connections', () => {
  const counter = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'counter', namespace: 'default' } };

  let server: ApiServer;
  let connections: Agent;

  beforeEach(async () => {
    server = await startApiServer({ tls: false, objects: [{ ...counter, data: { n: '' } }] });
    connections = new Agent({ connections: 6 });
  });
  afterEach(async () => {
    // Waits for every request that is still there.
    await connections.close();
    await server.close();
  });

  const clusterOf = (streamsAtOnce: number): Cluster => {
    const headers = { authorization: `Bearer ${server.token}` };
    const fetch: typeof globalThis.fetch = async (url, { headers, signal = null } = {}) => {
      const sent = Object.fromEntries(new Headers(headers));
      const answer = await undiciFetch(url as string, { headers: sent, signal, dispatcher: connections });
      const body = answer.body as ReadableStream | null;
      return new Response(body, { status: answer.status, headers: Object.fromEntries(answer.headers) });
    };
    // Turns as short as they can be with a bookmark before the end of each.
    return createCluster(fetchClient({ url: server.url, headers, fetch, streamsAtOnce }, 3_000));
  };

  it('hang, and so does every list, if all may be open', async () => {
    const cluster = clusterOf(Infinity);
    const listed = new Set<string>();
    const subscription = watches(cluster, 8).subscribe(({ type, from }) => type === 'initDone' && listed.add(from));
    await vi.waitFor(() => expect(listed.size).toBe(6));
    const answer = lastValueFrom(list(cluster).pipe(timeout(500)), { defaultValue: undefined });
    await expect(answer).rejects.toThrow('Timeout');
    expect(listed.size).toBe(6);
    subscription.unsubscribe();
  });

  it(
    'are told all changes, exactly once, if five may be open, and lists are answered',
    { timeout: 40_000 },
    async () => {
      const cluster = clusterOf(5);
      const seen = new Map<string, WatchEvent[]>();
      const noted = tap((event: WatchEvent) => seen.set(event.from, [...(seen.get(event.from) ?? []), event]));
      const subscription = watches(cluster, 8).pipe(noted).subscribe();
      const over = new Subject<undefined>();
      const lists = list(cluster).pipe(timeout(1_000), repeat({ delay: 50 }), takeUntil(over), toArray());
      const listing = lastValueFrom(lists, { defaultValue: [] });

      const writes = interval(50).pipe(
        take(160),
        map((n) => server.patch(counter, { data: { n: String(n) } }).metadata.resourceVersion),
        toArray(),
      );
      const written = await lastValueFrom(writes, { defaultValue: [] });
      await vi.waitFor(
        () => {
          for (const events of seen.values()) expect(versionsOf(events).at(-1)).toBe(written.at(-1));
        },
        { timeout: 20_000 },
      );
      over.next(undefined);

      expect((await listing).length).toBeGreaterThan(50);
      expect(seen.size).toBe(8);
      for (const events of seen.values()) {
        const [listedAt] = events.flatMap((event) =>
          event.type === 'initDone' ? [Number(event.resourceVersion)] : [],
        );
        expect(versionsOf(events)).toEqual(written.filter((version) => Number(version) > (listedAt ?? 0)));
        expect(events.filter(({ type }) => type === 'init' || type === 'interrupted')).toHaveLength(1);
        expect(events.filter(({ type }) => type === 'live').length).toBeGreaterThan(0);
      }
      // Some of them are open now, and some wait.
      subscription.unsubscribe();
    },
  );

  function versionsOf(events: readonly WatchEvent[]): readonly string[] {
    return events.flatMap((event) => (event.type === 'apply' ? [event.object.metadata.resourceVersion] : []));
  }
});

describe('of seven watches, at once are open', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  const http = 'http://host/app/';
  const https = 'https://host/app/';
  it.each<[number, string, string | undefined, string, string | undefined]>([
    [7, 'in Node', undefined, 'http://k8s', undefined],
    [5, 'in a page over http, by a path', http, '/k8s', undefined],
    [5, 'in a page over http, of a server over http', http, 'http://k8s:8001', undefined],
    [7, 'in a page over http, of a server over https', http, 'https://k8s', 'http/1.1'],
    [5, 'in a page over https, of this computer', https, 'http://localhost:8001', 'h2'],
    [7, 'in a page over HTTP/2', https, '/k8s', 'h2'],
    [7, 'in a page over HTTP/3', https, '/k8s', 'h3'],
    [5, 'in a page over https and HTTP/1.1', https, '/k8s', 'http/1.1'],
    [5, 'the same, by its absolute URL', https, 'https://host/k8s', 'http/1.1'],
    [7, 'in a page over HTTP/1.1, of another server', https, 'https://k8s', 'http/1.1'],
    [7, 'in a page that a service worker made', https, '/k8s', ''],
    [7, 'in a worker, which has no page, over https', https, '/k8s', undefined],
    [5, 'in a worker over http', http, '/k8s', undefined],
    [7, 'in a worker made of a blob', 'blob:http://host/1', '/k8s', undefined],
  ])('%d %s', (expected, _, href, url, nextHopProtocol) => {
    const properties = { nextHopProtocol: { value: nextHopProtocol } };
    const page = Object.create(PerformanceResourceTiming.prototype, properties) as PerformanceEntry;
    vi.spyOn(performance, 'getEntriesByType').mockReturnValue(nextHopProtocol === undefined ? [] : [page]);
    if (href !== undefined) vi.stubGlobal('location', new URL(href));
    const fetch = vi.fn<typeof globalThis.fetch>(() => new Promise(() => undefined));
    const subscription = watches(createCluster(fetchClient({ url, fetch })), 7).subscribe();
    expect(fetch).toHaveBeenCalledTimes(expected);
    subscription.unsubscribe();
  });

  it('7 where there is a location, as in a page, and no timings', () => {
    vi.stubGlobal('location', new URL(https));
    vi.stubGlobal('performance', {});
    expect(fetchClient({ url: '/k8s' }).streams).toBeUndefined();
  });
});

import { getActiveResourcesInfo } from 'node:process';
import { interval, lastValueFrom, map, takeUntil, timer, toArray } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
import { startApiServer } from '../../apiserver/index.js';
import { customResource, watch$, type WatchEvent, type WatchOptions } from '../../src/index.js';
import { connect } from '../../src/node/index.js';

/**
 * Watches of which nothing is heard, in real time: over HTTP/2, with the bookmarks of the server (one a minute), the server's own timeouts,
 * Node's and undici's time limits, TCP keepalive and the sign of life of the connection.
 */
const MINUTES = Number(process.env['MINUTES'] ?? 10);
const DURATION = MINUTES * 60_000;

const ConfigMaps = customResource()({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' });
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } };

it(
  `a quiet watch neither lists nor connects again for ${String(MINUTES)} min, but for the server's own timeout`,
  { timeout: DURATION + 60_000 },
  async () => {
    await using server = await startApiServer({ objects: [configMap] });
    const from = server.resourceVersion;
    const cluster = connect({ kubeconfig: server.kubeconfigPath });
    const watching = (options: WatchOptions): WatchEvent[] => {
      const events: WatchEvent[] = [];
      const subscription = watch$(cluster.resource(ConfigMaps), options).subscribe((event) => events.push(event));
      onTestFinished(() => subscription.unsubscribe());
      return events;
    };
    // A streaming list goes on as a watch of half an hour; whoever begins at a resourceVersion has the common four to eight minutes.
    const listed = watching({});
    const resumed = watching({ resourceVersion: from });
    // Both ends of each connection are in this process.
    const connections = interval(1_000).pipe(
      map(() => getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length / 2),
      takeUntil(timer(DURATION)),
      toArray(),
    );
    expect(new Set(await lastValueFrom(connections, { defaultValue: [] }))).toEqual(new Set([1]));

    const types = (events: readonly WatchEvent[]): string[] => events.map(({ type }) => type);
    const quiet = (events: readonly WatchEvent[]): string[] => types(events).filter((type) => type !== 'bookmark');
    const bookmarks = (events: readonly WatchEvent[]): number => events.length - quiet(events).length;
    expect(quiet(listed)).toEqual(['init', 'initApply', 'initDone']);
    const asked = server.requests.filter(({ verb }) => verb === 'watch');
    const resumptions = asked.length - 2;
    expect(quiet(resumed)).toEqual(Array<string>(resumptions + 1).fill('live'));
    expect(resumptions).toBeGreaterThanOrEqual(Math.floor(MINUTES / 8.01));
    expect(resumptions).toBeLessThanOrEqual(Math.floor(MINUTES / 4));
    expect(bookmarks(listed)).toBeGreaterThanOrEqual(MINUTES - 1);
    expect(server.requests.filter(({ verb }) => verb === 'list')).toEqual([]);

    // And they are alive: what happens now is told.
    server.patch(configMap, { data: { changed: 'yes' } });
    await expect.poll(() => [listed, resumed].map((events) => types(events).includes('apply'))).toEqual([true, true]);
  },
);

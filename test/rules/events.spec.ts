import { filter, map, ReplaySubject } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../apiserver/index.js';
import { changes } from '../../operators/changes.js';
import { mapObjects } from '../../operators/map-objects.js';
import { snapshots } from '../../operators/snapshots.js';
import type { WatchEvent } from '../../src/events.js';
import { connect } from '../../src/node/index.js';
import { watch$ } from '../../src/watch.js';
import {
  asked,
  bookmark,
  ConfigMaps,
  configMap,
  firstOf,
  follow,
  frame,
  MARKER,
  named,
  served,
  serverWith,
  status,
  wire,
  closeScene,
} from './scene.js';

// What the frames of a watch mean, and of a streaming list.

afterEach(closeScene);

const labelled = (name: string, app: string): ReturnType<typeof configMap> =>
  configMap(name, { metadata: { name, namespace: 'default', labels: { app } } });

describe('the position', () => {
  it.each<[string, (server: Awaited<ReturnType<typeof serverWith>>) => unknown, string]>([
    ['E1 of ADDED', (server) => server.create(configMap('b')), 'apply b'],
    ['E1 of MODIFIED', (server) => server.patch(named('a'), { data: { x: '1' } }), 'apply a'],
    [
      'E1, E2 of DELETED, which has the resourceVersion of the deletion',
      (server) => server.delete(named('a')),
      'delete a',
    ],
  ])('%s is where the next watch begins', async (_, write, line) => {
    const server = await serverWith('a');
    const { until, events, accepted } = follow(server);
    await until('initDone');
    write(server);
    await until(line);
    server.cut();
    await accepted('watch', 2);
    expect(asked(server)).toEqual(['stream ""', `watch ${server.resourceVersion}`]);
    expect(events.at(3)).toMatchObject({ object: { metadata: { resourceVersion: server.resourceVersion } } });
  });

  it('E7, E8, L9 of a bookmark counts too, though nothing matched: a quiet watch does not grow old', async () => {
    const clock = new ManualClock();
    const server = await serverWith('', { clock, history: 3 });
    const { until, lines } = follow(server);
    await until('initDone');
    for (let n = 0; n < 9; n++)
      server.create(configMap(`other${n}`, { metadata: { name: `o${n}`, namespace: 'other' } }));
    clock.advance(61_000);
    await until('bookmark');
    server.cut();
    server.create(configMap('b'));
    await until('apply b');
    expect(lines.filter((line) => line.startsWith('init '))).toEqual(['init start']);
    expect(asked(server).at(-1)).toBe(`watch ${Number(server.resourceVersion) - 1}`);
    expect(lines.filter((line) => /apply|delete/i.test(line))).toEqual(['apply b']);
  });
});

it('E3 an object that leaves the selector is a `delete`, though it exists; one that enters is an `apply`', async () => {
  const server = await serverWith('', { objects: [labelled('a', 'web'), labelled('b', 'db')] });
  const { lines, until } = follow(server, { of: { labels: { app: 'web' } } });
  await until('initDone');
  server.patch(named('a'), { metadata: { labels: { app: 'db' } } });
  server.patch(named('b'), { metadata: { labels: { app: 'web' } } });
  await until('apply b');
  expect(lines).toEqual(['init start', 'initApply a', 'initDone', 'delete a', 'apply b']);
  expect(server.get(named('a'))).toBeDefined();
});

it('E4 a frame that comes twice is said once', async () => {
  const server = await serverWith('a');
  const { lines, until } = follow(server);
  await until('initDone');
  server.inject({ fault: 'duplicate', frame: 1, verb: 'watch' });
  server.cut();
  server.create(configMap('b'));
  server.create(configMap('c'));
  await until('apply c');
  expect(lines.slice(4)).toEqual(['live', 'apply b', 'apply c']);
});

it('E5, L23 an object that was deleted and created again during a gap is another one', async () => {
  const server = await serverWith('a');
  const told: string[] = [];
  const events = new ReplaySubject<WatchEvent>(Infinity);
  events.pipe(changes()).subscribe(({ type, object }) => told.push(`${type} ${object.metadata.uid}`));
  const { until } = follow(server, { first: (event) => events.next(event) });
  await until('initDone');
  const uids = [server.get(named('a'))?.metadata.uid];
  server.inject({ fault: 'error', verb: 'watch' });
  server.cut();
  server.delete(named('a'));
  uids.push(server.create(configMap('a')).metadata.uid);
  await until('initDone', 2);
  expect(told).toEqual([`added ${uids[0]}`, `deleted ${uids[0]}`, `added ${uids[1]}`]);
});

it('E6 the order is that of the server, over all objects, across a broken connection', async () => {
  const server = await serverWith('a b c');
  const { lines, until } = follow(server);
  await until('initDone');
  const written: string[] = [];
  for (let n = 0; n < 60; n++) {
    const name = 'abc'.charAt((n * 7) % 3);
    server.patch(named(name), { data: { n: String(n) } });
    written.push(`apply ${name}`);
    if (n === 30) server.cut();
  }
  await until('apply a', 20);
  server.create(configMap('end'));
  await until('apply end');
  expect(lines.slice(4).filter((line) => line.startsWith('apply '))).toEqual([...written, 'apply end']);
});

it('E9, H4 records no position before the marker: initial objects come in the order of their names', async () => {
  const server = await serverWith('b c a');
  server.patch(named('a'), { data: { newest: 'of all' } });
  server.inject({ fault: 'cut', verb: 'watch', at: { frames: 2 } });
  const { lines, until } = follow(server);
  await until('initDone');
  expect(asked(server)).toEqual(['stream ""', 'stream ""']);
  expect(lines).toEqual([
    ...['init start', 'initApply a', 'initApply b', 'interrupted connection'],
    ...['init restart', 'initApply a', 'initApply b', 'initApply c', 'initDone'],
  ]);
});

it('E11, F14 after an ERROR frame the request is let go of, although the server leaves it open', async () => {
  const gone = Promise.withResolvers<undefined>();
  const { cluster } = await served((_, response) => {
    response.on('close', () => gone.resolve(undefined));
    const error = JSON.parse(status(500, 'InternalError')) as unknown;
    response.writeHead(200, { 'content-type': 'application/json' }).write(frame('ERROR', error));
  });
  await follow(cluster).until('interrupted 500');
  await gone.promise;
});

describe('a streaming list', () => {
  it('H1 asks for bookmarks and the match, and goes on as the watch (H3)', async () => {
    const server = await serverWith('a');
    const { until, lines } = follow(server);
    await until('initDone');
    server.create(configMap('b'));
    await until('apply b');
    expect(Object.fromEntries(server.requests[0]?.query ?? [])).toEqual({
      watch: 'true',
      resourceVersion: '',
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '1800',
    });
    expect(lines).toEqual(['init start', 'initApply a', 'initDone', 'apply b']);
    expect(asked(server)).toHaveLength(1);
  });

  it('H2, H3, H9 ends with the annotation that says "true"; what comes before it belongs to the list', async () => {
    const { cluster } = await served((_, response) => {
      const others = { 'k8s.io/initial-events-list-blueprint': 'eyJraW5kIjoiQ29uZmlnTWFwTGlzdCJ9', other: 'true' };
      response.writeHead(200, { 'content-type': 'application/json' });
      for (const text of [
        frame('ADDED', wire('a', '5')),
        frame('ADDED', wire('b', '6')),
        frame('BOOKMARK', bookmark('7', { 'k8s.io/initial-events-end': 'false' })),
        frame('MODIFIED', wire('a', '8')),
        frame('DELETED', wire('b', '9')),
        frame('BOOKMARK', bookmark('10', { ...others, ...MARKER })),
        frame('ADDED', wire('c', '11')),
      ])
        response.write(text);
    });
    const { lines, events, until } = follow(cluster);
    await until('apply c');
    expect(lines).toEqual([
      ...['init start', 'initApply a', 'initApply b', 'initApply a', 'delete b', 'initDone', 'apply c'],
    ]);
    expect(events[5]).toMatchObject({ resourceVersion: '10' });
  });

  it.each([
    ['H5 is begun again where it broke off', { fault: 'cut', at: { frames: 1 } }, 'connection'],
    ['H5 … or was closed', { fault: 'end', at: { frames: 1 } }, 'connection'],
    ['H6 waits out a 503', { fault: 'status', code: 503 }, '503'],
    ['H6 waits out a 429', { fault: 'status', code: 429 }, '429'],
  ] as const)('%s', async (_, fault, interrupted) => {
    const server = await serverWith('a b');
    server.inject({ ...fault, verb: 'watch' });
    const { lines, until } = follow(server);
    await until('initDone');
    expect(asked(server)).toEqual(['stream ""', 'stream ""']);
    expect(lines).toContain(`interrupted ${interrupted}`);
  });

  it('H5 becomes a list of pages after it broke off twice', async () => {
    const server = await serverWith('a b');
    server.inject({ fault: 'end', verb: 'watch', at: { frames: 1 }, times: 2 });
    const { until } = follow(server);
    await until('initDone');
    expect(asked(server).slice(0, 3)).toEqual(['stream ""', 'stream ""', 'list limit=500']);
  });

  it.each([
    ['C13, H6 406', { fault: 'status', code: 406 }],
    ['H6 400', { fault: 'status', code: 400 }],
    ['H6, L37 422', { fault: 'status', code: 422 }],
    [
      'H6 the frame of a server whose etcd cannot',
      {
        fault: 'error',
        code: 500,
        reason: 'InternalError',
        message: 'the required storage feature RequestWatchProgress is disabled',
      },
    ],
  ] as const)('%s: pages at once, without a failure, and for the others of that resource as well', async (_, fault) => {
    const server = await serverWith('a');
    server.inject({ ...fault, verb: 'watch' });
    const cluster = connect({ kubeconfig: server.kubeconfigPath });
    const one = follow(cluster, { retry: undefined });
    await one.until('initDone');
    expect(one.lines).toEqual(['init start', 'initApply a', 'initDone']);
    await follow(cluster, { retry: undefined }).until('initDone');
    expect(asked(server).filter((request) => request.startsWith('stream'))).toHaveLength(1);
  });

  it('H7, W6, L37, F14 of a server that ignores the parameter becomes one of pages, and is let go of', async () => {
    const gone = Promise.withResolvers<undefined>();
    const { server, cluster } = await served(({ path }, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      if (path.includes('sendInitialEvents')) {
        response.on('close', () => gone.resolve(undefined));
        response.write(frame('ADDED', wire('a', '5')));
      } else if (!path.includes('watch=')) {
        const list = { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '9' } };
        response.end(JSON.stringify({ ...list, items: [wire('a', '5')] }));
      }
    });
    const { lines, until } = follow(cluster, { markerLimit: 200 });
    await until('initDone');
    await gone.promise;
    expect(lines).toEqual(['init start', 'initApply a', 'init restart', 'initApply a', 'initDone']);
    expect(server.requests[1]?.path).toContain('limit=500');
  });

  it('F10, B4 is refused in a frame where it asks for the future, and asked for at "" then', async () => {
    const server = await serverWith('a');
    const { until } = follow(server, { freshness: 'any' });
    await until('initDone');
    const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
    const error = frame('ERROR', JSON.parse(status(504, 'Timeout', { details: { causes } })));
    server.inject({ fault: 'error', code: 500, reason: 'StoreReadError', verb: 'watch' });
    server.inject({ fault: 'malformed', text: error, verb: 'watch', request: 2 });
    const at = server.resourceVersion;
    server.cut();
    await until('initDone', 2);
    expect(asked(server).slice(2)).toEqual([`stream "${at}"`, 'stream ""']);
  });

  it('L10 is not repeated by a reconnect: that asks for what happened since', async () => {
    const server = await serverWith('a b');
    const { lines, until } = follow(server);
    await until('initDone');
    server.create(configMap('c'));
    await until('apply c');
    server.endWatches();
    server.create(configMap('d'));
    await until('interrupted connection');
    await until('apply d');
    expect(lines.slice(5)).toEqual(['interrupted connection', 'live', 'apply d']);
  });

  it('H11 is transformed like any other, before anybody keeps its objects', async () => {
    const server = await serverWith('a', { objects: [configMap('a', { data: { large: 'x'.repeat(99) } })] });
    const cluster = connect({ kubeconfig: server.kubeconfigPath });
    const slim = watch$(cluster.resource(ConfigMaps, { namespace: 'default' })).pipe(
      mapObjects(({ metadata }) => ({ metadata, slim: true })),
      snapshots(),
      filter(({ phase }) => phase === 'live'),
      map(({ items }) => items.map((item) => Object.keys(item))),
    );
    expect(await firstOf(slim)).toEqual([['metadata', 'slim']]);
  });
});

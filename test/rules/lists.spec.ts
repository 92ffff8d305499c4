import { map, Subject } from 'rxjs';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { changes } from '../../operators/changes.js';
import type { WatchEvent } from '../../src/events.js';
import {
  asked,
  askedAt,
  configMap,
  follow,
  named,
  served,
  serverWith,
  status,
  wire,
  type ConfigMap,
  closeScene,
} from './scene.js';

// Lists through the whole transport: pages, refusals, and what breaks on the way.

afterAll(closeScene);

const paged = { initialList: 'paged', pageSize: 1 } as const;

it.concurrent('B1, H12 a streaming list and a paged one say the same, type and all', async () => {
  const server = await serverWith('a b c');
  const [streamed, listed] = [follow(server), follow(server, paged)];
  await Promise.all([streamed.until('initDone'), listed.until('initDone')]);
  const objects = ({ events }: typeof listed): unknown[] =>
    events.flatMap((event) => (event.type === 'initApply' ? [event.object] : []));
  expect(objects(listed)).toEqual(server.list('v1', 'ConfigMap', 'default'));
  expect(objects(streamed)).toEqual(objects(listed));
  expect(objects(listed)[0]).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
});

it.concurrent(
  'B2 a token that is too old: the whole list again, in one piece; the token of the 410 is never used',
  async () => {
    const server = await serverWith('a b');
    const body = status(410, 'Expired', { metadata: { continue: 'the-rest-as-it-is-now' } });
    server.inject({ fault: 'status', code: 410, body, contentType: 'application/json', verb: 'list', request: 2 });
    const { lines, until } = follow(server, paged);
    await until('initDone');
    expect(lines).toEqual([
      'init start',
      'initApply a',
      'interrupted 410',
      'init expired',
      'initApply a',
      'initApply b',
      'initDone',
    ]);
    expect(asked(server).slice(0, 3)).toEqual(['list limit=1', 'list limit=1 continue=…', 'list']);
  },
);

it.concurrent.each([
  ['B3 410', status(410, 'Expired'), 410],
  [
    'B4, W10 too large, however long it says to wait',
    status(504, 'Timeout', { details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 30 } }),
    504,
  ],
  [
    'B4 too large, as Kubernetes 1.16 says it',
    status(504, 'Timeout', { message: 'Too large resource version: 9' }),
    504,
  ],
])('%s to the first page: at "" within a second or so', async (_, body, code) => {
  const server = await serverWith('a');
  server.inject({ fault: 'status', code, body, contentType: 'application/json', retryAfter: 30, verb: 'list' });
  const { until } = follow(server, { ...paged, freshness: 'any', retry: undefined });
  await until('initDone');
  expect(asked(server).slice(0, 2)).toEqual(['list limit=1 resourceVersion=0', 'list limit=1']);
  expect(askedAt(server, 2) - askedAt(server, 1)).toBeLessThan(1_500);
});

it.concurrent.each([
  ['B5 429', { fault: 'status', code: 429 }, '429'],
  ['B6 504, the server’s own limit', { fault: 'status', code: 504 }, '504'],
  ['B12 cut short, and closed properly', { fault: 'end', at: { bytes: 150 } }, 'connection'],
  ['B12 reset', { fault: 'cut', at: { bytes: 150 } }, 'connection'],
] as const)('%s in the middle of a list: the same page again', async (_, fault, interrupted) => {
  const server = await serverWith('a b c');
  server.inject({ ...fault, verb: 'list', request: 2 });
  const { lines, until, accepted } = follow(server, paged);
  await until('initDone');
  await accepted('watch');
  expect(lines.slice(0, -1)).toEqual([
    'init start',
    'initApply a',
    `interrupted ${interrupted}`,
    'initApply b',
    'initApply c',
  ]);
  expect(asked(server).slice(0, -1)).toEqual([
    'list limit=1',
    'list limit=1 continue=…',
    'list limit=1 continue=…',
    'list limit=1 continue=…',
  ]);
});

it.concurrent('B5, C7 waits as long as a 429 says, and asks for the same page again', async () => {
  const server = await serverWith('a b');
  server.inject({ fault: 'status', code: 429, retryAfter: 1, verb: 'list', request: 2 });
  await follow(server, paged).until('initDone');
  expect(askedAt(server, 3) - askedAt(server, 2)).toBeGreaterThanOrEqual(999);
});

it.concurrent.each([
  ['a Table', { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: '9' }, items: [], rows: [] }],
  ['a list of another kind', { kind: 'SecretList', apiVersion: 'v1', metadata: { resourceVersion: '9' }, items: [] }],
])('B7 refuses %s, and names both kinds', async (_, list) => {
  const { cluster } = await served((__, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list)),
  );
  const { until, error } = follow(cluster, { ...paged, retry: undefined });
  await until('error decode');
  expect(String(error())).toContain('ConfigMapList');
  expect(String(error())).toContain(list.kind);
});

it.concurrent('B8 a list that breaks changes nothing until one is complete', async () => {
  const server = await serverWith('a b');
  const events = new Subject<WatchEvent<ConfigMap>>();
  const told: string[] = [];
  events
    .pipe(
      changes(),
      map(({ type, object }) => `${type} ${object.metadata.name}`),
    )
    .subscribe((line) => told.push(line));
  const { until } = follow(server, { ...paged, first: (event) => events.next(event) });
  await until('initDone');
  told.length = 0;

  // The first page of the relist is there when the second one is refused.
  server.inject({ fault: 'error', verb: 'watch' });
  server.inject({ fault: 'status', code: 410, verb: 'list', request: 2 });
  server.cut();
  server.delete(named('a'));
  server.create(configMap('c'));
  await until('interrupted 410', 2);
  expect(told).toEqual([]);
  await until('initDone', 2);
  expect(told).toEqual(['deleted a', 'added c']);
});

it.concurrent.each([
  ['B9, L7 []', '[]', 'initDone'],
  ['B9, L7 null', 'null', 'initDone'],
  ['B9 items that are not mentioned', undefined, 'interrupted decode'],
] as const)('%s', async (_, items, expected) => {
  const { cluster } = await served(({ path }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (path.includes('watch=')) return;
    const rest = items === undefined ? '' : `,"items":${items}`;
    response.end(`{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"9"}${rest}}`);
  });
  const { lines, until } = follow(cluster, paged);
  await until(expected);
  expect(lines).toEqual(['init start', expected]);
});

describe.concurrent('B10, W5 unsubscribing aborts the request', () => {
  it.each([1, 2])('of page %i; L12 what came before it was handed out already', async (page) => {
    const gone = Promise.withResolvers<undefined>();
    let lists = 0;
    const { cluster, responses } = await served((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const metadata = { resourceVersion: '9', continue: 'more' };
      const list = JSON.stringify({
        kind: 'ConfigMapList',
        apiVersion: 'v1',
        metadata,
        items: [wire(`page${++lists}`, '1')],
      });
      if (lists < page) response.end(list);
      else {
        response.on('close', () => gone.resolve(undefined));
        response.write(list.slice(0, 20));
      }
    });
    const followed = follow(cluster, paged);
    await vi.waitUntil(() => responses() === page);
    followed.subscription.unsubscribe();
    await gone.promise;
    expect(followed.lines).toEqual(page === 1 ? ['init start'] : ['init start', 'initApply page1']);
  });
});

it.concurrent('L19 an unusual object is handed out as it is, and keeps no other from being seen', async () => {
  const odd = { data: [1, null], status: 'unknown', metadata2: {} };
  const { cluster } = await served((_, response) => {
    const items = [wire('a', '1'), wire('odd', '2', odd), wire('z', '3')];
    const list = { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '9' }, items };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list));
  });
  const { lines, events, until } = follow(cluster, paged);
  await until('initDone');
  expect(lines).toEqual(['init start', 'initApply a', 'initApply odd', 'initApply z', 'initDone']);
  expect(events[2]).toMatchObject({ object: odd });
});

it.concurrent(
  'J4 a list and its objects have their own resourceVersions: the watch begins at that of the list',
  async () => {
    const server = await serverWith('a b');
    server.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } });
    const { events, accepted } = follow(server, { initialList: 'paged' });
    await accepted('watch');
    const versions = events.flatMap((event) =>
      event.type === 'initApply' ? [Number(event.object.metadata.resourceVersion)] : [],
    );
    expect(Math.max(...versions)).toBeLessThan(Number(server.resourceVersion));
    expect(asked(server).at(-1)).toBe(`watch ${server.resourceVersion}`);
  },
);

import { afterEach, expect, it } from 'vitest';
import {
  asked,
  bookmark,
  configMap,
  follow,
  frame,
  MARKER,
  named,
  served,
  serverWith,
  type FollowOptions,
  closeScene,
} from './scene.js';

// What is asked of a server, as it arrives there.

afterEach(closeScene);

it.each<[string, FollowOptions, (at: string) => string[]]>([
  ['A1, A3, H1, L5 the first list is at "", so that it is not older than anything', {}, () => ['stream ""']],
  ['A1 only `freshness: any` asks for "0"', { freshness: 'any' }, () => ['stream "0"']],
  [
    'A1, A3, A4 a paged list is at "" too, with a limit of 500',
    { initialList: 'paged' },
    (at) => ['list limit=500', `watch ${at}`],
  ],
  [
    'A4, A5, A7, L1, L4 further pages have the token and the limit, and nothing else; the last has no token',
    { initialList: 'paged', pageSize: 2 },
    (at) => ['list limit=2', 'list limit=2 continue=…', `watch ${at}`],
  ],
  [
    'A5, L4 … where the first page had a resourceVersion, too',
    { initialList: 'paged', pageSize: 2, freshness: 'any' },
    (at) => ['list limit=2 resourceVersion=0', 'list limit=2 continue=…', `watch ${at}`],
  ],
])('%s', async (_, options, expected) => {
  const server = await serverWith('a b c', { watchCache: false });
  await follow(server, options).accepted('watch');
  expect(asked(server)).toEqual(expected(server.resourceVersion));
});

it('A2, L36 a later list is at "" again; with `freshness: any` it is not older than what is known', async () => {
  for (const freshness of ['latest', 'any'] as const) {
    const server = await serverWith('a');
    const unreadable = { fault: 'error', code: 500, reason: 'StoreReadError', verb: 'watch', request: 1 } as const;
    const { until } = follow(server, { freshness, initialList: 'paged' });
    const at = server.resourceVersion;
    await until('initDone');
    server.inject(unreadable);
    await until('init stuck');
    await until('initDone', 2);
    const [again] = asked(server).slice(2);
    expect(again).toBe(freshness === 'latest' ? 'list limit=500' : `list resourceVersion=${at}`);
  }
});

it('A6 watches from the first page on: what is written while the pages are read comes after them', async () => {
  const server = await serverWith('a b c');
  const before = server.resourceVersion;
  const { lines, until } = follow(server, {
    initialList: 'paged',
    pageSize: 1,
    first: ({ type }) => {
      if (type === 'initApply' && server.get(named('a2')) === undefined) server.create(configMap('a2'));
    },
  });
  await until('apply a2');
  expect(lines).toEqual(['init start', 'initApply a', 'initApply b', 'initApply c', 'initDone', 'live', 'apply a2']);
  expect(asked(server).at(-1)).toBe(`watch ${before}`);
});

it('A8 asks a watch for bookmarks, a timeout and the selectors of the list, and for no match', async () => {
  const server = await serverWith('a');
  const scope = { labels: { app: 'web' }, fields: { 'metadata.namespace': 'default' } };
  await follow(server, { initialList: 'paged', of: scope }).accepted('watch');
  const [list, watch] = server.requests.map(({ query }) => Object.fromEntries(query));
  const selectors = { labelSelector: 'app=web', fieldSelector: 'metadata.namespace=default' };
  expect(list).toEqual({ limit: '500', ...selectors });
  expect(watch).toEqual({
    watch: 'true',
    resourceVersion: server.resourceVersion,
    allowWatchBookmarks: 'true',
    timeoutSeconds: expect.stringMatching(/^\d+$/) as unknown,
    ...selectors,
  });
});

it('A9 asks a watch to end after 240 to 480 s, and a streaming list after 1800', async () => {
  const server = await serverWith('a');
  await follow(server).accepted('watch');
  await follow(server, { initialList: 'paged' }).accepted('watch');
  const [stream, , watch] = server.requests.map(({ query }) => Number(query.get('timeoutSeconds')));
  expect(stream).toBe(1800);
  expect(watch).toBeGreaterThanOrEqual(240);
  expect(watch).toBeLessThanOrEqual(480);
});

it('A11, H8 opens no watch at "" or "0" that is not a streaming list, whatever happens', async () => {
  const server = await serverWith('a');
  const { until, accepted } = follow(server);
  await until('initDone');
  for (const [nth, code] of [410, 404, 500, 403].entries()) {
    server.inject({ fault: 'status', code, verb: 'watch' });
    server.cut();
    await until(`interrupted ${code}`);
    await accepted('watch', nth + 2);
  }
  const plain = server.requests.filter(({ verb, query }) => verb === 'watch' && !query.has('sendInitialEvents'));
  expect(plain.map(({ query }) => query.get('resourceVersion'))).not.toContain('');
  expect(plain.map(({ query }) => query.get('resourceVersion'))).not.toContain('0');
  expect(plain.length).toBeGreaterThan(3);
});

it('A12 one object is a selection by its name', async () => {
  const server = await serverWith('a b');
  const { lines, until } = follow(server, { of: { name: 'b' } });
  await until('initDone');
  expect(lines).toEqual(['init start', 'initApply b', 'initDone']);
  expect(server.requests[0]).toMatchObject({ path: '/api/v1/namespaces/default/configmaps', name: '' });
  expect(server.requests[0]?.query.get('fieldSelector')).toBe('metadata.name=b');
});

it('L6 asks for metadata with the same query, bookmarks included', async () => {
  const server = await serverWith('a');
  const whole = follow(server);
  const partial = follow(server, { of: { metadataOnly: true } });
  await Promise.all([whole.until('initDone'), partial.until('initDone')]);
  const [one, other] = server.requests.map(({ query }) => Object.fromEntries(query));
  expect(other).toEqual(one);
  expect(one).toMatchObject({ allowWatchBookmarks: 'true' });
});

it.each(['streaming', 'paged'] as const)(
  'D11, B11 asks for JSON only, and for none of it compressed: %s',
  async (initialList) => {
    const { server, cluster } = await served((_, response) => response.writeHead(503).end());
    await follow(cluster, { initialList }).until('interrupted gateway');
    expect(server.requests[0]?.headers).toMatchObject({ accept: 'application/json', 'accept-encoding': 'identity' });
  },
);

it('H10 reads no version: it asks for a streaming list and sees', async () => {
  for (const watchList of [true, false]) {
    const server = await serverWith('a', { watchList });
    const { lines, until } = follow(server);
    await until('initDone');
    expect(lines).toEqual(['init start', 'initApply a', 'initDone']);
    expect(server.requests.map(({ path }) => path)).not.toContain('/version');
    expect(asked(server)[0]).toBe('stream ""');
    expect(asked(server)[1]).toBe(watchList ? undefined : 'list limit=500');
  }
});

it.each(['streaming', 'paged'] as const)(
  'C17 tells `observe` what the server warns of, once a watch: %s',
  async (initialList) => {
    const { cluster } = await served(({ path }, response) => {
      const warning = '299 - "v1 ConfigMap is deprecated", 299 - "and \\"slow\\""';
      response.writeHead(200, { 'content-type': 'application/json', warning });
      const list = { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '9' }, items: [] };
      if (!path.includes('watch=')) response.end(JSON.stringify(list));
      else if (path.includes('sendInitialEvents')) response.end(frame('BOOKMARK', bookmark('9', MARKER)));
      else response.write('\n');
    });
    const { observed, accepted } = follow(cluster, { initialList });
    await accepted('watch', initialList === 'paged' ? 1 : 2);
    const told = observed.flatMap((observation) => (observation.type === 'warning' ? [observation.text] : []));
    expect(told).toEqual(['v1 ConfigMap is deprecated', 'and "slow"']);
  },
);

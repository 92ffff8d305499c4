import { describe, expect, it } from 'vitest';
import { CONFIG_MAPS, definition, nameAt, TestApi, widget, type Query } from '../test/fixtures/answer.js';
import type { Json } from './objects.js';
import { DEFINITIONS } from './resources.js';

const ALL_NAMESPACES = '/api/v1/configmaps';

/** Holds a@3 … and stands at the last of them. */
function withObjects(names: string, options: ConstructorParameters<typeof TestApi>[0] = {}): TestApi {
  const api = new TestApi(options);
  for (const name of names) api.create(name);
  return api;
}

/** All pages of a list, one after the other, and what happens between them. */
function pages(api: TestApi, query: Query, between = (): unknown => undefined, path = CONFIG_MAPS): Json[] {
  const found: Json[] = [];
  let token: unknown = '';
  do {
    const page = api.list(token === '' ? query : { limit: query['limit'] ?? 0, continue: String(token) }, path);
    expect(page.status).toBe(200);
    found.push({ items: page.items, ...page.metadata });
    token = page.metadata['continue'] ?? '';
    between();
  } while (token !== '');
  return found;
}

describe('a list', () => {
  it('J4 has its own resourceVersion, that of the newest write of all', () => {
    const api = withObjects('ba');
    api.createNamespace('other');
    const { status, headers, json, items, metadata } = api.list();
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(json).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(items).toEqual(['a@4', 'b@3']);
    expect(metadata).toEqual({ resourceVersion: '5' });
  });

  it('B9 of nothing is empty', () => {
    const api = new TestApi();
    expect(api.list().json).toEqual({
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '2' },
      items: [],
    });
  });

  it('is of one namespace, or of all', () => {
    const api = withObjects('b');
    api.createNamespace('also');
    api.create('a', {}, 'also');
    expect(api.list().items).toEqual(['b@3']);
    expect(api.list({}, '/api/v1/namespaces/also/configmaps').items).toEqual(['a@5']);
    expect(api.list({}, '/api/v1/namespaces/nowhere/configmaps').items).toEqual([]);
    expect(api.list({}, ALL_NAMESPACES).items).toEqual(['a@5', 'b@3']);
  });

  it('is of what is selected', () => {
    const api = new TestApi();
    api.create('a', { metadata: { labels: { app: 'web' } } });
    api.create('b', { metadata: { labels: { app: 'api' } } });
    expect(api.list({ labelSelector: 'app=web' }).items).toEqual(['a@3']);
    expect(api.list({ fieldSelector: 'metadata.name=b' }).items).toEqual(['b@4']);
    expect(api.list({ fieldSelector: 'metadata.name=b', labelSelector: 'app=web' }).items).toEqual([]);
  });

  it('B1 does not repeat the type at every item of a built-in kind, and does of custom resources', () => {
    const api = withObjects('a');
    api.registry.create({ collection: api.collection(DEFINITIONS), version: 'v1', namespace: undefined }, definition());
    const widgets = api.collection('widgets.example.com');
    api.registry.create({ collection: widgets, version: 'v1', namespace: 'default' }, widget('w'));
    const first = (path: string): Json => (api.list({}, path).json['items'] as Json[])[0] ?? {};
    expect(Object.keys(first(CONFIG_MAPS))).toEqual(['metadata']);
    expect(Object.keys(first('/apis/example.com/v1/widgets'))).toEqual(['apiVersion', 'kind', 'metadata']);
  });

  it('is written piece by piece, an item a piece', () => {
    const api = withObjects('abc');
    expect(api.list().chunks.map((chunk) => /"name":"(\w)"/.exec(chunk.toString())?.[1])).toEqual([
      undefined,
      'a',
      'b',
      'c',
      undefined,
    ]);
  });

  it('in metadata only is of PartialObjectMetadata', () => {
    const api = new TestApi();
    api.create('a', { data: { key: 'value' }, metadata: { labels: { app: 'web' } } });
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    const { json } = api.list({ labelSelector: 'app=web' }, CONFIG_MAPS, { accept });
    expect(json).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    expect(json['items']).toMatchObject([
      { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a', labels: { app: 'web' } } },
    ]);
    expect((json['items'] as Json[])[0]).not.toHaveProperty('data');
  });

  it.each([
    ['application/vnd.kubernetes.protobuf', 406],
    ['application/json;as=Table;g=meta.k8s.io;v=v1', 406],
    ['text/html', 406],
    ['application/json;as=Table;g=meta.k8s.io;v=v1,application/json', 200],
    ['application/vnd.kubernetes.protobuf, */*', 200],
    ['*/*', 200],
    ['', 200],
  ])('C13 for who accepts %j: %i', (accept, status) => {
    expect(new TestApi().list({}, CONFIG_MAPS, { accept }).status).toBe(status);
  });

  it('B11 is compressed where it is large, for who can read that', () => {
    const api = new TestApi();
    api.create('a', { data: { key: 'x'.repeat(130 * 1024) } });
    const gzip = { 'accept-encoding': 'gzip' };
    expect(api.list({}, CONFIG_MAPS, gzip).headers['content-encoding']).toBe('gzip');
    expect(api.list({}, CONFIG_MAPS).headers).not.toHaveProperty('content-encoding');
    expect(api.list({ fieldSelector: 'metadata.name=b' }, CONFIG_MAPS, gzip).headers).not.toHaveProperty(
      'content-encoding',
    );
  });

  it.each(['/apis/example.com/v1/widgets', '/apis/example.com/v1/namespaces/default/widgets', '/api/v2/configmaps'])(
    'C10 %s, which is not served, is a 404 in plain text',
    (path) => {
      const { status, headers, text } = new TestApi().list({}, path);
      expect(status).toBe(404);
      expect(headers['content-type']).toMatch(/^text\/plain/);
      expect(text).toBe('404 page not found\n');
    },
  );
});

describe('resourceVersion', () => {
  it.each([
    ['A3 "": the newest state', {}],
    ['A1 "0": any state, and there is one only', { resourceVersion: '0' }],
    ['A2 not older than a past one: the newest', { resourceVersion: '3' }],
    ['… as that says it', { resourceVersion: '3', resourceVersionMatch: 'NotOlderThan' }],
    ['… of now', { resourceVersion: '6', resourceVersionMatch: 'NotOlderThan' }],
    ['… however old', { resourceVersion: '1' }],
  ])('%s', (_, query) => {
    const api = withObjects('abc');
    api.delete('b');
    expect(api.list(query)).toMatchObject({ status: 200, items: ['a@3', 'c@5'], metadata: { resourceVersion: '6' } });
  });

  it.each([
    [{ resourceVersion: '2', resourceVersionMatch: 'Exact' }, []],
    [{ resourceVersion: '4', resourceVersionMatch: 'Exact' }, ['a@3', 'b@4']],
    [{ resourceVersion: '6', resourceVersionMatch: 'Exact' }, ['a@3', 'c@5']],
    [{ resourceVersion: '7', resourceVersionMatch: 'Exact' }, ['a@7', 'c@5']],
    // A limit makes it exact where nothing else is said (A2).
    [{ resourceVersion: '4', limit: 10 }, ['a@3', 'b@4']],
  ])('%j is the state at that very revision', (query: Query, items) => {
    const api = withObjects('abc');
    api.delete('b');
    api.change('a');
    expect(api.list(query)).toMatchObject({
      status: 200,
      items,
      metadata: { resourceVersion: query['resourceVersion'] },
    });
  });

  it('B4 of the future is waited for, and too large after 3 s', () => {
    const api = withObjects('a');
    const answer = api.list({ resourceVersion: 9 });
    api.clock.advance(2_999);
    expect(answer.status).toBe(0);
    api.clock.advance(1);
    expect(answer.refusal).toBe('504 Timeout: Timeout: Too large resource version: 9, current: 3');
    expect(answer.json['details']).toMatchObject({
      causes: [{ reason: 'ResourceVersionTooLarge' }],
      retryAfterSeconds: 1,
    });
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('B4 of the future that comes meanwhile is answered within these 3 s', () => {
    const api = withObjects('a');
    const answer = api.list({ resourceVersion: 4 });
    api.clock.advance(1_000);
    api.create('b');
    api.clock.advance(2_000);
    expect(answer.items).toEqual(['a@3', 'b@4']);
  });

  it('B10 of the future is of no interest once the client has gone', () => {
    const api = withObjects('a');
    const answer = api.list({ resourceVersion: 9 });
    answer.leave();
    api.clock.advance(60_000);
    expect(answer.status).toBe(0);
  });
});

describe('the history window', () => {
  it('B3 ends exact lists: what is older than so many changes is a 410', () => {
    const api = withObjects('a', { history: 5 });
    for (let i = 0; i < 50; i++) {
      api.change('a');
      const known = [0, 1, 2, 3, 4, 5, 6, 7].filter(
        (back) => api.list({ resourceVersion: api.revision - back, resourceVersionMatch: 'Exact' }).status === 200,
      );
      if (i >= 5) expect(known).toEqual([0, 1, 2, 3, 4, 5]);
    }
    const { refusal } = api.list({ resourceVersion: 9, resourceVersionMatch: 'Exact' });
    expect(refusal).toMatch(/^410 Expired: The resourceVersion for the provided list is too old/);
  });

  it('is of no consequence for lists that are not exact', () => {
    const api = withObjects('a', { history: 5 });
    for (let i = 0; i < 50; i++) api.change('a');
    expect(api.list({ resourceVersion: 2 }).items).toEqual(['a@53']);
  });
});

describe('pages', () => {
  it.each([1, 2, 3, 4, 5])('A4–A7 of %i make up the whole, of one moment, whatever is written meanwhile', (limit) => {
    const api = withObjects('abcde');
    let writes = 0;
    const found = pages(api, { limit }, () => {
      api.create(`new-${writes}`);
      api.change('e');
      if (writes === 0) api.delete('c');
      writes++;
    });
    expect(found.flatMap(({ items }) => items)).toEqual(['a@3', 'b@4', 'c@5', 'd@6', 'e@7']);
    expect(new Set(found.map(({ resourceVersion }) => resourceVersion))).toEqual(new Set(['7']));
    expect(found).toHaveLength(Math.ceil(5 / limit));
  });

  it('A7 say how many are left, unless something is selected', () => {
    const api = withObjects('abcde');
    expect(pages(api, { limit: 2 }).map(({ remainingItemCount }) => remainingItemCount)).toEqual([3, 1, undefined]);
    expect(api.list({ limit: 2, labelSelector: '!app' }).metadata).not.toHaveProperty('remainingItemCount');
  });

  it('are of what is selected', () => {
    const api = new TestApi();
    for (const name of 'abcdef')
      api.create(name, { metadata: { labels: { odd: 'ace'.includes(name) ? 'yes' : 'no' } } });
    const first = api.list({ limit: 2, labelSelector: 'odd=yes' });
    expect(first.items).toEqual(['a@3', 'c@5']);
    const token = String(first.metadata['continue']);
    const second = api.list({ limit: 2, labelSelector: 'odd=yes', continue: token });
    expect(second.items).toEqual(['e@7']);
    expect(second.metadata).not.toHaveProperty('continue');
  });

  it('go over namespaces', () => {
    const api = withObjects('ab');
    api.createNamespace('also');
    for (const name of 'ab') api.create(name, {}, 'also');
    expect(pages(api, { limit: 3 }, undefined, ALL_NAMESPACES).map(({ items }) => items)).toEqual([
      ['a@6', 'b@7', 'a@3'],
      ['b@4'],
    ]);
  });

  it('A4 are ignored at "0" by the watch cache, and not without it', () => {
    expect(withObjects('abc').list({ limit: 1, resourceVersion: 0 }).items).toHaveLength(3);
    expect(withObjects('abc', { watchCache: false }).list({ limit: 1, resourceVersion: 0 }).items).toHaveLength(1);
  });

  it('may begin in the past', () => {
    const api = withObjects('abc');
    api.delete('a');
    const first = api.list({ limit: 2, resourceVersion: 5, resourceVersionMatch: 'Exact' });
    expect(first.items).toEqual(['a@3', 'b@4']);
    expect(api.list({ continue: String(first.metadata['continue']) }).items).toEqual(['c@5']);
  });

  it('B2 whose token is too old are a 410, with a token for the rest as it is now', () => {
    const api = withObjects('abcd', { history: 5 });
    const token = String(api.list({ limit: 2 }).metadata['continue']);
    for (let i = 0; i < 6; i++) api.change('d');
    api.create('c2');
    const refused = api.list({ limit: 2, continue: token });
    expect(refused.refusal).toMatch(/^410 Expired: The provided continue parameter is too old/);
    const again = String(refused.metadata['continue']);
    expect(again).not.toBe(token);
    const rest = api.list({ limit: 2, continue: again });
    expect(rest.items).toEqual(['c@5', 'c2@13']);
    expect(rest.metadata['resourceVersion']).toBe('13');
    expect(api.list({ limit: 2, continue: String(rest.metadata['continue']) }).items).toEqual(['d@12']);
  });
});

describe('compaction', () => {
  it('B3 ends exact lists and tokens of before it, where there is no watch cache', () => {
    const api = withObjects('abc', { watchCache: false });
    const token = String(api.list({ limit: 1 }).metadata['continue']);
    api.storage.compact(5);
    expect(api.list({ resourceVersion: 4, resourceVersionMatch: 'Exact' }).status).toBe(410);
    expect(api.list({ resourceVersion: 5, resourceVersionMatch: 'Exact' }).status).toBe(200);
    expect(api.list({ continue: token }).status).toBe(200);
    api.change('a');
    api.storage.compact(6);
    expect(api.list({ continue: token }).status).toBe(410);
  });

  it('ends nothing that the watch cache has', () => {
    const api = withObjects('abc');
    const token = String(api.list({ limit: 1 }).metadata['continue']);
    api.change('a');
    api.storage.compact(6);
    expect(api.list({ resourceVersion: 4, resourceVersionMatch: 'Exact' }).items).toEqual(['a@3', 'b@4']);
    expect(api.list({ continue: token }).items).toEqual(['b@4', 'c@5']);
  });

  it('and a restart together end what either alone does not', () => {
    const api = withObjects('abc');
    const exact = (): number => api.list({ resourceVersion: 4, resourceVersionMatch: 'Exact' }).status;
    api.storage.forgetCaches();
    // etcd has it still.
    expect(exact()).toBe(200);
    api.storage.compact(5);
    expect(exact()).toBe(410);
  });
});

describe('refusals', () => {
  it.each([
    ['J2 a resourceVersion that is no number', { resourceVersion: 'x' }, 400],
    ['a negative one', { resourceVersion: '-1' }, 400],
    ['a limit that is none', { limit: 'x' }, 400],
    ['A5 a token that is none', { continue: 'x' }, 400],
    ['A5 a resourceVersion beside a token', { continue: 'TOKEN', resourceVersion: '3' }, 400],
    ['A5 a match beside a token', { continue: 'TOKEN', resourceVersionMatch: 'Exact' }, 422],
    ['a match without a resourceVersion', { resourceVersionMatch: 'Exact' }, 422],
    ['a match that is none', { resourceVersion: '3', resourceVersionMatch: 'Newest' }, 422],
    ['Exact at "0"', { resourceVersion: '0', resourceVersionMatch: 'Exact' }, 422],
    ['sendInitialEvents', { sendInitialEvents: 'true' }, 422],
    ['a label selector that is none', { labelSelector: 'a b' }, 400],
    ['a field selector that is none', { fieldSelector: 'spec.color=red' }, 400],
  ] as unknown as [string, Record<string, string>, number][])('C12 %s', (_, query, status) => {
    const api = withObjects('abc');
    const token = String(api.list({ limit: 1 }).metadata['continue']);
    const answer = api.list({ ...query, ...(query['continue'] === 'TOKEN' ? { continue: token } : {}) });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ kind: 'Status', status: 'Failure', code: status });
  });
});

describe('one object', () => {
  it('is answered with its type', () => {
    const api = withObjects('a');
    expect(api.list({}, `${CONFIG_MAPS}/a`).json).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
    expect(api.list({}, `${CONFIG_MAPS}/b`).refusal).toBe('404 NotFound: configmaps "b" not found');
  });

  it('may be asked for as metadata only', () => {
    const api = new TestApi();
    const created = api.create('a', { data: { key: 'value' } });
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const { json } = api.list({}, `${CONFIG_MAPS}/a`, { accept });
    expect(json).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: created.metadata,
    });
  });
});

describe('a collection that is deleted', () => {
  it('is what is selected, and is answered with what it was', () => {
    const api = new TestApi();
    for (const name of 'abc') api.create(name, { metadata: { labels: { app: name === 'b' ? 'api' : 'web' } } });
    const watch = api.watch({ resourceVersion: api.revision });
    const answer = api.request('DELETE', `${CONFIG_MAPS}?labelSelector=app%3Dweb`);
    expect(answer.status).toBe(200);
    expect(answer.items).toHaveLength(2);
    expect(watch.told).toEqual(['DELETED a@6', 'DELETED c@7']);
    expect(
      api
        .collection('configmaps')
        .sorted()
        .map(({ object }) => nameAt(object)),
    ).toEqual(['b@4']);
  });
});

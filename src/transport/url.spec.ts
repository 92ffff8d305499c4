import { describe, expect, it } from 'vitest';
import { customResource, type Kind } from '../kind.js';
import { listPath, resourceFrom, resourceScope, watchPath, type ResourceOptions } from './url.js';

const Pods = customResource()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });
const Nodes = customResource()({ group: '', version: 'v1', plural: 'nodes', kind: 'Node', scope: 'Cluster' });
const Widgets = customResource()({ group: 'example.com', version: 'v1beta1', plural: 'widgets', kind: 'Widget' });

const list = (options: ResourceOptions, params = {}, kind: Kind = Pods): string =>
  listPath(resourceScope(kind, options), params);
const query = (path: string): Record<string, string> => Object.fromEntries(new URL(path, 'http://k8s').searchParams);

describe('where a resource is', () => {
  it.each([
    ['the core group', Pods, {}, '/api/v1/pods'],
    ['a namespace', Pods, { namespace: 'default' }, '/api/v1/namespaces/default/pods'],
    ['a group', Widgets, { namespace: 'a-1' }, '/apis/example.com/v1beta1/namespaces/a-1/widgets'],
    ['a cluster-scoped kind', Nodes, {}, '/api/v1/nodes'],
  ] as const)('%s', (_, kind, options, path) => {
    expect(resourceScope(kind, options).path).toBe(path);
    expect(list(options, {}, kind)).toBe(path);
  });

  it.each([
    [Pods, { namespace: 'default' }, 'pods in namespace "default"'],
    [Pods, {}, 'pods in all namespaces'],
    [Pods, { namespace: 'a', name: 'web-0' }, 'pods "web-0" in namespace "a"'],
    [Nodes, { name: 'n1' }, 'nodes "n1"'],
  ] as const)('is named in messages', (kind, options, label) => {
    expect(resourceScope(kind, options).label).toBe(label);
  });
});

describe('selectors', () => {
  it.each([
    ['one value', { labels: { app: 'web' } }, { labelSelector: 'app=web' }],
    ['several values', { labels: { app: ['web', 'api'] } }, { labelSelector: 'app in (api,web)' }],
    ['a value twice', { labels: { app: ['web', 'web'] } }, { labelSelector: 'app=web' }],
    ['the empty value', { labels: { app: '' } }, { labelSelector: 'app=' }],
    [
      'a prefixed key',
      { labels: { 'app.kubernetes.io/name': 'a_B.c-1' } },
      { labelSelector: 'app.kubernetes.io/name=a_B.c-1' },
    ],
    ['fields', { fields: { 'spec.nodeName': '' } }, { fieldSelector: 'spec.nodeName=' }],
    ['A12 a name is a field', { name: 'system:node' }, { fieldSelector: 'metadata.name=system:node' }],
    [
      'a name besides fields',
      { name: 'a', fields: { 'status.phase': 'Running' } },
      { fieldSelector: 'metadata.name=a,status.phase=Running' },
    ],
    [
      'text in a field is escaped',
      { fields: { 'spec.note': 'a=b, c\\d' } },
      { fieldSelector: 'spec.note=a\\=b\\, c\\\\d' },
    ],
  ] as const)('%s', (_, options, expected) => {
    expect(query(list(options))).toEqual(expected);
    expect(query(watchPath(resourceScope(Pods, options), { resourceVersion: '1', timeoutSeconds: 1 }))).toMatchObject(
      expected,
    );
  });

  it('say the same thing in one way', () => {
    expect(list({ labels: { b: ['y', 'x'], a: '1' } })).toBe(list({ labels: { a: '1', b: ['x', 'y'] } }));
    expect(query(list({ labels: { b: ['y', 'x'], a: '1' } }))['labelSelector']).toBe('a=1,b in (x,y)');
  });
});

describe('the query of a list', () => {
  it.each([
    ['A3 everything, as it is now', {}, ''],
    ['A3 an empty resourceVersion is none', { resourceVersion: '' }, ''],
    ['A4 a page', { limit: 500 }, '?limit=500'],
    ['A2 not older than', { resourceVersion: '7' }, '?resourceVersion=7'],
    [
      'A5 a further page has neither resourceVersion nor match',
      { limit: 500, continue: 'a+/=', resourceVersion: '7', resourceVersionMatch: 'Exact' },
      '?limit=500&continue=a%2B%2F%3D',
    ],
    [
      'an explicit match',
      { limit: 1, resourceVersion: '7', resourceVersionMatch: 'NotOlderThan' },
      '?limit=1&resourceVersion=7&resourceVersionMatch=NotOlderThan',
    ],
    ['no match for no resourceVersion', { resourceVersion: '', resourceVersionMatch: 'NotOlderThan' }, ''],
  ] as const)('%s', (_, params, expected) => {
    expect(list({}, params)).toBe(`/api/v1/pods${expected}`);
  });
});

describe('the query of a watch', () => {
  const watch = (params: Parameters<typeof watchPath>[1]): string => watchPath(resourceScope(Pods), params);

  it('A8 asks for bookmarks and a timeout, and for no match', () => {
    expect(watch({ resourceVersion: '7', timeoutSeconds: 300 })).toBe(
      '/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=300',
    );
  });

  it.each(['', '7'])('H1 a streaming list says how fresh it has to be, at %j', (resourceVersion) => {
    expect(watch({ resourceVersion, timeoutSeconds: 1800, sendInitialEvents: true })).toBe(
      `/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=${resourceVersion}` +
        '&timeoutSeconds=1800&sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
    );
  });
});

describe('what cannot be meant is refused at once, with its name and value', () => {
  const refused: [string, ResourceOptions, Kind, RegExp][] = [
    [
      'a namespace of a cluster-scoped kind',
      { namespace: 'default' },
      Nodes,
      /^namespace must be left out.*nodes.*"default"/,
    ],
    ['an empty namespace', { namespace: '' }, Pods, /^namespace .*got ""$/],
    ['a path in place of a namespace', { namespace: '../nodes' }, Pods, /^namespace .*got "\.\.\/nodes"$/],
    ['a namespace of 64 characters', { namespace: 'x'.repeat(64) }, Pods, /^namespace .*got "x+"$/],
    ['null as a namespace', { namespace: null as unknown as string }, Pods, /^namespace .*got null$/],
    ['null as a name', { name: null as unknown as string }, Pods, /^name .*got null$/],
    ['a number as a namespace', { namespace: 5 as unknown as string }, Pods, /^namespace .*got 5$/],
    ['a function as a namespace', { namespace: String as unknown as string }, Pods, /^namespace .*got function String/],
    ['a name of 254 characters', { name: 'x'.repeat(254) }, Pods, /^name .*got "x+"$/],
    ['labels that are undefined', { labels: undefined as unknown as object }, Pods, /^labels .*got undefined$/],
    [
      'fields that are undefined',
      { name: 'a', fields: undefined as unknown as Readonly<Record<string, string>> },
      Pods,
      /^fields .*got undefined$/,
    ],
    ['an empty name', { name: '' }, Pods, /^name .*got ""$/],
    ['two names', { name: 'a,metadata.name=b' }, Pods, /^name .*got "a,metadata.name=b"$/],
    ['a name that is a path', { name: '..' }, Pods, /^name .*got "\.\."$/],
    [
      'a name said twice',
      { name: 'a', fields: { 'metadata.name': 'b' } },
      Pods,
      /^fields\['metadata.name'\] .*got "b"$/,
    ],
    ['an empty label key', { labels: { '': 'x' } }, Pods, /^a key of labels .*got ""$/],
    ['an operator in a label key', { labels: { '!app': 'x' } }, Pods, /^a key of labels .*got "!app"$/],
    ...[',', '(', ')', '=', ' ', '\n', '!'].map((c): [string, ResourceOptions, Kind, RegExp] => [
      `${JSON.stringify(c)} in a label value`,
      { labels: { app: `a${c}b` } },
      Pods,
      /^labels\['app'\] .*got "a.+b"$/,
    ]),
    ['one bad value of several', { labels: { app: ['a', 'b,c'] } }, Pods, /^labels\['app'\] .*got "b,c"$/],
    ['no value at all', { labels: { app: [] } }, Pods, /^labels\['app'\] .*got \[\]$/],
    [
      'a value that is missing',
      { labels: { app: undefined as unknown as string } },
      Pods,
      /^labels\['app'\] .*got undefined$/,
    ],
    ['an empty field', { fields: { '': 'x' } }, Pods, /^a key of fields .*got ""$/],
    [
      'a field that is no text',
      { fields: { 'spec.replicas': 3 as unknown as string } },
      Pods,
      /^fields\['spec.replicas'\] .*got 3$/,
    ],
  ];
  it.each(refused)('%s', (_, options, kind, message) => {
    expect(() => resourceScope(kind, options)).toThrow(RangeError);
    expect(() => resourceScope(kind, options)).toThrow(message);
  });
});

it('what is undefined is not given, but for selectors', () => {
  const nothing = { namespace: undefined, name: undefined, metadataOnly: undefined };
  expect(resourceScope(Pods, nothing)).toEqual(resourceScope(Pods));
  expect(resourceFrom('k8s', Pods, nothing)).toBe(resourceFrom('k8s', Pods));
});

describe('from', () => {
  it.each([
    [Pods, {}, 'https://k8s:6443 pods/v1 in all namespaces'],
    [Nodes, {}, 'https://k8s:6443 nodes/v1'],
    [
      Widgets,
      { namespace: 'a', name: 'w', labels: { tier: ['y', 'x'], app: 'web' }, metadataOnly: true },
      'https://k8s:6443 widgets.example.com/v1beta1 in a metadata only labels app=web,tier in (x,y) fields metadata.name=w',
    ],
  ] as const)('names a source', (kind, options, expected) => {
    expect(resourceFrom('https://k8s:6443', kind, options)).toBe(expected);
  });
});

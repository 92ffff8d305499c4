import { describe, expect, it } from 'vitest';
import { WatchError } from '../errors.js';
import { customResource, type Kind } from '../kind.js';
import { readListPage } from './list-page.js';

const Pods = customResource()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });
const Widgets = customResource()({ group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget' });
const request = 'list pods in all namespaces';

const read = (list: unknown, kind: Kind = Pods, metadataOnly = false): ReturnType<typeof readListPage> =>
  readListPage(typeof list === 'string' ? list : JSON.stringify(list), request, kind, metadataOnly);
const metadata = { name: 'foo', namespace: 'test', uid: 'u', resourceVersion: '8467' };
const PodList = {
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '10245' },
  items: [{ metadata, spec: {} }],
};

describe('a page', () => {
  it('B1 gives the items of a built-in kind their type', () => {
    expect(read(PodList)).toEqual({
      kind: 'PodList',
      resourceVersion: '10245',
      continue: undefined,
      items: [{ kind: 'Pod', apiVersion: 'v1', metadata, spec: {} }],
    });
  });

  it('B1 leaves the items of a custom resource as they are', () => {
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata };
    const list = {
      apiVersion: 'example.com/v1',
      items: [widget],
      kind: 'WidgetList',
      metadata: { continue: '', resourceVersion: '7' },
    };
    expect(read(list, Widgets)).toEqual({
      kind: 'WidgetList',
      resourceVersion: '7',
      continue: undefined,
      items: [widget],
    });
  });

  it.each([
    ['A7 no token', {}, undefined],
    ['A7 an empty token', { continue: '' }, undefined],
    ['a token', { continue: 'abc', remainingItemCount: 753 }, 'abc'],
  ])('%s', (_, more, expected) => {
    expect(read({ ...PodList, metadata: { resourceVersion: '1', ...more } }).continue).toBe(expected);
  });

  it.each([[[]], [null]])('B9, L7 may be empty: %j', (items) => {
    expect(read({ ...PodList, items }).items).toEqual([]);
  });

  it('B7 of another kind is left to the watch, which knows what to say', () => {
    const page = { resourceVersion: '', items: [] };
    expect(read({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: '1' }, rows: [] })).toEqual(
      { kind: 'Table', ...page },
    );
    expect(read({ kind: 'APIResourceList', groupVersion: 'v1', resources: [] })).toEqual({
      kind: 'APIResourceList',
      ...page,
    });
    expect(read(PodList, Widgets)).toEqual({ kind: 'PodList', ...page });
    expect(read({ kind: 'PartialObjectMetadataList', items: [] })).toEqual({
      kind: 'PartialObjectMetadataList',
      ...page,
    });
  });

  it('has items with a key __proto__ like any other', () => {
    const [item] = read(JSON.stringify(PodList).replace('"spec"', '"__proto__"')).items as [object];
    expect(Object.getPrototypeOf(item)).toBe(Object.prototype);
    expect(Object.keys(item)).toContain('__proto__');
  });
});

describe('metadata only', () => {
  it('gives partial objects the type that was asked for', () => {
    const partial = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
    const list = {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '7' },
      items: [partial, { metadata }],
    };
    expect(read(list, Widgets, true)).toMatchObject({
      kind: 'WidgetList',
      resourceVersion: '7',
      items: [
        { apiVersion: 'example.com/v1', kind: 'Widget', metadata },
        { apiVersion: 'example.com/v1', kind: 'Widget', metadata },
      ],
    });
  });

  it('reduces whole objects', () => {
    expect(read(PodList, Pods, true).items).toEqual([{ apiVersion: 'v1', kind: 'Pod', metadata }]);
  });
});

describe('what is not a list', () => {
  const failure = (list: unknown): WatchError => {
    try {
      read(list);
    } catch (error) {
      if (error instanceof WatchError) return error;
      throw error;
    }
    throw new Error('it was taken for a list');
  };

  it.each([
    ['no JSON', '{"kind":"PodList","items":[canary]}'],
    ['a web page', '<html>canary</html>'],
    ['no object', '["canary"]'],
    ['no kind', { secret: 'canary' }],
    ['no metadata', { kind: 'PodList', items: ['canary'] }],
    ['metadata: null', { kind: 'PodList', metadata: null, items: ['canary'] }],
    ['no resourceVersion', { kind: 'PodList', metadata: {}, items: ['canary'] }],
    ['an empty resourceVersion', { kind: 'PodList', metadata: { resourceVersion: '' }, items: ['canary'] }],
    ['no items', { kind: 'PodList', metadata: { resourceVersion: '1' }, secret: 'canary' }],
    ['items that are no list', { kind: 'PodList', metadata: { resourceVersion: '1' }, items: { secret: 'canary' } }],
    ['items that are no objects', { kind: 'PodList', metadata: { resourceVersion: '1' }, items: ['canary'] }],
    [
      'an item that is null',
      { kind: 'PodList', metadata: { resourceVersion: '1' }, items: [{ secret: 'canary' }, null] },
    ],
  ])('%s is an error that does not quote it', (_, list) => {
    const error = failure(list);
    expect(error.kind).toBe('decode');
    expect(error.message).toMatch(/^list pods in all namespaces: /);
    expect(`${error.message} ${String(error.cause)}`).not.toContain('canary');
  });

  it('B12 a list that was cut short is a broken connection, wherever it was cut', () => {
    const text = JSON.stringify({ ...PodList, note: 'a ] } "quoted" brace' });
    for (let cut = 1; cut < text.length; cut += 1)
      expect(failure(text.slice(0, cut))).toMatchObject({ kind: 'connection' });
  });

  it('a Status in its place is what it says', () => {
    expect(
      failure({ kind: 'Status', status: 'Failure', message: 'too old', reason: 'Expired', code: 410 }),
    ).toMatchObject({
      kind: 'status',
      code: 410,
      message: 'list pods in all namespaces: too old (410 Expired)',
    });
  });
});

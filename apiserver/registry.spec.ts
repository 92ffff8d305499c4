import { describe, expect, it } from 'vitest';
import { definition, nameAt, TestApi, widget } from '../test/fixtures/answer.js';
import type { ApiObject, Json, ObjectInput } from './objects.js';
import { keyOf, type Target } from './registry.js';
import { DEFINITIONS } from './resources.js';
import { ApiError } from './status.js';
import type { Collection } from './storage.js';

const PODS = 'pods';
const WIDGETS = 'widgets.example.com';

/** What is heard of a collection from now on. */
function listening(collection: Collection): string[] {
  const told: string[] = [];
  collection.listen({
    changed: ({ type, version }) => void told.push(`${type} ${nameAt(version.object)}`),
    ended: () => void told.push('ended'),
  });
  return told;
}

/** Code, reason and words of what a write is refused with. */
function refusal(write: () => unknown): string {
  try {
    write();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { code, reason, message } = error.status;
    return `${code} ${reason}: ${message}`;
  }
  return 'not refused';
}

/** An API that serves Widgets, whose definition is a custom resource's. */
function withWidgets(): TestApi {
  const api = new TestApi();
  api.registry.create({ collection: api.collection(DEFINITIONS), version: 'v1', namespace: undefined }, definition());
  return api;
}

function targetOf(api: TestApi, id: string, name: string): Target {
  return { collection: api.collection(id), version: 'v1', namespace: 'default', name };
}

function create(api: TestApi, id: string, input: ObjectInput, keepStatus = false): ApiObject {
  return api.registry.create(targetOf(api, id, ''), input, keepStatus);
}

describe('create', () => {
  it('adds what only a server can say', () => {
    const api = new TestApi();
    const created = api.create('a', { data: { key: 'value' } });
    expect(created).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'a',
        namespace: 'default',
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        resourceVersion: '3',
        creationTimestamp: '2026-01-01T00:00:00Z',
      },
      data: { key: 'value' },
    });
  });

  it('overrules what others say of that', () => {
    const api = new TestApi();
    const { metadata } = api.create('a', {
      metadata: {
        uid: 'mine',
        creationTimestamp: '1999-01-01T00:00:00Z',
        deletionTimestamp: '1999-01-01T00:00:00Z',
        generation: 7,
        managedFields: [],
        labels: { app: 'web' },
      },
    });
    expect(metadata.uid).not.toBe('mine');
    expect(metadata.creationTimestamp).toBe('2026-01-01T00:00:00Z');
    expect(metadata).not.toHaveProperty('deletionTimestamp');
    expect(metadata).not.toHaveProperty('managedFields');
    expect(metadata.labels).toEqual({ app: 'web' });
  });

  it('takes the time from the clock', () => {
    const api = new TestApi();
    api.clock.advance(90_061_500);
    expect(api.create('a').metadata.creationTimestamp).toBe('2026-01-02T01:01:01Z');
  });

  it('E5 gives every object a uid of its own, a name that comes again too', () => {
    const api = new TestApi();
    const { uid } = api.create('a').metadata;
    api.delete('a');
    expect(api.create('a').metadata.uid).not.toBe(uid);
  });

  it('counts generations where the kind does', () => {
    const api = new TestApi();
    expect(create(api, PODS, { metadata: { name: 'p' } }).metadata.generation).toBe(1);
    expect(api.create('a').metadata).not.toHaveProperty('generation');
  });

  it('makes a name where only its beginning is given', () => {
    const api = new TestApi();
    const names = Array.from(
      { length: 5 },
      () => create(api, PODS, { metadata: { generateName: 'web-' } }).metadata.name,
    );
    for (const name of names) expect(name).toMatch(/^web-[a-z0-9]{5}$/);
    expect(new Set(names).size).toBe(5);
  });

  it('makes another name where one is taken', () => {
    const api = new TestApi();
    const made = Array.from({ length: 5_000 }, () => create(api, PODS, { metadata: { generateName: 'web-' } }));
    expect(new Set(made.map(({ metadata }) => metadata.name)).size).toBe(5_000);
  });

  it('leaves the status to those who report it, unless they share the process', () => {
    const api = new TestApi();
    const status = { phase: 'Running' };
    expect(create(api, PODS, { metadata: { name: 'p' }, status })).not.toHaveProperty('status');
    expect(create(api, PODS, { metadata: { name: 'q' }, status }, true)).toHaveProperty('status', status);
  });

  it.each([
    ['no name', { metadata: {} }, /^422 Invalid: .*name or generateName is required/],
    ['a bad name', { metadata: { name: 'A_b' } }, /^422 Invalid: .*metadata.name: Invalid value: "A_b"/],
    ['a long name', { metadata: { name: 'a'.repeat(254) } }, /^422 Invalid/],
    ['a resourceVersion', { metadata: { name: 'a', resourceVersion: '7' } }, /resourceVersion/],
    ['another kind', { kind: 'Secret', metadata: { name: 'a' } }, /^400 BadRequest: .*Secret/],
    ['another version', { apiVersion: 'v2', metadata: { name: 'a' } }, /^400 BadRequest: .*v2/],
    ['another namespace', { metadata: { name: 'a', namespace: 'other' } }, /^400 BadRequest: .*namespace/],
    ['metadata that is none', { metadata: null }, /^400 BadRequest: .*metadata/],
    ['labels that are none', { metadata: { name: 'a', labels: 'web' } }, /^400 BadRequest: .*labels/],
    ['a label that is no text', { metadata: { name: 'a', labels: { app: 1 } } }, /^400 BadRequest: .*labels/],
    ['annotations that are none', { metadata: { name: 'a', annotations: ['x'] } }, /^400 BadRequest: .*annotations/],
    ['finalizers that are none', { metadata: { name: 'a', finalizers: 'x' } }, /^400 BadRequest: .*finalizers/],
  ] as unknown as [string, ObjectInput, RegExp][])('refuses %s', (_, input, expected) => {
    const api = new TestApi();
    expect(refusal(() => create(api, 'configmaps', input))).toMatch(expected);
    expect(api.revision).toBe(2);
  });

  it('refuses what is there already, and what would be in no namespace', () => {
    const api = new TestApi();
    api.create('a');
    expect(refusal(() => api.create('a'))).toBe('409 AlreadyExists: configmaps "a" already exists');
    expect(refusal(() => api.create('a', {}, 'nowhere'))).toBe('404 NotFound: namespaces "nowhere" not found');
    expect(api.revision).toBe(3);
  });
});

describe('update', () => {
  const update = (api: TestApi, name: string, input: ObjectInput): ApiObject =>
    api.registry.update(api.target(name), input).object;

  it('replaces all but what only a server can say', () => {
    const api = new TestApi();
    const created = api.create('a', { data: { a: '1' }, metadata: { labels: { app: 'web' } } });
    const updated = update(api, 'a', { metadata: { name: 'a', annotations: { b: '2' } }, data: { c: '3' } });
    expect(updated).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'a',
        namespace: 'default',
        uid: created.metadata.uid,
        resourceVersion: '4',
        creationTimestamp: created.metadata.creationTimestamp,
        annotations: { b: '2' },
      },
      data: { c: '3' },
    });
  });

  it('refuses what was made of an older state, and writes nothing', () => {
    const api = new TestApi();
    const created = api.create('a');
    api.change('a');
    expect(refusal(() => update(api, 'a', { ...created, data: { mine: 'yes' } }))).toMatch(
      /^409 Conflict: .*configmaps "a": the object has been modified/,
    );
    expect(api.revision).toBe(4);
  });

  it('refuses another uid, another name, and what is not there', () => {
    const api = new TestApi();
    api.create('a');
    expect(refusal(() => update(api, 'a', { metadata: { name: 'a', uid: 'other' } }))).toMatch(/^409 Conflict/);
    expect(refusal(() => update(api, 'a', { metadata: { name: 'b' } }))).toMatch(/^400 BadRequest/);
    expect(refusal(() => update(api, 'b', { metadata: { name: 'b' } }))).toBe('404 NotFound: configmaps "b" not found');
  });

  it('of a custom resource has to say of which state it was made', () => {
    const api = withWidgets();
    create(api, WIDGETS, widget('w'));
    const write = (): unknown => api.registry.update(targetOf(api, WIDGETS, 'w'), widget('w'));
    expect(refusal(write)).toMatch(/^422 Invalid: .*metadata.resourceVersion/);
  });
});

describe('status', () => {
  it.each([PODS, WIDGETS])('of %s is written through its subresource only, and nothing else with it', (id) => {
    const api = withWidgets();
    const target = targetOf(api, id, 'x');
    create(api, id, { ...(id === PODS ? { metadata: { name: 'x' } } : widget('x')), spec: { size: 1 } });
    const write = (patch: Json, subresource?: 'status'): ApiObject =>
      api.registry.patch(target, patch, subresource).object;
    expect(write({ spec: { size: 2 }, status: { phase: 'New' } })).not.toHaveProperty('status');
    const object = write({ spec: { size: 3 }, status: { phase: 'New' } }, 'status');
    expect(object).toMatchObject({ spec: { size: 2 }, status: { phase: 'New' } });
    expect(write({ spec: { size: 3 } })).toMatchObject({ spec: { size: 3 }, status: { phase: 'New' } });
  });

  it('is not counted by generation, and neither is metadata', () => {
    const api = new TestApi();
    const target = targetOf(api, PODS, 'p');
    create(api, PODS, { metadata: { name: 'p' }, spec: { size: 1 } });
    const generation = (patch: Json, subresource?: 'status'): unknown =>
      api.registry.patch(target, patch, subresource).object.metadata.generation;
    expect(generation({ status: { phase: 'Running' } }, 'status')).toBe(1);
    expect(generation({ metadata: { labels: { app: 'web' } } })).toBe(1);
    expect(generation({ spec: { size: 2 } })).toBe(2);
  });
});

describe('patch', () => {
  it('merges (RFC 7386): null removes, objects are merged, all else replaces', () => {
    const api = new TestApi();
    api.create('a', { data: { a: '1', b: '2' }, list: [1, 2], metadata: { labels: { app: 'web', tier: 'front' } } });
    expect(
      api.change('a', { data: { a: null, c: '3' }, list: [3], metadata: { labels: { tier: 'back' } } }),
    ).toMatchObject({
      data: { b: '2', c: '3' },
      list: [3],
      metadata: { labels: { app: 'web', tier: 'back' } },
    });
  });

  it('changes no identity', () => {
    const api = new TestApi();
    const { metadata } = api.create('a');
    const patched = api.change('a', { metadata: { creationTimestamp: null } });
    expect(patched.metadata).toEqual(metadata);
    for (const patch of [{ kind: 'Secret' }, { metadata: { name: 'b' } }, { metadata: { namespace: 'other' } }])
      expect(refusal(() => api.change('a', patch))).toMatch(/^4\d\d (Invalid|BadRequest)/);
    expect(api.revision).toBe(3);
  });

  it('is of a state only if it names one', () => {
    const api = new TestApi();
    api.create('a');
    api.change('a');
    expect(refusal(() => api.change('a', { metadata: { resourceVersion: '3' }, data: {} }))).toMatch(/^409 Conflict/);
    expect(nameAt(api.change('a', { metadata: { resourceVersion: '4' }, data: { x: '1' } }))).toBe('a@5');
  });

  it.each([
    ['metadata that are none', { metadata: null }],
    ['labels that are none', { metadata: { labels: 'web' } }],
    ['finalizers that are none', { metadata: { finalizers: { a: 'b' } } }],
  ])('refuses %s', (_, patch) => {
    const api = new TestApi();
    api.create('a');
    expect(refusal(() => api.change('a', patch))).toMatch(/^400 BadRequest/);
    expect(api.revision).toBe(3);
  });
});

describe('a write that changes nothing', () => {
  it.each([
    ['patch', (api: TestApi) => api.change('a', { data: { key: 'value' } })],
    ['patch of nothing', (api: TestApi) => api.change('a', {})],
    ['patch that removes what is not there', (api: TestApi) => api.change('a', { data: { other: null } })],
    [
      'update',
      (api: TestApi) =>
        api.registry.update(api.target('a'), { metadata: { name: 'a' }, data: { key: 'value' } }).object,
    ],
    [
      'update with the members in another order',
      (api: TestApi) =>
        api.registry.update(api.target('a'), { data: { key: 'value' }, metadata: { resourceVersion: '3', name: 'a' } })
          .object,
    ],
  ])('as %s has no revision and no event', (_, write) => {
    const api = new TestApi();
    api.create('a', { data: { key: 'value' } });
    const told = listening(api.collection('configmaps'));
    expect(nameAt(write(api))).toBe('a@3');
    expect(api.revision).toBe(3);
    expect(told).toEqual([]);
  });

  it('as status has none either', () => {
    const api = new TestApi();
    const target = targetOf(api, PODS, 'p');
    create(api, PODS, { metadata: { name: 'p' }, status: { phase: 'New' } }, true);
    api.registry.patch(target, { spec: {}, status: { phase: 'New' } }, 'status');
    expect(api.revision).toBe(3);
  });
});

describe('delete', () => {
  it('E2 answers with the object, under the revision of its deletion', () => {
    const api = new TestApi();
    api.create('a');
    const told = listening(api.collection('configmaps'));
    expect(api.registry.delete(api.target('a'))).toMatchObject({
      object: { metadata: { name: 'a', resourceVersion: '4' } },
      gone: true,
    });
    expect(told).toEqual(['DELETED a@4']);
    expect(refusal(() => api.delete('a'))).toBe('404 NotFound: configmaps "a" not found');
  });

  it.each([
    [{ uid: 'other' }, /^409 Conflict: .*UID.*other/s],
    [{ resourceVersion: '2' }, /^409 Conflict: .*ResourceVersion.*2/s],
  ])('under the condition %j is refused', (preconditions, expected) => {
    const api = new TestApi();
    api.create('a');
    expect(refusal(() => api.registry.delete(api.target('a'), { preconditions }))).toMatch(expected);
    expect(api.revision).toBe(3);
  });

  it('under conditions that hold takes place', () => {
    const api = new TestApi();
    const { uid, resourceVersion } = api.create('a').metadata;
    expect(api.registry.delete(api.target('a'), { preconditions: { uid, resourceVersion } }).gone).toBe(true);
  });
});

describe('finalizers', () => {
  const FINALIZED = { metadata: { finalizers: ['example.com/one', 'example.com/two'] } };

  it('hold a deletion up: MODIFIED when it is asked for, DELETED when the last of them goes', () => {
    const api = new TestApi();
    api.create('a', FINALIZED);
    const told = listening(api.collection('configmaps'));
    api.clock.advance(5_000);
    expect(api.delete('a').metadata).toMatchObject({
      resourceVersion: '4',
      deletionTimestamp: '2026-01-01T00:00:05Z',
      deletionGracePeriodSeconds: 0,
    });
    api.change('a', { metadata: { finalizers: ['example.com/two'] } });
    api.change('a', { metadata: { finalizers: null } });
    expect(told).toEqual(['MODIFIED a@4', 'MODIFIED a@5', 'DELETED a@6']);
    expect(api.collection('configmaps').get(keyOf('default', 'a'))).toBeUndefined();
  });

  it('go with a write that answers the revision before', () => {
    const api = new TestApi();
    api.create('a', FINALIZED);
    api.delete('a');
    const { object, gone } = api.registry.patch(api.target('a'), { metadata: { finalizers: [] } });
    expect([nameAt(object), gone, api.revision]).toEqual(['a@4', true, 5]);
  });

  it('leave a second deletion without an effect', () => {
    const api = new TestApi();
    api.create('a', FINALIZED);
    const first = api.delete('a');
    api.clock.advance(60_000);
    const told = listening(api.collection('configmaps'));
    expect(api.delete('a')).toEqual(first);
    expect(told).toEqual([]);
    expect(api.revision).toBe(4);
  });

  it('can go before a deletion, and then hold up nothing', () => {
    const api = new TestApi();
    api.create('a', FINALIZED);
    api.change('a', { metadata: { finalizers: null } });
    expect(api.collection('configmaps').size).toBe(1);
    expect(api.registry.delete(api.target('a')).gone).toBe(true);
  });

  it('cannot be got round by undoing the deletion', () => {
    const api = new TestApi();
    api.create('a', FINALIZED);
    const { deletionTimestamp } = api.delete('a').metadata;
    const patched = api.change('a', { metadata: { deletionTimestamp: null }, data: { x: '1' } });
    expect(patched.metadata.deletionTimestamp).toBe(deletionTimestamp);
  });
});

describe('a namespace', () => {
  const remove = (api: TestApi, name: string): ApiObject =>
    api.registry.delete({ collection: api.collection('namespaces'), version: 'v1', namespace: undefined, name }).object;

  it('that is deleted takes with it what is in it, of all kinds, and goes last', () => {
    const api = withWidgets();
    api.createNamespace('other');
    api.create('a', {}, 'other');
    api.create('b', {}, 'default');
    api.registry.create({ collection: api.collection(WIDGETS), version: 'v1', namespace: 'other' }, widget('w'));
    const told = ['configmaps', WIDGETS, 'namespaces'].map((id) => listening(api.collection(id)));
    const before = api.revision;
    remove(api, 'other');
    expect(told.flat().map((line) => line.replace(/@.*/, ''))).toEqual(['DELETED a', 'DELETED w', 'DELETED other']);
    expect(Number(told[2]?.[0]?.split('@')[1])).toBe(before + 3);
    expect(
      api
        .collection('configmaps')
        .sorted()
        .map(({ key }) => key),
    ).toEqual(['default/b']);
  });

  it('whose name begins alike is another one', () => {
    const api = new TestApi();
    api.createNamespace('default-2');
    api.create('a', {}, 'default-2');
    remove(api, 'default');
    expect(api.collection('configmaps').size).toBe(1);
  });

  it('that is gone takes in nothing', () => {
    const api = new TestApi();
    remove(api, 'default');
    expect(refusal(() => api.create('a'))).toBe('404 NotFound: namespaces "default" not found');
  });
});

import { describe, expect, it } from 'vitest';
import type { ApiObject } from './objects.js';
import { BUILT_IN } from './resources.js';
import { fieldSelector, labelSelector, type FieldSelector } from './selectors.js';
import { ApiError } from './status.js';

type Labels = Readonly<Record<string, string>>;

function object(labels?: Labels, more: Readonly<Record<string, unknown>> = {}): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'a',
      namespace: 'default',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '',
      ...(labels && { labels }),
    },
    ...more,
  };
}

/** Objects by what there is to say about their label `app`. */
const OBJECTS: Readonly<Record<string, ApiObject>> = {
  web: object({ app: 'web', tier: 'front' }),
  api: object({ app: 'api' }),
  empty: object({ app: '' }),
  other: object({ tier: 'back' }),
  none: object(),
};

function matching(selector: string): string[] {
  const selects = labelSelector(selector);
  return Object.entries(OBJECTS)
    .filter(([, one]) => selects?.(one) ?? true)
    .map(([name]) => name);
}

describe('label selectors', () => {
  it.each([
    ['app=web', ['web']],
    ['app==web', ['web']],
    ['app!=web', ['api', 'empty', 'other', 'none']],
    ['app', ['web', 'api', 'empty']],
    ['!app', ['other', 'none']],
    ['app in (web,api)', ['web', 'api']],
    ['app in (web)', ['web']],
    ['app notin (web,api)', ['empty', 'other', 'none']],
    ['app=', ['empty']],
    ['app=web,tier=front', ['web']],
    ['app=web,tier=back', []],
    ['app in (web,api),!tier', ['api']],
    ['tier,app!=web', ['other']],
    [' app = web , tier ', ['web']],
    ['app in ( web , api )', ['web', 'api']],
    ['', ['web', 'api', 'empty', 'other', 'none']],
    ['  ', ['web', 'api', 'empty', 'other', 'none']],
  ])('%j selects %j', (selector, expected) => {
    expect(matching(selector)).toEqual(expected);
  });

  it.each([
    ['size>1', true],
    ['size>2', false],
    ['size<3', true],
    ['size<2', false],
    ['name>1', false],
    ['none>1', false],
  ])('%s: %s, as numbers', (selector, expected) => {
    expect(labelSelector(selector)?.(object({ size: '2', name: 'two' }))).toBe(expected);
  });

  it('know keys with a prefix', () => {
    const one = object({ 'app.kubernetes.io/name': 'web' });
    expect(labelSelector('app.kubernetes.io/name=web')?.(one)).toBe(true);
    expect(labelSelector('app.kubernetes.io/name in (api,web)')?.(one)).toBe(true);
    expect(labelSelector('!app.kubernetes.io/name')?.(one)).toBe(false);
  });

  it('know no label that every JavaScript object has', () => {
    expect(labelSelector('constructor')?.(object())).toBe(false);
    expect(labelSelector('!toString')?.(object({ app: 'web' }))).toBe(true);
    expect(labelSelector('valueOf notin (a)')?.(object())).toBe(true);
  });

  it.each(['app=(', 'app in web', '=web', 'a b', 'app in (web', 'app!', ',', 'app=web,,tier', '!', 'app in'])(
    'C12 %j is refused',
    (selector) => {
      expect(() => labelSelector(selector)).toThrow(ApiError);
      expect(() => labelSelector(selector)).toThrow(
        expect.objectContaining({
          status: expect.objectContaining({ code: 400, reason: 'BadRequest' }) as unknown,
        }) as Error,
      );
    },
  );
});

describe('field selectors', () => {
  const [first] = BUILT_IN;
  if (first === undefined) throw new Error('nothing is served');
  const resource = { ...first, fields: ['spec.nodeName', 'status.phase', 'spec.hostNetwork', 'status.replicas'] };
  const select = (text: string): FieldSelector | undefined => fieldSelector(text, resource);
  const one = object(undefined, {
    spec: { nodeName: 'n1', hostNetwork: true },
    status: { replicas: 3, conditions: [] },
  });

  it.each([
    ['metadata.name=a', true],
    ['metadata.name==a', true],
    ['metadata.name=b', false],
    ['metadata.name!=a', false],
    ['metadata.name!=b', true],
    ['metadata.namespace=default', true],
    ['metadata.namespace=other', false],
    ['metadata.namespace=default,metadata.name=a', true],
    ['metadata.namespace=default,metadata.name=b', false],
    ['spec.nodeName=n1', true],
    ['spec.nodeName=', false],
    ['spec.nodeName!=', true],
    ['spec.hostNetwork=true', true],
    ['status.replicas=3', true],
    ['status.phase=', true],
    ['status.phase!=Running', true],
    ['status.phase=Running', false],
  ])('%s: %s', (text, expected) => {
    expect(select(text)?.matches(one)).toBe(expected);
  });

  it('select everything where there is none', () => {
    expect(select('')).toBeUndefined();
  });

  it('A12 tell the one name that can match', () => {
    expect(select('metadata.name=a')?.name).toBe('a');
    expect(select('spec.nodeName=n1,metadata.name==a')?.name).toBe('a');
    expect(select('metadata.name!=a')?.name).toBeUndefined();
    expect(select('spec.nodeName=n1')?.name).toBeUndefined();
  });

  it.each([
    ['spec.color=red', 'spec.color'],
    ['metadata.uid=u', 'metadata.uid'],
    ['metadata.labels.app=web', 'metadata.labels.app'],
    ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
  ])('C12 %s is refused', (text, why) => {
    expect(() => select(text)).toThrow(ApiError);
    expect(() => select(text)).toThrow(why);
  });
});

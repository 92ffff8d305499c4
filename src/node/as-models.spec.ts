import { globSync } from 'node:fs';
import { join } from 'node:path';
import * as k8s from '@kubernetes/client-node';
import { ObjectSerializer } from '@kubernetes/client-node/dist/serializer.js';
import { merge, of } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startApiServer } from '../../apiserver/index.js';
import { Pod } from '../../kinds/index.js';
import { changes } from '../../operators/changes.js';
import { giveUpAfter } from '../../operators/give-up-after.js';
import { Inbox } from '../../test/clients/inbox.js';
import { marbles, thing, type Thing } from '../../test/double.js';
import { Answers, diagram, itIsAnOperator, record, says, script } from '../../test/events.js';
import type { Apply, KubernetesObject, WatchEvent } from '../events.js';
import type { Kind } from '../kind.js';
import type { ChangeOf } from '../store/change.js';
import { watch$ } from '../watch.js';
import { asModels, type ModelName } from './as-models.js';
import { connect } from './connect.js';

const T = '2026-03-02T08:14:05Z';
const identity = { name: 'a', namespace: 'default', uid: 'uid-a', resourceVersion: '7' };

/** A custom resource, as client-node's generator would write its class. */
class V1Thing {
  kind?: string;
  metadata?: k8s.V1ObjectMeta;

  static getAttributeTypeMap() {
    return [
      { name: 'kind', baseName: 'kind', type: 'string', format: '' },
      { name: 'metadata', baseName: 'metadata', type: 'V1ObjectMeta', format: '' },
    ];
  }
}

function applied<T extends KubernetesObject>(object: T): Apply<T, 'pods'> {
  return { type: 'apply', resource: 'pods', cluster: 'test', from: 'pods', object };
}

/** What an object of this kind becomes. */
function converted<N extends ModelName<typeof k8s>>(name: N, rest: object, metadata: object = {}) {
  const source = of(applied({ ...rest, ...typeOf(name), metadata: { ...identity, ...metadata } }));
  const { values, errors } = record(source.pipe(asModels(k8s, name)));
  const [event] = values;
  if (event?.type !== 'apply') throw new Error(`no object, but ${String(errors[0])}`);
  return event.object;
}

/** The `Pod` of v1 for `V1Pod`, the `Event` of events/v1 for `EventsV1Event`. */
function typeOf(name: string): { readonly apiVersion: string; readonly kind: string } {
  const [, group = '', version = '', kind = ''] = /^([A-Z][a-z]+)?(V\d+(?:(?:alpha|beta)\d+)?)(.*)$/.exec(name) ?? [];
  return { apiVersion: `${group && `${group}/`}${version}`.toLowerCase(), kind };
}

describe('asModels', () => {
  itIsAnOperator(() => asModels({ ...k8s, V1Thing }, 'V1Thing'));

  it('makes a V1Pod of a pod, with classes all the way down, and a Date of each time', () => {
    const pod = converted(
      'V1Pod',
      {
        spec: { containers: [{ name: 'main', resources: { limits: { memory: '512Mi' } } }] },
        status: { startTime: T, containerStatuses: [{ name: 'main', state: { running: { startedAt: T } } }] },
      },
      { creationTimestamp: T, labels: { app: 'web' } },
    );

    expect(pod).toBeInstanceOf(k8s.V1Pod);
    expect(pod.metadata).toBeInstanceOf(k8s.V1ObjectMeta);
    expect(pod.metadata.creationTimestamp).toEqual(new Date(T));
    expect(pod.spec?.containers[0]).toBeInstanceOf(k8s.V1Container);
    expect(pod.spec?.containers[0]?.resources?.limits).toEqual({ memory: '512Mi' });
    expect(pod.status?.containerStatuses?.[0]?.state?.running?.startedAt).toEqual(new Date(T));
    expect(pod.metadata).toMatchObject({ name: 'a', labels: { app: 'web' } });
  });

  it(
    'emits what its diagram says: deletions are converted, too',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const { source, expected } = diagram('src/node/as-models.ts');
      const { initApply, apply, delete: deleted } = says();
      const [a, b] = [thing('a', 1), thing('b', 10)];
      const model = ({ kind, metadata }: Thing) =>
        Object.assign(new V1Thing(), { kind, metadata: Object.assign(new k8s.V1ObjectMeta(), metadata) });
      const e1 = cold(source, { ...script(), a: initApply(a), b: apply(b), A: deleted(a) });
      const e1subs = '^----------!';

      expectObservable(e1.pipe(asModels({ ...k8s, V1Thing }, 'V1Thing'))).toBe(expected, {
        ...script(),
        x: { ...initApply(a), object: model(a) },
        y: { ...apply(b), object: model(b) },
        X: { ...deleted(a), object: model(a) },
      });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it('lets a failure be answered behind it', () => {
    const recovery = new Answers();
    const failures = of<WatchEvent>(says('pods', 'pods').interrupted({ attempt: 9, recovery }));
    record(failures.pipe(asModels(k8s, 'V1Pod'), giveUpAfter({ attempts: 3 })));
    expect(recovery.given).toEqual(['give up']);
  });

  const kinds = Object.entries(k8s)
    .filter((entry): entry is [ModelName<typeof k8s>, typeof k8s.V1Pod] => isKind(entry[1]))
    .map(([name]) => name);

  it('does with every kind what client-node does', () => {
    expect(kinds).toContain('V1CustomResourceDefinition');
    for (const name of kinds) {
      const { metadata, ...rest } = sample(name) as { readonly metadata: object };
      const wire = { ...rest, ...typeOf(name), metadata: { ...metadata, ...identity } };
      expect(converted(name, wire, wire.metadata), name).toStrictEqual(ObjectSerializer.deserialize(wire, name));
    }
  });

  it('makes a V1MicroTime of a time with microseconds, as the type says', () => {
    const lease = converted('V1Lease', { spec: { renewTime: '2026-03-02T08:14:05.123456Z' } });
    expect(lease.spec?.renewTime).toBeInstanceOf(k8s.V1MicroTime);
    expect(lease.spec?.renewTime?.toISOString()).toBe('2026-03-02T08:14:05.123000Z');
  });

  it('leaves a port as it was sent: a number or a name', () => {
    const ports = [{ port: 80, targetPort: 8080 }, { port: 81, targetPort: 'http' }]; // prettier-ignore
    const service = converted('V1Service', { spec: { ports } });
    expect(service.spec?.ports?.map(({ targetPort }) => targetPort)).toEqual([8080, 'http']);
  });

  it('drops what client-node does not know, and keeps what does not have the form that it knows', () => {
    const pod = converted('V1Pod', { spec: { novelty: 1, containers: null, nodeSelector: 'none' }, status: 7 });
    expect(pod.spec).toEqual({ containers: null, nodeSelector: 'none' });
    expect(pod.status).toBe(7);
  });

  it('takes the metadata only', () => {
    const pod = converted('V1Pod', {});
    expect(Object.assign({}, pod)).toEqual({ apiVersion: 'v1', kind: 'Pod', metadata: identity });
  });

  it('copies what can be changed', () => {
    const metadata = { labels: { app: 'web' }, finalizers: ['a'] };
    const pod = converted('V1Pod', {}, metadata);
    Object.assign(pod.metadata.labels ?? {}, { app: 'api' });
    pod.metadata.finalizers?.push('b');
    expect(metadata).toEqual({ labels: { app: 'web' }, finalizers: ['a'] });
  });

  it('is no way into a prototype', () => {
    const wire = JSON.parse(`{"kind":"Pod","__proto__":{"a":1},"metadata":{"labels":{"__proto__":"x"}}}`) as object;
    const { metadata } = converted('V1Pod', wire, (wire as { metadata: object }).metadata);
    expect(Object.keys(metadata.labels ?? {})).toEqual(['__proto__']);
    expect(metadata.labels).not.toHaveProperty('a');
  });

  describe('managedFields', () => {
    const field = { manager: 'kubelet', operation: 'Update', time: T, fieldsV1: { 'f:status': {} } };

    it('are converted when they are read, once', () => {
      let readings = 0;
      const metadata = { get managedFields() { readings++; return [field]; } }; // prettier-ignore
      const { values } = record(
        of(applied({ metadata: Object.assign(metadata, identity) })).pipe(asModels(k8s, 'V1Pod')),
      );
      expect(readings).toBe(0);
      const [event] = values;
      if (event?.type !== 'apply') throw new Error('no object');
      const { managedFields } = Object.freeze(event.object.metadata);

      expect(managedFields?.[0]).toBeInstanceOf(k8s.V1ManagedFieldsEntry);
      expect(managedFields?.[0]?.time).toEqual(new Date(T));
      expect(event.object.metadata.managedFields).toBe(managedFields);
      expect(readings).toBe(1);
    });

    it('are a property like any other', () => {
      const { metadata } = converted('V1Pod', {}, { managedFields: [field] });
      expect(Object.assign({}, metadata).managedFields?.[0]?.time).toEqual(new Date(T));
      expect(JSON.stringify(metadata)).toContain('"manager":"kubelet"');
      metadata.managedFields = [];
      expect(metadata.managedFields).toEqual([]);
      delete metadata.managedFields;
      expect('managedFields' in metadata).toBe(false);
    });
  });

  it.each([
    ['a name that is not there', { ...k8s }, 'V1Pad', 'got "V1Pad"'],
    ['a class that is none of theirs', { ...k8s, V1Pad: Date }, 'V1Pad', 'got "V1Pad"'],
    ['a part of an object', { ...k8s }, 'V1PodSpec', 'got "V1PodSpec"'],
    ['a list', { ...k8s }, 'V1PodList', 'got "V1PodList"'],
    ['a class without the others', { V1Pod: k8s.V1Pod }, 'V1Pod', 'got "V1Pod"'],
    ['a class in place of all', k8s.V1Pod, 'V1Pod', 'models must be what @kubernetes/client-node exports'],
    ['nothing', undefined, 'V1Pod', 'models must be what @kubernetes/client-node exports, got undefined'],
  ])('refuses %s at once', (_what, models, name, message) => {
    const attempt = () => asModels(models as typeof k8s, name as 'V1Pod');
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(message);
  });

  it('takes the class of a kind for its objects, and no class of another kind or version', async () => {
    const taken: Record<string, readonly string[]> = {};
    const expected: Record<string, readonly string[]> = {};
    for (const { group, version, kind } of await allKinds()) {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      const source = of(applied<KubernetesObject>(objectOf(apiVersion, kind)));
      const type = `${apiVersion} ${kind}`;
      taken[type] = kinds.filter((name) => record(source.pipe(asModels(k8s, name))).errors.length === 0);
      const name = WITH_GROUP[type] ?? `V${version.slice(1)}${kind}`;
      expected[type] = NEWER.has(type) ? [] : [name];
    }
    expect(Object.keys(taken).length).toBeGreaterThan(NEWER.size);
    expect(taken).toEqual(expected);
  });

  it.each([
    ['v1', 'Event', 'EventsV1Event', 'V1Event or CoreV1Event'],
    ['events.k8s.io/v1', 'Event', 'CoreV1Event', 'V1Event or EventsV1Event'],
    ['rbac.authorization.k8s.io/v1', 'Role', 'V1ClusterRole', 'V1Role or RbacV1Role'],
    [
      'autoscaling/v2',
      'HorizontalPodAutoscaler',
      'V1HorizontalPodAutoscaler',
      'V2HorizontalPodAutoscaler or AutoscalingV2HorizontalPodAutoscaler',
    ],
  ] as const)('refuses an object of %s, %s, as %s', (apiVersion, kind, name, right) => {
    const source = of(applied<KubernetesObject>(objectOf(apiVersion, kind)));
    const { errors } = record(source.pipe(asModels(k8s, name)));
    const message = `name must be ${right} for ${apiVersion} ${kind}, got "${name}"; kinds are merged after asModels`;
    expect(errors).toEqual([new TypeError(`asModels: ${message}`)]);
  });

  it.each(['V1Widget', 'ExampleV1Widget'])('takes a class of custom resources by the name %s', (name) => {
    const models: object = { ...k8s, [name]: V1Thing };
    const source = of(applied<KubernetesObject>(objectOf('example.com/v1', 'Widget')));
    const { values } = record(source.pipe(asModels(models, name as never)));
    expect(values).toMatchObject([{ object: { kind: 'Widget' } }]);
  });

  it('refuses the second of two kinds', () => {
    const both = merge(of(applied(objectOf('v1', 'Pod'))), of(applied(objectOf('v1', 'Service'))));
    const { values, errors } = record(both.pipe(asModels(k8s, 'V1Pod')));
    expect(values).toHaveLength(1);
    expect(errors).toEqual([expect.any(TypeError)]);
  });

  it('works on what a server lists and streams, and client-node takes its models back', async () => {
    const pod = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { containers: [{ name: 'main', image: 'registry.example/main:1' }] },
    });
    await using server = await startApiServer({ objects: [pod('listed')] });
    const config = new k8s.KubeConfig();
    config.loadFromString(server.kubeconfig);
    const core = config.makeApiClient(k8s.CoreV1Api);

    const told = new Inbox<ChangeOf<k8s.V1Pod & KubernetesObject, 'pods'>>();
    const watching = watch$(connect({ kubeconfig: config }).resource(Pod, { namespace: 'default' }))
      .pipe(asModels(k8s, 'V1Pod'), changes())
      .subscribe(told.put);
    onTestFinished(() => watching.unsubscribe());
    const next = async (): Promise<[type: string, name: string, pod: k8s.V1Pod]> => {
      const { type, object } = await told.take();
      expect(object, type).toBeInstanceOf(k8s.V1Pod);
      expect(object.metadata.creationTimestamp, type).toBeInstanceOf(Date);
      return [type, object.metadata.name, object];
    };

    const [, , listed] = await next();
    expect(listed).toMatchObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'listed' } });
    const body = Object.assign(new k8s.V1Pod(), listed);
    body.metadata = Object.assign(new k8s.V1ObjectMeta(), listed.metadata, { labels: { app: 'web' } });
    await core.replaceNamespacedPod({ name: 'listed', namespace: 'default', body });
    expect(await next()).toMatchObject(['modified', 'listed', { metadata: { labels: { app: 'web' } } }]);

    server.create(pod('streamed'));
    expect(await next()).toMatchObject(['added', 'streamed', {}]);
    server.delete(pod('streamed'));
    expect(await next()).toMatchObject(['deleted', 'streamed', {}]);

    const expired = server.inject({ fault: 'error', code: 410, verb: 'watch' });
    server.cut();
    server.delete(pod('listed'));
    expect(await next()).toMatchObject(['deleted', 'listed', { metadata: { labels: { app: 'web' } } }]);
    expect(expired.hits).toBe(1);
    expect(told.rest).toEqual([]);
  });
});

/** Those of which client-node has several, or had when it named them. */
const WITH_GROUP: Readonly<Record<string, string>> = {
  'v1 Event': 'CoreV1Event',
  'events.k8s.io/v1 Event': 'EventsV1Event',
  'resource.k8s.io/v1 ResourceClaim': 'ResourceV1ResourceClaim',
};

/** Those that this release of client-node has no class of. */
const NEWER: ReadonlySet<string> = new Set([
  'certificates.k8s.io/v1 ClusterTrustBundle',
  'certificates.k8s.io/v1 PodCertificateRequest',
  'resource.k8s.io/v1 DeviceTaintRule',
  'storagemigration.k8s.io/v1 StorageVersionMigration',
]);

/** All that are generated, not only those in the version that the server prefers. */
async function allKinds(): Promise<readonly Kind[]> {
  const folder = join(import.meta.dirname, '../../kinds');
  const modules = globSync('*/v*.ts', { cwd: folder }).map(async (path) => {
    const exported = (await import(join(folder, path))) as Readonly<Record<string, Kind>>;
    return Object.values(exported);
  });
  return (await Promise.all(modules)).flat();
}

function objectOf(apiVersion: string, kind: string) {
  return { apiVersion, kind, metadata: identity };
}

function isKind(value: unknown): boolean {
  return (
    attributesOf(value).some(({ name, type }) => name === 'metadata' && type === 'V1ObjectMeta') &&
    attributesOf(value).some(({ name }) => name === 'kind')
  );
}

function attributesOf(value: unknown): ReturnType<typeof k8s.V1Pod.getAttributeTypeMap> {
  const isModel = typeof value === 'function' && 'getAttributeTypeMap' in value;
  return isModel ? (value as typeof k8s.V1Pod).getAttributeTypeMap() : [];
}

/** Something of this type as a server would send it, with every attribute, as deep as an object goes. */
function sample(type: string, depth = 0): unknown {
  if (type.startsWith('Array<')) return [1, 2].map(() => sample(type.slice(6, -1), depth));
  if (type.startsWith('{'))
    return { key: sample(type.slice(17, -3), depth), 'other/key': sample(type.slice(17, -3), depth) };
  if (type === 'Date') return T;
  if (type === 'any') return { any: [T] };
  if (type === 'number') return 7;
  if (type === 'boolean') return true;
  const attributes = attributesOf((k8s as Readonly<Record<string, unknown>>)[type]);
  if (attributes.length === 0) return type;
  if (depth > 6) return {};
  return Object.fromEntries(
    attributes
      // Which client-node declares, and leaves text.
      .filter((attribute) => attribute.type !== 'V1MicroTime')
      .map((attribute) => [attribute.baseName, sample(attribute.type, depth + 1)]),
  );
}

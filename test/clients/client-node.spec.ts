import {
  ApiException,
  ApiextensionsV1Api,
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  Watch,
  type Informer,
  type KubernetesListObject,
  type ObjectCache,
  type V1ConfigMap,
  type V1ObjectMeta,
} from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApiServer, type ApiServer, type ObjectMeta, type ObjectReference } from '../../apiserver/index.js';
import { DEPLOYMENT, WIDGET, WIDGETS } from './definitions.ts';
import { Inbox } from './inbox.ts';

/** The embedded server as `@kubernetes/client-node` meets it, which knows nothing of this package. */

const namespace = 'default';
const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

let server: ApiServer;
let config: KubeConfig;

beforeEach(async () => {
  server = await startApiServer();
  config = new KubeConfig();
  config.loadFromString(server.kubeconfig);
});

afterEach(() => server.close());

function configMap(name: string, metadata: Pick<ObjectMeta, 'namespace' | 'labels'> = {}): V1ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...metadata }, data: { value: '1' } };
}

function reference(name: string): ObjectReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } };
}

function names({ items }: { readonly items: readonly { readonly metadata?: V1ObjectMeta }[] }): unknown[] {
  return items.map(({ metadata }) => metadata?.name);
}

/** The HTTP status and the reason with which a request is refused. */
async function refusal(request: Promise<unknown>): Promise<string> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof ApiException)) throw error;
    // Of a 401 it keeps no body.
    const { reason } = JSON.parse(String(error.body ?? '{}')) as { readonly reason?: string };
    return reason === undefined ? String(error.code) : `${error.code} ${reason}`;
  }
  return 'not refused';
}

describe('a typed API', () => {
  let core: CoreV1Api;
  beforeEach(() => {
    core = config.makeApiClient(CoreV1Api);
  });

  it('creates, reads, lists, replaces, patches and deletes', async () => {
    const created = await core.createNamespacedConfigMap({
      namespace,
      body: configMap('a', { labels: { app: 'web' } }),
    });
    await core.createNamespacedConfigMap({ namespace, body: configMap('b') });
    expect(await core.readNamespacedConfigMap({ namespace, name: 'a' })).toEqual(created);
    expect(names(await core.listNamespacedConfigMap({ namespace, labelSelector: 'app=web' }))).toEqual(['a']);
    expect(names(await core.listConfigMapForAllNamespaces({ fieldSelector: 'metadata.name=b' }))).toEqual(['b']);

    const body = configMap('a');
    body.data = { value: '2' };
    expect(await core.replaceNamespacedConfigMap({ namespace, name: 'a', body })).toMatchObject({
      data: { value: '2' },
    });
    const patch = { namespace, name: 'a', body: { data: { other: '3' } } };
    const patched = await core.patchNamespacedConfigMap(patch, mergePatch);
    expect(patched.data).toEqual({ value: '2', other: '3' });

    expect(await core.deleteNamespacedConfigMap({ namespace, name: 'a' })).toMatchObject({ status: 'Success' });
    expect(await refusal(core.readNamespacedConfigMap({ namespace, name: 'a' }))).toBe('404 NotFound');
  });

  it('pages through a list', async () => {
    for (const name of ['a', 'b', 'c']) server.create(configMap(name));
    const first = await core.listNamespacedConfigMap({ namespace, limit: 2 });
    expect(first.metadata?.remainingItemCount).toBe(1);
    server.create(configMap('d'));
    const rest = await core.listNamespacedConfigMap({
      namespace,
      limit: 2,
      _continue: first.metadata?._continue ?? '',
    });
    expect([...names(first), ...names(rest)]).toEqual(['a', 'b', 'c']);
    expect(rest.metadata?.resourceVersion).toBe(first.metadata?.resourceVersion);
  });

  it('is refused what cannot be', async () => {
    const body = await core.createNamespacedConfigMap({ namespace, body: configMap('a') });
    await core.patchNamespacedConfigMap({ namespace, name: 'a', body: { data: { value: '2' } } }, mergePatch);
    expect(await refusal(core.createNamespacedConfigMap({ namespace, body: configMap('a') }))).toBe(
      '409 AlreadyExists',
    );
    body.data = { value: '3' };
    expect(await refusal(core.replaceNamespacedConfigMap({ namespace, name: 'a', body }))).toBe('409 Conflict');
    const lost = configMap('a', { namespace: 'nowhere' });
    expect(await refusal(core.createNamespacedConfigMap({ namespace: 'nowhere', body: lost }))).toBe('404 NotFound');
    const jsonPatch = { namespace, name: 'a', body: [{ op: 'remove', path: '/data' }] };
    expect(await refusal(core.patchNamespacedConfigMap(jsonPatch))).toBe('415 UnsupportedMediaType');
  });

  it('is refused to a token that is not known, and one that may not', async () => {
    server.tokens.set('reader', ({ verb }) => verb !== 'create');
    const as = (token: string): CoreV1Api => {
      config.users = config.users.map((user) => ({ ...user, token }));
      return config.makeApiClient(CoreV1Api);
    };
    expect(await refusal(as('stranger').listNamespacedConfigMap({ namespace }))).toBe('401');
    const reader = as('reader');
    expect(names(await reader.listNamespacedConfigMap({ namespace }))).toEqual([]);
    expect(await refusal(reader.createNamespacedConfigMap({ namespace, body: configMap('a') }))).toBe('403 Forbidden');
  });

  it('writes a status through its subresource only', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const status = { replicas: 2, availableReplicas: 1 };
    const created = await apps.createNamespacedDeployment({ namespace, body: { ...DEPLOYMENT, status } });
    expect([created.metadata?.generation, created.status]).toEqual([1, undefined]);

    const patch = { namespace, name: 'web', body: { spec: { replicas: 3 }, status } };
    const reported = await apps.patchNamespacedDeploymentStatus(patch, mergePatch);
    expect(reported).toMatchObject({ metadata: { generation: 1 }, spec: { replicas: 2 }, status });
    const scaled = await apps.patchNamespacedDeployment({ ...patch, body: { ...patch.body, status: {} } }, mergePatch);
    expect(scaled).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 3 }, status });
  });
});

it('KubernetesObjectApi finds any kind by discovery', async () => {
  const objects = KubernetesObjectApi.makeApiClient(config);
  const created = await objects.create(configMap('a'));
  expect(await objects.read(reference('a'))).toMatchObject({ data: { value: '1' } });
  const change = { ...reference('a'), data: { value: '2' } };
  const patched = await objects.patch(change, undefined, undefined, undefined, undefined, PatchStrategy.MergePatch);
  expect(patched).toMatchObject({ metadata: { uid: created.metadata?.uid }, data: { value: '2' } });
  expect(names(await objects.list('v1', 'ConfigMap', namespace))).toEqual(['a']);
  expect(await objects.delete(reference('a'))).toMatchObject({ status: 'Success' });
  expect(server.get(reference('a'))).toBeUndefined();

  await objects.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
  expect(names(await objects.list('v1', 'Namespace'))).toContain('other');
});

it('CustomObjectsApi has a resource as soon as its definition is there', async () => {
  const definitions = config.makeApiClient(ApiextensionsV1Api);
  await definitions.createCustomResourceDefinition({ body: WIDGETS });
  const { status: accepted } = await definitions.readCustomResourceDefinition({ name: 'widgets.example.com' });
  const conditions = accepted?.conditions?.map(({ type, status }) => `${type} ${status}`);
  expect(conditions).toEqual(['NamesAccepted True', 'Established True']);

  const custom = config.makeApiClient(CustomObjectsApi);
  const widgets = { group: 'example.com', version: 'v1', namespace, plural: 'widgets' };
  const a = { ...widgets, name: 'a' };
  await custom.createNamespacedCustomObject({ ...widgets, body: WIDGET });
  const status = { ready: true };
  await custom.patchNamespacedCustomObjectStatus({ ...a, body: { spec: { size: 9 }, status } }, mergePatch);
  await custom.patchNamespacedCustomObject({ ...a, body: { spec: { size: 2 } } }, mergePatch);
  const widget = { kind: 'Widget', metadata: { name: 'a', generation: 2 }, spec: { size: 2 }, status };
  expect(await custom.getNamespacedCustomObject(a)).toMatchObject(widget);
  expect(await custom.listNamespacedCustomObject(widgets)).toMatchObject({ kind: 'WidgetList', items: [widget] });

  await definitions.deleteCustomResourceDefinition({ name: 'widgets.example.com' });
  await expect(custom.listNamespacedCustomObject(widgets)).rejects.toMatchObject({ code: 404 });
});

describe('a Watch', () => {
  let heard: Inbox<string>;
  let ended: Inbox<unknown>;
  beforeEach(() => {
    heard = new Inbox();
    ended = new Inbox();
  });

  const watch = (query: Record<string, string>): Promise<AbortController> =>
    new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/configmaps`,
      query,
      (phase, object: { readonly metadata: V1ObjectMeta; readonly code?: number }) =>
        heard.put(`${phase} ${object.metadata.name ?? object.code ?? ''}`),
      ended.put,
    );

  it('hears what happens from a resourceVersion on, until the server ends it', async () => {
    const { resourceVersion } = server.create(configMap('a')).metadata;
    await watch({ resourceVersion });
    server.create(configMap('b'));
    server.patch(reference('a'), { data: { value: '2' } });
    server.create(configMap('c', { namespace: 'elsewhere' }));
    server.delete(reference('b'));
    expect(await heard.some(3)).toEqual(['ADDED b', 'MODIFIED a', 'DELETED b']);
    server.endWatches();
    expect(await ended.take()).toBeNull();
  });

  it('hears that its resourceVersion is too old', async () => {
    const { resourceVersion } = server.create(configMap('a')).metadata;
    server.create(configMap('b'));
    await server.restart();
    await watch({ resourceVersion });
    expect(await heard.take()).toBe('ERROR 410');
    expect(await ended.take()).toBeNull();
  });

  it('fails when it is cut', async () => {
    await watch({});
    server.cut();
    expect(await ended.take()).toBeInstanceOf(Error);
  });
});

describe('an informer', () => {
  let informer: Informer<V1ConfigMap> & ObjectCache<V1ConfigMap>;
  let said: Inbox<string>;
  let failed: Inbox<unknown>;

  beforeEach(async () => {
    server.create(configMap('a'));
    const core = config.makeApiClient(CoreV1Api);
    const list = (): Promise<KubernetesListObject<V1ConfigMap>> => core.listNamespacedConfigMap({ namespace });
    informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, list);
    said = new Inbox();
    failed = new Inbox();
    for (const verb of ['add', 'update', 'delete'] as const)
      informer.on(verb, ({ metadata }) => said.put(`${verb} ${metadata?.name ?? ''}`));
    informer.on('error', failed.put);
    await informer.start();
    expect(await said.take()).toBe('add a');
  });

  afterEach(() => informer.stop());

  const verbs = (): string[] =>
    server.requests.filter(({ resource }) => resource === 'configmaps').map(({ verb }) => verb);

  it('calls back for what happens, and goes on when its watch ends', async () => {
    server.create(configMap('b'));
    server.patch(reference('a'), { data: { value: '2' } });
    server.delete(reference('b'));
    expect(await said.some(3)).toEqual(['add b', 'update a', 'delete b']);
    server.endWatches();
    server.create(configMap('c'));
    expect(await said.take()).toBe('add c');
    expect(verbs()).toEqual(['list', 'watch', 'watch']);
    expect(failed.rest).toEqual([]);
  });

  it('reports a cut, and goes on from where it was when it is started again', async () => {
    server.cut();
    await failed.take();
    server.create(configMap('b'));
    await informer.start();
    expect(await said.take()).toBe('add b');
    expect(verbs()).toEqual(['list', 'watch', 'watch']);
  });

  it('lists anew when the server has forgotten what it missed', async () => {
    const restarted = server.restart(50);
    server.create(configMap('b'));
    server.delete(reference('a'));
    await Promise.all([restarted, failed.take()]);
    await informer.start();
    expect(await said.some(2)).toEqual(['delete a', 'add b']);
    // Its second watch was answered with a 410: otherwise it would have been told `add b` first.
    expect(verbs()).toEqual(['list', 'watch', 'watch', 'list']);
    server.patch(reference('b'), { data: { value: '2' } });
    expect(await said.take()).toBe('update b');
    expect(names({ items: informer.list() })).toEqual(['b']);
  });
});

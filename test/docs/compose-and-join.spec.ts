import { startApiServer, type ApiObject } from 'rxkube/apiserver';
import { expect, it } from 'vitest';
import { run, shown } from './guide.ts';

const object = (apiVersion: string, kind: string, name: string, metadata: object = {}, more: object = {}) => ({
  apiVersion,
  kind,
  metadata: { namespace: 'shop', ...metadata, name },
  ...more,
});
const deployment = object('apps/v1', 'Deployment', 'web', {}, { spec: { replicas: 2 } });
const service = object('v1', 'Service', 'web', {}, { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });

it('merges kinds, and tells them apart', async () => {
  await using server = await startApiServer({ objects: [deployment] });
  using program = run('compose-and-join/merge.ts', server);
  await program.says('deployment web added');
  server.create(service);
  await program.says('service web added');
  server.patch(deployment, { spec: { replicas: 3 } });
  await expect.poll(() => program.output).toBe(shown('compose-and-join/merge.ts'));
});

it('watches several namespaces, while the list of them changes', async () => {
  const namespace = (name: string, labels = {}) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  });
  const settings = (where: string) => object('v1', 'ConfigMap', 'settings', { namespace: where });
  const team = { team: 'shop' };
  const namespaces = [namespace('cart', team), namespace('forbidden', team), namespace('search')];
  await using server = await startApiServer({ objects: [...namespaces, settings('cart'), settings('search')] });
  server.tokens.set(server.token, (request) => request.namespace !== 'forbidden');
  using program = run('compose-and-join/namespaces.ts', server);
  await program.says('cart/settings added');
  server.patch(namespace('search'), { metadata: { labels: { team: 'shop' } } });
  await program.says('search/settings added');
  server.patch(namespace('search'), { metadata: { labels: { team: null } } });
  await program.says('search/settings deleted');
  server.delete(settings('cart'));
  await expect.poll(() => program.output).toBe(shown('compose-and-join/namespaces.ts'));
  const asked = server.requests.map((request) => request.namespace).filter((name) => name !== undefined);
  expect(asked.sort()).toEqual(['cart', 'forbidden', 'search']);
});

it('joins by selector, what nobody was told of included', async () => {
  const pod = (name: string) => object('v1', 'Pod', name, { labels: { app: 'web' } });
  await using server = await startApiServer({ objects: [service, pod('web-1')] });
  using program = run('compose-and-join/join.ts', server);
  await program.says('web-1');
  server.create(pod('web-2'));
  await program.says('web-2');
  server.patch(pod('web-1'), { metadata: { labels: { app: 'debug' } } });
  await program.says('modified: web-2');
  const restarted = server.restart(200);
  server.delete(pod('web-2'));
  await restarted;
  await expect.poll(() => program.output).toBe(shown('compose-and-join/join.ts'));
});

it('joins what was joined', async () => {
  await using server = await startApiServer();
  const owned = (kind: string, apiVersion: string, name: string, owner: ApiObject) => {
    const ownerReferences = [
      { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid },
    ];
    return server.create(object(apiVersion, kind, name, { ownerReferences }));
  };
  const web = server.create(deployment);
  const first = owned('ReplicaSet', 'apps/v1', 'web-1', web);
  const old = owned('Pod', 'v1', 'web-1-a', first);
  owned('Pod', 'v1', 'web-1-b', first);
  using program = run('compose-and-join/chain.ts', server);
  await program.says('web-1 has 2');
  const second = owned('ReplicaSet', 'apps/v1', 'web-2', web);
  await program.says('web-2 has 0');
  owned('Pod', 'v1', 'web-2-a', second);
  await program.says('web-2 has 1');
  server.delete(old);
  await expect.poll(() => program.output).toBe(shown('compose-and-join/chain.ts'));
});

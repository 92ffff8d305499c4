import { changes, constant, watch$ } from 'rxkube';
import { startApiServer } from 'rxkube/apiserver';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { expect, it } from 'vitest';
import { follow } from './follow.ts';

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const retry = constant(100);

it('tries again when the server is overloaded', async () => {
  await using server = await startApiServer({ objects: [configMap('a')] });
  const overloaded = server.inject({ fault: 'status', code: 429, retryAfter: 0, resource: 'configmaps', times: 2 });

  const seen = follow(watch$(connect({ kubeconfig: server.kubeconfigPath }).resource(ConfigMap), { retry }));
  await seen(({ type }) => type === 'initDone');

  expect(overloaded.hits).toBe(2);
  expect(server.requests.map(({ verb }) => verb)).toEqual(['watch', 'watch', 'watch']);
});

it.each([0, 100, 400])('knows everything, although its first list breaks after %i bytes', async (bytes) => {
  await using server = await startApiServer({ objects: [configMap('a'), configMap('b')] });
  const cut = server.inject({ fault: 'cut', verb: 'watch', at: { bytes } });

  const seen = follow(
    watch$(connect({ kubeconfig: server.kubeconfigPath }).resource(ConfigMap), { retry }).pipe(changes()),
  );
  await seen(({ type, object }) => type === 'added' && object.metadata.name === 'b');

  expect(cut.hits).toBe(1);
});

it('is current again after the network was gone', async () => {
  await using server = await startApiServer();
  const seen = follow(watch$(connect({ kubeconfig: server.kubeconfigPath }).resource(ConfigMap), { retry }));
  await seen(({ type }) => type === 'initDone');

  server.refuse();
  server.cut();
  server.create(configMap('meanwhile'));
  await seen((event) => event.type === 'interrupted' && event.error.kind === 'connection');
  await server.accept();

  await seen((event) => event.type === 'apply' && event.object.metadata.name === 'meanwhile');
});

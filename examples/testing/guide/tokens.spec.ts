import { constant, fetchCluster, watch$ } from 'rxkube';
import { startApiServer } from 'rxkube/apiserver';
import { Secret } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { follow } from './follow.ts';

const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name } });

it('says which permission is missing', async () => {
  await using server = await startApiServer({
    tls: false,
    tokens: { viewer: ({ resource }) => resource !== 'secrets' },
  });
  const as = (token: string) =>
    fetchCluster({ url: server.url, headers: { authorization: `Bearer ${token}` } }).resource(Secret);

  await expect(lastValueFrom(watch$(as('viewer')))).rejects.toMatchObject({ code: 403 });
  await expect(lastValueFrom(watch$(as('stranger')))).rejects.toMatchObject({ code: 401 });
});

it('goes on when a permission comes back', async () => {
  await using server = await startApiServer();
  const secrets = connect({ kubeconfig: server.kubeconfigPath }).resource(Secret);
  const seen = follow(watch$(secrets, { retry: constant(100) }));
  await seen(({ type }) => type === 'initDone');

  server.tokens.set(server.token, 'forbidden');
  server.create(secret('a'));
  await seen((event) => event.type === 'apply' && event.object.metadata.name === 'a'); // an open watch stays open
  server.cut();
  await seen((event) => event.type === 'interrupted' && event.error.code === 403);

  server.tokens.set(server.token, 'allowed');
  server.create(secret('b'));
  await seen((event) => event.type === 'apply' && event.object.metadata.name === 'b');
});

import { startApiServer } from 'rxkube/apiserver';
import { expect, it } from 'vitest';

const settings = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'shop' },
  data: { colour: 'green' },
};
const web = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 2 } };

it('is written from the test', async () => {
  await using server = await startApiServer({ objects: [settings] });

  server.create(web);
  server.patch(settings, { data: { colour: null, size: 'XL' } });
  server.patch(web, { status: { availableReplicas: 1 } });

  expect(server.get(settings)).toMatchObject({ data: { size: 'XL' } });
  expect(server.get(web)).toMatchObject({ metadata: { namespace: 'default' }, status: { availableReplicas: 1 } });
  expect(server.list('v1', 'ConfigMap', 'shop').map(({ metadata }) => metadata.name)).toEqual(['settings']);

  server.delete(settings);
  expect(server.get(settings)).toBeUndefined();
});

it('keeps an object that has a finalizer until that is removed', async () => {
  const held = { ...settings, metadata: { ...settings.metadata, finalizers: ['example.com/held'] } };
  await using server = await startApiServer({ objects: [held] });

  server.delete(held);
  expect(server.get(held)).toHaveProperty('metadata.deletionTimestamp');
  server.patch(held, { metadata: { finalizers: null } });
  expect(server.get(held)).toBeUndefined();
});

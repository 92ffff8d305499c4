import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, expect, it } from 'vitest';
import { closeAll, server } from '../../test/fixtures/client.js';
import { pem } from '../../test/fixtures/servers.js';
import { customResource } from '../kind.js';
import type { KubernetesObject } from '../events.js';
import { watch$ } from '../watch.js';
import { connect } from './index.js';

afterEach(closeAll);

const Widgets = customResource<KubernetesObject>()({
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
});

it('watches a cluster, and opens nothing before that', async () => {
  const metadata = { name: 'one', namespace: 'default', uid: '1', resourceVersion: '7' };
  const there = await server((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (request.path.includes('watch')) return;
    const kind = { apiVersion: 'example.com/v1', kind: 'WidgetList' };
    response.end(JSON.stringify({ ...kind, metadata: { resourceVersion: '9' }, items: [{ metadata }] }));
  });
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromClusterAndUser(
    { name: 'c', server: there.url, caData: Buffer.from(pem('ca.crt')).toString('base64'), skipTLSVerify: false },
    { name: 'me', token: 'secret' },
  );
  const cluster = connect({ kubeconfig });
  expect(cluster.id).toBe(there.url);
  const widgets = cluster.resource(Widgets, { namespace: 'default' });
  expect(there.count()).toBe(0);
  const types = await new Promise<string[]>((resolve, reject) => {
    const seen: string[] = [];
    const watching = watch$(widgets, { initialList: 'paged' }).subscribe({
      next: ({ type }) => {
        seen.push(type);
        if (type !== 'initDone') return;
        watching.unsubscribe();
        resolve(seen);
      },
      error: reject,
    });
  });
  expect(types).toEqual(['init', 'initApply', 'initDone']);
  expect(there.requests[0]).toMatchObject({ version: '2.0', headers: { authorization: 'Bearer secret' } });
});

it('says at once what cannot work', () => {
  expect(() => connect({ kubeconfig: '/no/such/file' })).toThrow('/no/such/file');
});

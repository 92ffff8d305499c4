import { appliedObjects, customResource, watch$ } from 'rxkube';
import { startApiServer } from 'rxkube/apiserver';
import type { NamespacedObjectMeta } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { it } from 'vitest';
import { follow } from './follow.ts';

interface Backup {
  readonly metadata: NamespacedObjectMeta;
  readonly status?: { readonly phase?: string };
}
const Backup = customResource<Backup>()({ group: 'example.com', version: 'v1', plural: 'backups', kind: 'Backup' });

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'backups.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'backups', kind: 'Backup' },
    versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} } }],
  },
};
const nightly = { apiVersion: 'example.com/v1', kind: 'Backup', metadata: { name: 'nightly' } };

it('serves a custom resource as soon as it is defined', async () => {
  await using server = await startApiServer({ objects: [definition, nightly] });
  const seen = follow(watch$(connect({ kubeconfig: server.kubeconfigPath }).resource(Backup)).pipe(appliedObjects()));
  server.patch(nightly, { status: { phase: 'Done' } });
  await seen(({ status }) => status?.phase === 'Done');
});

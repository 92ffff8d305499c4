import { startApiServer } from 'rxkube/apiserver';
import { expect, it } from 'vitest';
import { Program } from '../program.ts';

/** The code of README, each block as a process of its own. */

const pod = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'web' } },
  ...more,
});

it('ten lines: objects as they are and become', async () => {
  await using server = await startApiServer();
  const first = server.create(pod('first'));
  using program = new Program(['node', 'examples/readme/pods.ts'], server.kubeconfigPath);
  await program.says(`first is at ${first.metadata.resourceVersion}\n`);
  const second = server.create(pod('second'));
  await program.says(`second is at ${second.metadata.resourceVersion}\n`);
});

it('changes, with what was before', async () => {
  await using server = await startApiServer({ objects: [pod('web-1', { status: { phase: 'Pending' } })] });
  using program = new Program(['node', 'examples/readme/changes.ts'], server.kubeconfigPath);
  await program.says('web-1 added\n');
  server.patch(pod('web-1'), { status: { phase: 'Running' } });
  server.delete(pod('web-1'));
  await expect.poll(() => program.output).toBe('web-1 added\nweb-1 Pending → Running\nweb-1 deleted\n');
});

it('a store, with an index', async () => {
  const on = (nodeName: string) => ({ spec: { nodeName } });
  await using server = await startApiServer({ objects: [pod('a', on('worker-1')), pod('b', on('worker-2'))] });
  using program = new Program(['node', 'examples/readme/store.ts'], server.kubeconfigPath);
  expect(await program.ended).toBe(0);
  expect(program.output).toBe('2 pods, 1 of them on worker-1\n');
});

it('two watches, joined', async () => {
  await using server = await startApiServer();
  const owner = server.create({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web' } });
  using program = new Program(['node', 'examples/readme/join.ts'], server.kubeconfigPath);
  await program.says('web has 0 pods\n');
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: owner.metadata.uid }];
  server.create(pod('web-1', { metadata: { name: 'web-1', ownerReferences } }));
  await program.says('web has 1 pods\n');
});

it('recovery, told and answered', async () => {
  await using server = await startApiServer();
  using program = new Program(['node', 'examples/readme/recovery.ts'], server.kubeconfigPath);
  await program.says('a full list begins: start\nall is known, as of ');
  const restarted = server.restart(50);
  server.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'meanwhile' } });
  await restarted;
  await program.says('; again in ');
  await program.says(`a full list begins: expired\nall is known, as of ${server.resourceVersion}\n`);
});

it('an application, tested', async () => {
  using program = new Program(['node', 'examples/readme/testing.ts']);
  expect(await program.ended).toBe(0);
  expect(program.output).toBe('added settings\n');
});

it('a test with marbles', async () => {
  using program = new Program(['node', 'examples/readme/marbles.ts']);
  expect(await program.ended).toBe(0);
  expect(program.output).toBe('');
});

import { startApiServer } from 'rxkube/apiserver';
import { expect, it } from 'vitest';
import { run, shown } from './guide.ts';

const deployment = (name: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'shop' },
  spec: { replicas },
});
const web = deployment('web', 2);

it('tells what changed, a gap that the server has forgotten included', async () => {
  await using server = await startApiServer({ objects: [deployment('db', 1), web] });
  using program = run('react-to-changes/changes.ts', server);
  await program.says('web added');
  const canary = { ...web, metadata: { ...web.metadata, name: 'web-2', labels: { canary: 'yes' } } };
  server.create(canary);
  server.patch(web, { spec: { replicas: 3 } });
  await program.says('web: 2 → 3');

  const restarted = server.restart(200);
  server.delete(deployment('db', 1));
  server.patch(web, { spec: { replicas: 4 } });
  server.patch(web, { spec: { replicas: 5 } });
  await restarted;
  await program.says('web: 3 → 5');

  server.patch(web, { metadata: { labels: { canary: 'yes' } } });
  await expect.poll(() => program.output).toBe(shown('react-to-changes/changes.ts'));
});

it('reconciles: one piece of work an object at a time, with the newest state, and errors that concern one object', async () => {
  await using server = await startApiServer({ objects: [deployment('db', 0), web] });
  using program = run('react-to-changes/reconcile.ts', server);
  await program.says('given up');
  for (const replicas of [3, 4, 5, 6]) server.patch(web, { spec: { replicas } });
  server.patch(web, { status: { availableReplicas: 6 } });
  await program.says('web is done: modified, 6 replicas\n');

  const restarted = server.restart(200);
  server.create({ ...web, metadata: { name: 'web', namespace: 'other' } }); // so that what the watch knows is too old: 410
  await restarted;
  await expect.poll(() => program.output).toBe(shown('react-to-changes/reconcile.ts'));
});

it('waits for one thing', async () => {
  await using server = await startApiServer({ objects: [web] });
  using program = run('react-to-changes/wait.ts', server);
  await expect.poll(() => server.requests).toHaveLength(1);
  const counts = { replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  server.patch(web, { status: counts });
  expect(program.output).toBe('');
  server.patch(web, { status: { observedGeneration: 1, ...counts } });
  expect(await program.ended).toBe(0);
  expect(program.output).toBe(shown('react-to-changes/wait.ts'));
});

it('follows each object by itself', async () => {
  const pod = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop' } });
  await using server = await startApiServer({ objects: [pod('deleted'), pod('ready'), pod('stuck')] });
  using program = run('react-to-changes/stuck.ts', server);
  await expect.poll(() => server.requests).toHaveLength(1);
  server.patch(pod('ready'), { status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  server.delete(pod('deleted'));
  await program.says('stuck');
  server.create(pod('late'));
  await expect.poll(() => program.output).toBe(shown('react-to-changes/stuck.ts'));
});

it('loops', async () => {
  const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' } });
  await using server = await startApiServer({ objects: [configMap('settings')] });
  using program = run('react-to-changes/loop.ts', server);
  await program.says('added settings');
  server.patch(configMap('settings'), { data: { colour: 'green' } });
  server.delete(configMap('settings'));
  expect(await program.ended).toBe(0);
  expect(program.output).toBe(shown('react-to-changes/loop.ts'));
});

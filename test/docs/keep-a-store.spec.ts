import { startApiServer, type ApiServer } from 'rxkube/apiserver';
import { expect, it } from 'vitest';
import { run, shown } from './guide.ts';

const pod = (name: string, nodeName = 'worker-1') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop' },
  spec: { nodeName, containers: [{ name: 'main', image: 'nginx:1.29' }] },
  status: { phase: 'Running' },
});
const objects = [pod('web-1'), pod('web-2', 'worker-2')];
const failed = { status: { phase: 'Failed' } };

/** The server forgets what happens meanwhile: 410. */
async function restart(server: ApiServer, meanwhile: () => void): Promise<void> {
  const restarted = server.restart(200);
  meanwhile();
  await restarted;
}

it('fills a store, which is looked up by key and index', async () => {
  const sidecar = { name: 'sidecar', image: 'proxy:2' };
  const meshed = {
    ...pod('web-3'),
    spec: { nodeName: 'worker-1', containers: [sidecar, ...pod('web-3').spec.containers] },
  };
  await using server = await startApiServer({ objects: [...objects, meshed] });
  using program = run('keep-a-store/store.ts', server);
  expect(await program.ended).toBe(0);
  expect(program.output).toBe(shown('keep-a-store/store.ts'));
});

it('tells what changes in it, a relist as one', async () => {
  await using server = await startApiServer({ objects });
  using program = run('keep-a-store/observe.ts', server);
  await program.says('added, added');
  server.patch(pod('web-1'), failed);
  await program.says('modified');
  await restart(server, () => {
    server.patch(pod('web-1'), { status: { phase: 'Running' } });
    server.delete(pod('web-2'));
  });
  await expect.poll(() => program.output).toBe(shown('keep-a-store/observe.ts'));
});

it('shows what was there until a relist is complete', async () => {
  await using server = await startApiServer({ objects });
  using program = run('keep-a-store/relist.ts', server);
  await program.says('initDone');
  await restart(server, () => server.delete(pod('web-2')));
  await expect.poll(() => program.output).toBe(shown('keep-a-store/relist.ts'));
});

it('keeps less of each object', async () => {
  await using server = await startApiServer({ objects });
  using program = run('keep-a-store/slim.ts', server);
  expect(await program.ended).toBe(0);
  expect(program.output).toBe(shown('keep-a-store/slim.ts'));
});

it('feeds a screen', async () => {
  await using server = await startApiServer({ objects });
  using program = run('keep-a-store/screen.ts', server);
  await program.says('web-1 Running, web-2 Running');
  server.patch(pod('web-1'), failed);
  await program.says('web-1 Failed');
  await restart(server, () => server.delete(pod('web-2')));
  await expect.poll(() => program.output).toBe(shown('keep-a-store/screen.ts'));
});

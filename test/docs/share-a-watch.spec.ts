import { startApiServer } from 'rxkube/apiserver';
import { expect, it } from 'vitest';
import { run, shown } from './guide.ts';

const pod = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop' } });
const objects = [pod('web-1')];

it('tells who comes late what is there, and then what everybody is told, with one request', async () => {
  await using server = await startApiServer({ objects });
  using program = run('share-a-watch/shared.ts', server);
  await program.says('early: web-1 added');
  server.create(pod('web-2'));
  server.delete(pod('web-1'));
  await program.says('late: web-2 added');
  server.create(pod('web-3'));
  await expect.poll(() => program.output).toBe(shown('share-a-watch/shared.ts'));
  expect(server.requests).toHaveLength(1);
});

it('stays subscribed for a while after the last one is gone', async () => {
  await using server = await startApiServer({ objects });
  using program = run('share-a-watch/grace.ts', server);
  expect(await program.ended).toBe(0);
  expect(program.output).toBe(shown('share-a-watch/grace.ts'));
  expect(server.requests).toHaveLength(2);
});

import { readFileSync } from 'node:fs';
import * as k8s from '@kubernetes/client-node';
import { startApiServer, type ApiServer } from 'rxkube/apiserver';
import { describe, expect, it } from 'vitest';
import { run, shown } from './guide.ts';

const pod = (name: string, phase = 'Pending', app = 'web') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app } },
  spec: { containers: [{ name: 'main', image: 'registry.example/main' }] },
  status: { phase },
});

const hasWatch = (server: ApiServer): boolean => server.requests.some(({ verb }) => verb === 'watch');

describe.each(['migrate-from-client-node/before.ts', 'migrate-from-client-node/after.ts'])('%s', (example) => {
  it('tells the same, also what happened while the connection was broken', async () => {
    await using server = await startApiServer({
      objects: [pod('web-0'), pod('web-1', 'Running'), pod('api-0', 'Running', 'api')],
    });
    using program = run(example, server);
    await program.says('web-1 is Running\n');
    await expect.poll(() => hasWatch(server)).toBe(true);
    server.patch(pod('web-0'), { status: { phase: 'Running' } });
    await program.says('modified web-0 Running\n');

    server.cut();
    server.delete(pod('web-1'));
    server.create(pod('web-2'));
    await program.says('added web-2\n');
    const lines = program.output.trim().split('\n');
    expect(lines.filter((line) => !line.startsWith('failed: '))).toEqual(
      shown('migrate-from-client-node/after.ts').trim().split('\n'),
    );
    expect(lines.filter((line) => line.startsWith('failed: '))).not.toEqual([]);
  });
});

it('migrate-from-client-node/models.ts', async () => {
  await using server = await startApiServer({ objects: [pod('web-1')] });
  using program = run('migrate-from-client-node/models.ts', server);
  await program.says('containers\n');
  expect(program.output.replace(/\d{4}/, '2026')).toBe(shown('migrate-from-client-node/models.ts'));
});

it('the guide has a word for all that an informer can do', () => {
  const [, table = ''] = readFileSync('docs/migrate-from-client-node.md', 'utf8').split('## Word by word');
  const verbs = [k8s.ADD, k8s.UPDATE, k8s.DELETE, k8s.CHANGE, k8s.CONNECT, k8s.ERROR].map((verb) => `on('${verb}')`);
  const methods = [
    'start',
    'stop',
    'off',
    'get',
    'list',
    'latestResourceVersion',
  ] as const satisfies readonly (keyof k8s.ListWatch<k8s.V1Pod>)[];
  for (const word of [...verbs, ...methods.map((method) => `\`${method}(`)]) expect(table).toContain(word);
});

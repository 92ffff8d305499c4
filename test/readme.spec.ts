import { globSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startApiServer, type ApiServer } from '../apiserver/index.js';

/** The code of README is the code of `examples/readme`, which is type-checked with the rest. Here each of its blocks runs. */

it('README shows the examples as they are', () => {
  const shown = [...readFileSync('README.md', 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
  const files = globSync('examples/readme/*.ts').map((file) => readFileSync(file, 'utf8'));
  expect(new Set(shown)).toEqual(new Set(files));
});

it('README names only scripts that exist', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = [...readFileSync('README.md', 'utf8').matchAll(/^`?npm (?:run )?([\w:]+)/gm)].map(
    ([, name = '']) => name,
  );
  expect(named.filter((name) => !['ci', 'install'].includes(name) && !(name in scripts))).toEqual([]);
});

it('README links only to what is there', () => {
  const links = [...readFileSync('README.md', 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(
    ([, path = '']) => path,
  );
  expect(links.filter((path) => globSync(path).length === 0)).toEqual([]);
});

describe('the code of README, on an API server', { timeout: 20_000 }, () => {
  const pod = (name: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'web' } },
    ...more,
  });
  let server: ApiServer;
  let printed: string[];

  beforeEach(async () => {
    server = await startApiServer();
    vi.stubEnv('KUBECONFIG', server.kubeconfigPath);
    printed = [];
    vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void printed.push(words.join(' ')));
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await server.close();
  });

  const prints = (...lines: readonly unknown[]): Promise<void> =>
    vi.waitFor(() => expect(printed).toEqual(expect.arrayContaining([...lines])), 10_000);

  it('ten lines: objects as they are and become', async () => {
    const first = server.create(pod('first'));
    await import('../examples/readme/pods.js');
    await prints(`first is at ${first.metadata.resourceVersion}`);
    const second = server.create(pod('second'));
    await prints(`second is at ${second.metadata.resourceVersion}`);
  });

  it('changes, with what was before', async () => {
    server.create(pod('web-1', { status: { phase: 'Pending' } }));
    await import('../examples/readme/changes.js');
    await prints('web-1 added');
    server.patch(pod('web-1'), { status: { phase: 'Running' } });
    server.delete(pod('web-1'));
    await prints('web-1 Pending → Running', 'web-1 deleted');
  });

  it('a store, with an index', async () => {
    server.create(pod('a', { spec: { nodeName: 'worker-1' } }));
    server.create(pod('b', { spec: { nodeName: 'worker-2' } }));
    await import('../examples/readme/store.js');
    expect(printed).toEqual(['2 pods, 1 of them on worker-1']);
  });

  it('two watches, joined', async () => {
    const owner = server.create({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web' } });
    await import('../examples/readme/join.js');
    await prints('web has 0 pods');
    const { uid } = owner.metadata;
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid }];
    server.create({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', ownerReferences } });
    await prints('web has 1 pods');
  });

  it('an application, tested', async () => {
    await import('../examples/readme/testing.js');
    expect(printed).toEqual(['added settings']);
  });

  it('a test with marbles', async () => {
    await expect(import('../examples/readme/marbles.js')).resolves.toBeDefined();
  });

  it('recovery, told and answered', async () => {
    await import('../examples/readme/recovery.js');
    await prints('a full list begins: start', expect.stringMatching(/^all is known, as of \d+$/));
    const restarted = server.restart(50);
    server.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'meanwhile' } });
    await restarted;
    await prints(
      expect.stringMatching(/; again in \d+ ms$/),
      'a full list begins: expired',
      `all is known, as of ${server.resourceVersion}`,
    );
  });
});

import { spawn, type ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Writer } from './follow.ts';
import { clusterUnderTest, type ClusterUnderTest } from './under-test.ts';

/** What the README shows and `npm start`, as processes of their own. They import the package as it is built. */

let cluster: ClusterUnderTest;
const started = new Set<Program>();

beforeAll(async () => {
  cluster = await clusterUnderTest();
  const build = new Program(['npm', 'run', '--silent', 'build']);
  expect(await build.ended, build.output).toBe(0);
});

afterAll(async () => {
  for (const program of started) program.stop();
  await cluster[Symbol.asyncDispose]();
});

class Program {
  output = '';
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor([command = '', ...args]: readonly string[], kubeconfig?: string) {
    const env = kubeconfig === undefined ? process.env : { ...process.env, KUBECONFIG: kubeconfig };
    this.#child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (text) => (this.output += String(text)));
    }
    this.ended = new Promise((resolve) => this.#child.once('close', resolve));
    started.add(this);
  }

  async says(text: string, within = 30_000): Promise<void> {
    const start = performance.now();
    while (!this.output.includes(text)) {
      if (performance.now() - start > within) throw new Error(`never said ${JSON.stringify(text)}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** With all that it started: `npm` has children. */
  stop(): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid);
  }
}

it('README: prints pods as they come', async () => {
  const pod = {
    metadata: { generateName: 'readme-' },
    spec: { containers: [{ name: 'main', image: 'registry.example/main' }] },
  };
  const { metadata } = await cluster.admin.create('/api/v1/namespaces/default/pods', pod);
  const program = new Program(['node', 'examples/readme/pods.ts'], cluster.kubeconfigPath);
  await program.says(`${metadata.name ?? ''} is at `);
  await cluster.admin.delete(`/api/v1/namespaces/default/pods/${metadata.name ?? ''}`, { gracePeriodSeconds: 0 });
  program.stop();
});

it('README: fills a store, and the process ends by itself once it is unsubscribed', async () => {
  const program = new Program(['node', 'examples/readme/store.ts'], cluster.kubeconfigPath);
  await program.says('pods, 0 of them on worker-1');
  expect(await program.ended).toBe(0);
});

it('README: tells what happens to it, and npm start survives the restart of the server', async ({ skip }) => {
  if (!cluster.owned) return skip('needs a cluster of its own');
  const writer = await Writer.inNewNamespace(cluster.admin);
  const recovery = new Program(['node', 'examples/readme/recovery.ts'], cluster.kubeconfigPath);
  const flags = ['--kubeconfig', cluster.kubeconfigPath, '--kind', 'cm', '-n', writer.namespace];
  const start = new Program(['npm', 'start', '--', ...flags]);
  await recovery.says('a full list begins: start');
  await start.says(': live');
  await writer.create('before');
  await start.says(`added ${writer.namespace}/before`);
  await cluster.kill();
  await recovery.says('again in');
  await start.says(': interrupted');
  await cluster.start();
  await writer.modify('before', 'after');
  await start.says(`modified ${writer.namespace}/before`);
  await recovery.says('current again, from');
  for (const program of [recovery, start]) program.stop();
});

it('npm start shows nothing of a cluster that only KUBECONFIG names', async () => {
  const start = new Program(['npm', 'start'], cluster.kubeconfigPath);
  expect(await start.ended).toBe(0);
  expect(start.output).not.toContain(cluster.url);
  expect(start.output).toContain('the table is as the server has it');
});

it('npm start says what is wrong and ends', async () => {
  const start = (...flags: readonly string[]): Program => new Program(['npm', 'start', '--', ...flags]);
  const kind = start('--kubeconfig', cluster.kubeconfigPath, '--kind', 'unicorns');
  expect(await kind.ended).not.toBe(0);
  expect(kind.output).toContain('the server has no resource called "unicorns" that can be watched');
  const context = start('--kubeconfig', cluster.kubeconfigPath, '--context', 'nowhere');
  expect(await context.ended).not.toBe(0);
  expect(context.output).toContain('nowhere');
  const other = new Program(['npm', 'start', '--', '--context', 'elsewhere'], cluster.kubeconfigPath);
  expect(await other.ended).not.toBe(0);
  expect(other.output).toContain('elsewhere');
});

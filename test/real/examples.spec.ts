import { globSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as kinds from '../../kinds/index.js';
import { blocksOf } from '../docs/guide.ts';
import { Program } from '../program.ts';
import type { KubeObject } from './admin.ts';
import { Writer } from './follow.ts';
import { clusterUnderTest, type ClusterUnderTest } from './under-test.ts';

/** What README and the guides show and `npm start`, as processes of their own. */

let cluster: ClusterUnderTest;

beforeAll(async () => {
  cluster = await clusterUnderTest();
  using build = new Program(['npm', 'run', '--silent', 'build']);
  expect(await build.ended, build.output).toBe(0);
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

it('README: prints pods as they come', async () => {
  const pod = {
    metadata: { generateName: 'readme-' },
    spec: { containers: [{ name: 'main', image: 'registry.example/main' }] },
  };
  const { metadata } = await cluster.admin.create('/api/v1/namespaces/default/pods', pod);
  using program = new Program(['node', 'examples/readme/pods.ts'], cluster.kubeconfigPath);
  await program.says(`${metadata.name ?? ''} is at `);
  await cluster.admin.delete(`/api/v1/namespaces/default/pods/${metadata.name ?? ''}`, { gracePeriodSeconds: 0 });
});

it('README: fills a store, and the process ends by itself once it is unsubscribed', async () => {
  using program = new Program(['node', 'examples/readme/store.ts'], cluster.kubeconfigPath);
  await program.says('pods, 0 of them on worker-1');
  expect(await program.ended).toBe(0);
});

it('README: tells what happens to it, and npm start survives the restart of the server', async ({ skip }) => {
  if (!cluster.owned) return skip('needs a cluster of its own');
  const writer = await Writer.inNewNamespace(cluster.admin);
  using recovery = new Program(['node', 'examples/readme/recovery.ts'], cluster.kubeconfigPath);
  const flags = ['--kubeconfig', cluster.kubeconfigPath, '--kind', 'cm', '-n', writer.namespace];
  using start = new Program(['npm', 'start', '--', ...flags]);
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
});

it('npm start shows nothing of a cluster that only KUBECONFIG names', async () => {
  using start = new Program(['npm', 'start'], cluster.kubeconfigPath);
  expect(await start.ended).toBe(0);
  expect(start.output).not.toContain(cluster.url);
  expect(start.output).toContain('the table is as the server has it');
});

it('npm start says what is wrong and ends', async () => {
  const start = (...flags: readonly string[]): Program => new Program(['npm', 'start', '--', ...flags]);
  using kind = start('--kubeconfig', cluster.kubeconfigPath, '--kind', 'unicorns');
  expect(await kind.ended).not.toBe(0);
  expect(kind.output).toContain('the server has no resource called "unicorns" that can be watched');
  using context = start('--kubeconfig', cluster.kubeconfigPath, '--context', 'nowhere');
  expect(await context.ended).not.toBe(0);
  expect(context.output).toContain('nowhere');
  using other = new Program(['npm', 'start', '--', '--context', 'elsewhere'], cluster.kubeconfigPath);
  expect(await other.ended).not.toBe(0);
  expect(other.output).toContain('elsewhere');
});

it('the manifests of the guides are what a server takes', async ({ skip }) => {
  if (!cluster.owned) return skip('leaves what it creates');
  const blocks = globSync('docs/*.md').flatMap(blocksOf);
  const manifests = blocks.filter(({ language }) => language === 'yaml').flatMap(({ text }) => loadAll(text));
  for (const manifest of manifests as KubeObject[]) {
    const { apiVersion = '', kind: name, metadata } = manifest;
    const kind = Object.values(kinds).find((one) => one.kind === name && apiVersion.endsWith(one.version));
    const root = apiVersion.includes('/') ? '/apis' : '/api';
    const { namespace } = metadata;
    if (namespace !== undefined) {
      await cluster.admin.create('/api/v1/namespaces', { metadata: { name: namespace } }).catch(() => undefined);
    }
    const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
    const path = `${root}/${apiVersion}${within}/${kind?.plural ?? ''}`;
    await cluster.admin.create(path, manifest, { fieldValidation: 'Strict' });
  }
});

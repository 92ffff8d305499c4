import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Program } from '../program.ts';
import { startCluster, type Cluster } from './cluster.ts';

/** Whether there is a server of our own, without controllers: nothing but the test changes what is on it. */
const isOwn = (process.env['KUBECONFIG'] ?? '') === '';

describe.runIf(isOwn)('the commands of examples/', () => {
  let cluster: Cluster;
  let namespace: string;

  beforeAll(async () => {
    cluster = await startCluster();
    using build = new Program(['npm', 'run', '--silent', 'build']);
    expect(await build.ended, build.output).toBe(0);
  });

  afterAll(async () => {
    await cluster.stop();
  });

  beforeEach(async () => {
    const { metadata } = await cluster.admin.create('/api/v1/namespaces', { metadata: { generateName: 'commands-' } });
    namespace = metadata.name ?? '';
  });

  function example(name: string, ...flags: readonly string[]): Program {
    return new Program(['node', `examples/${name}.ts`, '--kubeconfig', cluster.kubeconfigPath, ...flags]);
  }

  /** Definitions and permissions take a moment to be known. */
  async function served(request: () => Promise<unknown>): Promise<void> {
    await vi.waitFor(request, { timeout: 30_000 });
  }

  it('rollouts: from the first pod to the last', async () => {
    const { admin } = cluster;
    const [apps, core] = [`/apis/apps/v1/namespaces/${namespace}`, `/api/v1/namespaces/${namespace}`];
    const template = (image: string) => ({
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image }] },
    });
    const revision = (number: string) => ({ annotations: { 'deployment.kubernetes.io/revision': number } });
    const selector = { matchLabels: { app: 'web' } };
    const reported = (observedGeneration: number, updatedReplicas: number) => ({
      status: { observedGeneration, replicas: 1, updatedReplicas, readyReplicas: 1, availableReplicas: 1 },
    });
    const ready = { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } };
    const owned = (apiVersion: string, kind: string, name: string, uid = '') => ({
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
    });

    const deployment = await admin.create(`${apps}/deployments`, {
      metadata: { name: 'web', ...revision('1') },
      spec: { replicas: 1, selector, template: template('registry.example/web:1') },
    });
    const replicaSet = async (number: string) => {
      const metadata = {
        name: `web-${number}`,
        ...revision(number),
        ...owned('apps/v1', 'Deployment', 'web', deployment.metadata.uid),
      };
      const spec = { replicas: 1, selector, template: template(`registry.example/web:${number}`) };
      return admin.create(`${apps}/replicasets`, { metadata, spec });
    };
    const pod = async (name: string, owner: string, uid?: string) => {
      const metadata = { name, finalizers: ['example.com/held'], ...owned('apps/v1', 'ReplicaSet', owner, uid) };
      await admin.create(`${core}/pods`, { ...template('registry.example/web'), metadata });
    };

    using program = example('rollouts', '-n', namespace);
    await program.says('0 of 1 updated, progressing');
    const first = await replicaSet('1');
    await pod('a', 'web-1', first.metadata.uid);
    await program.says('1 of 1 updated, 0 ready, progressing');
    await admin.patch(`${core}/pods/a/status`, ready);
    await admin.patch(`${apps}/deployments/web/status`, reported(1, 1));
    await program.says('1 of 1 updated, complete');

    await admin.patch(`${apps}/deployments/web`, {
      metadata: revision('2'),
      spec: { template: template('registry.example/web:2') },
    });
    const second = await replicaSet('2');
    await program.says('0 of 1 updated, 1 old pod, progressing');
    await pod('b', 'web-2', second.metadata.uid);
    await program.says('1 of 1 updated, 0 ready, 1 old pod, progressing');

    await cluster.restart();
    await program.says('# it goes on');
    await admin.patch(`${core}/pods/b/status`, ready);
    await admin.delete(`${core}/pods/a`);
    await admin.patch(`${apps}/deployments/web/status`, reported(2, 1));
    await program.says('1 of 1 updated, 1 old pod terminating, complete');
    await admin.delete(`${apps}/deployments/web`, { propagationPolicy: 'Background' });
    await program.says(`${namespace}/web`);
    await program.says('gone');
    program.stop();
    expect(await program.ended).toBe(0);
  });

  it('expiring-certificates: of a resource that is not there, and then is', async () => {
    const { admin } = cluster;
    using before = example('expiring-certificates');
    expect(await before.ended).toBe(1);
    expect(before.output).toBe('this cluster has no certificates.cert-manager.io: cert-manager is not installed\n');

    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    await admin.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'certificates.cert-manager.io' },
      spec: {
        group: 'cert-manager.io',
        scope: 'Namespaced',
        names: { plural: 'certificates', kind: 'Certificate' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    const certificates = `/apis/cert-manager.io/v1/namespaces/${namespace}/certificates`;
    await served(() => admin.list(certificates));
    const until = (days: number) => ({
      status: { notAfter: new Date(Date.now() + (days + 0.01) * 86_400_000).toISOString() },
    });
    const create = (name: string, days: number) =>
      admin.create(certificates, {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        metadata: { name },
        ...until(days),
      });
    await create('late', 80);
    await create('soon', 20);

    using program = example('expiring-certificates', '-n', namespace);
    await program.says(`${namespace}/soon`);
    expect(program.output).toContain('in 20d');
    expect(program.output).not.toContain('late');
    await admin.patch(`${certificates}/soon`, until(90));
    await program.says('none expires that soon');
  });

  it('namespace-contents: what somebody may see who may not see everything', async () => {
    const { admin } = cluster;
    const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    const rules = [{ apiGroups: ['', 'apps'], resources: ['configmaps', 'deployments'], verbs: ['list', 'watch'] }];
    await admin.create(`${roles}/roles`, { metadata: { name: 'some' }, rules });
    await admin.create(`${roles}/rolebindings`, {
      metadata: { name: 'some' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'some' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'limited' }],
    });
    const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
    await admin.create(configMaps, { metadata: { name: 'first' } });
    const limited = cluster.as('limited');
    await served(() => limited.list(configMaps));
    await limited.close();

    using program = example('namespace-contents', '-n', namespace, '--context', 'limited');
    await program.says(`added ${namespace}/first`);
    await admin.create(configMaps, { metadata: { name: 'second' } });
    await program.says(`added ${namespace}/second`);
    await program.says('# secrets: left out, as they may not be listed');
    expect(program.output).not.toContain('# deployments.apps');
  });

  it('pods-by-node, event-feed', async () => {
    const core = `/api/v1/namespaces/${namespace}`;
    using pods = example('pods-by-node', '-n', namespace);
    using events = example('event-feed', '-n', namespace, '-n', 'default');
    await pods.says('(no node)');
    const container = { name: 'main', image: 'registry.example/main' };
    await cluster.admin.create(`${core}/pods`, {
      metadata: { name: 'a' },
      spec: { nodeName: 'node-1', containers: [container] },
    });
    await pods.says('node-1      1      0         1');
    const involvedObject = { kind: 'Pod', namespace, name: 'a' };
    await cluster.admin.create(`${core}/events`, {
      metadata: { name: 'a.1' },
      involvedObject,
      type: 'Warning',
      reason: 'Failed',
      message: 'no such image',
      lastTimestamp: new Date().toISOString().replace(/\.\d+/, ''),
    });
    await events.says(`! Failed              Pod ${namespace}/a: no such image`);
  });
});

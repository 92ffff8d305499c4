import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { startApiServer, type ApiObject, type ApiServer } from 'rxkube/apiserver';
import { describe, expect, it } from 'vitest';
import { Program } from '../program.ts';

/** The commands of `examples/`, each as a process of its own, on a server that the test changes, breaks and mends. */

const ON_TIME = { timeout: 20_000 };

function example(server: ApiServer, name: string, ...flags: readonly string[]): Program {
  return new Program(['node', `examples/${name}.ts`, '--kubeconfig', server.kubeconfigPath, ...flags]);
}

/** What it printed, line by line and cell by cell, without what it said of the watch. */
function rows({ output }: Program): readonly string[][] {
  const lines = stripVTControlCharacters(output).split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.trim().split(/ {2,}/));
}

async function prints(program: Program, ...cells: readonly unknown[]): Promise<void> {
  await expect.poll(() => rows(program), ON_TIME).toContainEqual(cells);
}

async function endsWell(program: Program): Promise<void> {
  program.stop();
  expect(await program.ended, program.output).toBe(0);
}

async function succeeds(command: Program, text: RegExp): Promise<void> {
  using program = command;
  expect(await program.ended, program.output).toBe(0);
  expect(program.output).toMatch(text);
}

async function fails(command: Program, line: string | RegExp): Promise<void> {
  using program = command;
  expect(await program.ended, program.output).toBe(1);
  expect(program.output.trim().split('\n')).toEqual([expect.stringMatching(line)]);
}

describe('pods-by-node', () => {
  const pod = (name: string, nodeName?: string, phase = 'Running', namespace = 'shop') => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { nodeName, containers: [{ name: 'main' }] },
    status: { phase },
  });

  it('counts by node and phase, and is right again when the server was down', async () => {
    const objects = [pod('a', 'node-1'), pod('b', 'node-1', 'Failed'), pod('c', undefined, 'Pending')];
    await using server = await startApiServer({ objects });
    using program = example(server, 'pods-by-node');
    await prints(program, '(no node)', '1', '0', '1', '0', '0');
    expect(rows(program)).toEqual([
      ['NODE', 'PODS', 'RUNNING', 'PENDING', 'SUCCEEDED', 'FAILED'],
      ['node-1', '2', '1', '0', '0', '1'],
      ['(no node)', '1', '0', '1', '0', '0'],
    ]);

    server.patch(pod('c'), { spec: { nodeName: 'node-2' }, status: { phase: 'Running' } });
    await prints(program, 'node-2', '1', '1', '0', '0', '0');
    await prints(program, '(no node)', '0', '0', '0', '0', '0');

    const restarted = server.restart(300);
    server.delete(pod('a'));
    server.delete(pod('c'));
    await program.says('trying again');
    await restarted;
    await program.says('# it goes on');
    await prints(program, 'node-1', '1', '0', '0', '0', '1');
    await prints(program, 'node-2', 'no longer there');
    await endsWell(program);
  });

  it('looks at one namespace', async () => {
    await using server = await startApiServer({
      objects: [pod('a', 'node-1'), pod('b', 'node-2', 'Running', 'other')],
    });
    using program = example(server, 'pods-by-node', '-n', 'other');
    await prints(program, 'node-2', '1', '1', '0', '0', '0');
    expect(program.output).not.toContain('node-1');
    await endsWell(program);
  });
});

describe('rollouts', () => {
  const CLOCK: unknown = expect.stringMatching(/^\d\d:\d\d:\d\d$/);
  const web = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } };

  const template = (image: string, labels: object = {}) => ({
    metadata: { labels: { app: 'web', ...labels } },
    spec: { containers: [{ name: 'main', image }] },
  });
  const owned = (owner: ApiObject, kind: string, name: string, more: object = {}) => {
    const ownerReferences = [
      { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid },
    ];
    return {
      apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1',
      kind,
      metadata: { name, namespace: 'shop', ownerReferences, ...more },
    };
  };
  const status = (updatedReplicas: number, availableReplicas: number, replicas = availableReplicas) => ({
    status: { observedGeneration: 9, replicas, updatedReplicas, availableReplicas },
  });
  const ready = { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } };
  const failing = (reason: string) => ({
    status: {
      phase: 'Pending',
      containerStatuses: [{ name: 'main', ready: false, restartCount: 0, state: { waiting: { reason } } }],
    },
  });

  const roll = (server: ApiServer, image: string): ApiObject => {
    const deployment = server.patch(web, { spec: { template: template(image) } });
    const replicaSet = owned(deployment, 'ReplicaSet', `web-${image}`);
    return server.create({ ...replicaSet, spec: { template: template(image, { 'pod-template-hash': image }) } });
  };

  it('says how far it is, whatever happens', async () => {
    await using server = await startApiServer();
    server.create({ ...web, spec: { replicas: 2 } });
    const first = roll(server, '1');
    using program = example(server, 'rollouts', '-n', 'shop');
    await prints(program, CLOCK, 'shop/web', '0 of 2 updated, progressing');

    const [a, b] = ['a', 'b'].map((name) =>
      server.create({ ...owned(first, 'Pod', name, { finalizers: ['example.com/held'] }) }),
    );
    await prints(program, CLOCK, 'shop/web', '2 of 2 updated, 0 ready, progressing');
    if (a === undefined || b === undefined) throw new Error('no pods');
    server.patch(a, ready);
    server.patch(b, ready);
    server.patch(web, status(2, 2));
    await prints(program, CLOCK, 'shop/web', '2 of 2 updated, complete');

    server.patch(web, { spec: { paused: true, template: template('2') }, ...status(0, 2) });
    await prints(program, CLOCK, 'shop/web', '0 of 2 updated, 2 old pods, paused');
    server.patch(web, { spec: { paused: false } });
    const second = roll(server, '2');
    server.patch(web, status(0, 2));
    await prints(program, CLOCK, 'shop/web', '0 of 2 updated, 2 old pods, progressing');
    const c = server.create(owned(second, 'Pod', 'c'));
    server.delete(a);
    await prints(program, CLOCK, 'shop/web', '1 of 2 updated, 0 ready, 2 old pods, 1 terminating, progressing');
    server.patch(c, failing('ImagePullBackOff'));
    await prints(
      program,
      CLOCK,
      'shop/web',
      '1 of 2 updated, 0 ready, 2 old pods, 1 terminating, stuck (ImagePullBackOff)',
    );
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    server.patch(web, { status: { conditions } });
    await prints(
      program,
      CLOCK,
      'shop/web',
      expect.stringMatching(/ stuck \(ProgressDeadlineExceeded, ImagePullBackOff\)$/),
    );

    server.patch(web, { status: { observedGeneration: 0 } }); // what the controller said is of a former template
    await prints(program, CLOCK, 'shop/web', expect.stringMatching(/ stuck \(ImagePullBackOff\)$/));

    // While nobody looks, the rest happens.
    const restarted = server.restart(300);
    server.patch(web, { status: { conditions: null } });
    server.patch(c, { ...ready, status: { ...ready.status, containerStatuses: null } });
    server.patch(server.create(owned(second, 'Pod', 'd')), ready);
    server.delete(b);
    server.patch(a, { metadata: { finalizers: null } });
    server.patch(web, status(2, 2));
    await restarted;
    await prints(program, CLOCK, 'shop/web', '2 of 2 updated, 1 old pod terminating, complete');

    server.delete(web);
    await prints(program, CLOCK, 'shop/web', 'gone');
    await endsWell(program);
  });

  it('says why it is stuck', async () => {
    await using server = await startApiServer();
    server.create({ ...web, metadata: { ...web.metadata, finalizers: ['foregroundDeletion'] }, spec: { replicas: 1 } });
    const pod = server.create(owned(roll(server, '1'), 'Pod', 'a'));
    using program = example(server, 'rollouts');
    const says = async (reason: string, status: object): Promise<void> => {
      server.patch(pod, { status });
      await expect.poll(() => rows(program).at(-1)?.at(-1), ON_TIME).toBe(`1 of 1 updated, 0 ready, ${reason}`);
    };
    const waits = (reason: string, restartCount = 0) => [
      { name: 'a', ready: false, restartCount, state: { waiting: { reason } } },
    ];
    const runs = (restartCount: number) => [{ name: 'a', ready: false, restartCount, state: { running: {} } }];

    await says('progressing', { conditions: [] });
    const unscheduled = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' };
    await says('stuck (Unschedulable)', { phase: 'Pending', conditions: [unscheduled] });
    await says('stuck (ErrImagePull)', { conditions: [], initContainerStatuses: waits('ErrImagePull') });
    await says('progressing', { initContainerStatuses: [], containerStatuses: runs(1) });
    await says('stuck (CrashLoopBackOff)', { containerStatuses: runs(2) });
    await says('progressing', { containerStatuses: waits('ContainerCreating') });

    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }];
    server.patch(web, { status: { observedGeneration: 9, conditions } });
    await prints(program, CLOCK, 'shop/web', '1 of 1 updated, 0 ready, stuck (FailedCreate)');
    server.delete(web);
    await prints(program, CLOCK, 'shop/web', '1 of 1 updated, 0 ready, terminating');
    await endsWell(program);
  });
});

describe('event-feed', () => {
  const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
  const event = (namespace: string, name: string, more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: { kind: 'Pod', namespace, name: `pod-${name}` },
    type: 'Normal',
    reason: 'Started',
    message: `about ${name}`,
    lastTimestamp: ago(0),
    ...more,
  });
  const texts = (program: Program): readonly unknown[] => rows(program).map((cells) => cells.slice(1).join(' '));

  it('tells of some namespaces, not of the past, and what repeats only now and then', async () => {
    await using server = await startApiServer({
      objects: [
        event('a', '1', { lastTimestamp: ago(10_000) }),
        event('a', '2', { lastTimestamp: ago(30_000) }),
        event('a', '3', { lastTimestamp: ago(120_000) }),
        event('b', '4', {
          lastTimestamp: null,
          eventTime: ago(20_000),
          series: { count: 7, lastObservedTime: ago(5_000) },
        }),
        event('c', '5'),
      ],
    });
    using program = example(server, 'event-feed', '-n', 'a', '-n', 'b', '-n', 'a', '--since', '1m');
    await expect.poll(() => texts(program), ON_TIME).toHaveLength(3);
    expect(texts(program).indexOf('Started Pod a/pod-2: about 2')).toBeLessThan(
      texts(program).indexOf('Started Pod a/pod-1: about 1'),
    );
    expect(texts(program)).toContain('Started Pod b/pod-4: about 4 (×7)');

    const crash = event('b', '6', { type: 'Warning', reason: 'BackOff', message: 'it\nfailed \u001b[31magain' });
    server.create({ ...crash, count: 1 });
    await expect.poll(() => texts(program), ON_TIME).toContain('! BackOff Pod b/pod-6: it failed [31magain');
    for (let count = 2; count <= 5; count++) server.patch(crash, { count, lastTimestamp: ago(0) });
    server.create(event('a', '7'));
    server.create(event('c', '8'));
    await expect.poll(() => texts(program), ON_TIME).toContain('Started Pod a/pod-7: about 7');
    expect(texts(program).filter((text) => String(text).includes('pod-6'))).toHaveLength(1);
    await expect.poll(() => texts(program), ON_TIME).toContain('! BackOff Pod b/pod-6: it failed [31magain (×5)');
    expect(texts(program).filter((text) => String(text).includes('pod-6'))).toHaveLength(2);
    expect(program.output).not.toMatch(/pod-[358]/);
    await endsWell(program);
  });

  it('tells of all namespaces, and after a relist only of what is new', async () => {
    await using server = await startApiServer({ objects: [event('a', '1')] });
    using program = example(server, 'event-feed');
    await program.says('about 1');
    const restarted = server.restart(300);
    server.create(event('b', '2'));
    await restarted;
    await program.says('about 2');
    expect(rows(program)).toHaveLength(2);
    await endsWell(program);
  });
});

describe('expiring-certificates', () => {
  const DAY = 86_400_000;
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'certificates.cert-manager.io' },
    spec: {
      group: 'cert-manager.io',
      scope: 'Namespaced',
      names: { plural: 'certificates', kind: 'Certificate' },
      versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} } }],
    },
  };
  const certificate = (
    name: string,
    days: number,
    conditions: readonly object[] = [{ type: 'Ready', status: 'True' }],
  ) => ({
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { name, namespace: 'shop' },
    status: { notAfter: new Date(Date.now() + days * DAY).toISOString(), conditions },
  });
  const TIME: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

  it('shows those that expire soon, the first one first, until they are renewed', async () => {
    const failed = [{ type: 'Ready', status: 'False', message: 'no issuer' }];
    const objects = [definition, certificate('a', 6.52), certificate('b', 60), certificate('c', -2.52, failed)];
    await using server = await startApiServer({ objects });
    using program = example(server, 'expiring-certificates', '--within', '7d');
    await prints(program, 'shop/a', 'in 6d12h', TIME, 'True');
    expect(rows(program)).toEqual([
      ['CERTIFICATE', 'EXPIRES', 'AT', 'READY'],
      ['shop/c', '2d12h ago', TIME, 'no issuer'],
      ['shop/a', expect.stringMatching(/^in 6d12h$/), TIME, 'True'],
    ]);

    server.create(certificate('d', 1.001));
    await prints(program, 'shop/d', 'in 24h', TIME, 'True');
    server.cut();
    for (const { metadata } of objects.slice(1))
      server.patch({ ...certificate('', 0), metadata }, { status: certificate('', 90).status });
    server.delete(certificate('d', 1));
    for (const name of ['a', 'c', 'd']) await prints(program, `shop/${name}`, 'no longer there');
    await prints(program, 'none expires that soon');
    await endsWell(program);
  });

  it('says what is missing where there are no such things, or they may not be seen', async () => {
    await using server = await startApiServer();
    await fails(
      example(server, 'expiring-certificates'),
      'this cluster has no certificates.cert-manager.io: cert-manager is not installed',
    );
    server.create(definition);
    server.tokens.set(server.token, 'forbidden');
    await fails(example(server, 'expiring-certificates'), /cannot watch resource "certificates".*403 Forbidden/);
  });
});

describe('namespace-contents', () => {
  const configMap = (name: string, namespace = 'shop') => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { what: 'is not asked for' },
  });
  const widgets = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true }],
    },
  };

  it('counts what there is of each kind, leaves out what may not be listed, and finds custom resources', async () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace: 'shop' } };
    await using server = await startApiServer({
      objects: [configMap('a'), configMap('b'), configMap('c', 'other'), secret],
    });
    server.tokens.set(server.token, ({ resource }) => resource !== 'secrets');
    using program = example(server, 'namespace-contents', '-n', 'shop');
    await prints(program, 'configmaps', '2', expect.any(String), expect.stringMatching(/^added shop\/[ab]$/));
    await program.says('# secrets: left out, as they may not be listed');

    server.patch(configMap('a'), { data: { colour: 'green' } });
    await prints(program, 'configmaps', '2', expect.any(String), 'modified shop/a');
    server.delete(configMap('b'));
    await prints(program, 'configmaps', '1', expect.any(String), 'deleted shop/b');

    server.create(widgets);
    server.create({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' } });
    await prints(program, 'widgets.example.com', '1', expect.any(String), 'added shop/w');
    server.delete(widgets);
    await prints(program, 'widgets.example.com', '0', expect.any(String), 'deleted shop/w');

    expect(rows(program).filter(([kind]) => kind === 'secrets')).toEqual([]);
    expect(program.output).not.toContain('other');
    await endsWell(program);
  });

  it('has no more than eight lists under way at a time', async () => {
    await using server = await startApiServer({ objects: [configMap('a')] });
    server.inject({ fault: 'freeze', at: 'request', times: Infinity });
    using program = example(server, 'namespace-contents', '-n', 'shop');
    const listed = (): number => server.requests.filter(({ namespace }) => namespace === 'shop').length;
    await expect.poll(listed, ON_TIME).toBe(8);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(listed()).toBe(8);
    server.clearFaults();
    server.thaw();
    await prints(program, 'configmaps', '1', expect.any(String), 'added shop/a');
    await endsWell(program);
  });
});

describe('each command', () => {
  const NAMES = ['pods-by-node', 'rollouts', 'event-feed', 'expiring-certificates', 'namespace-contents'];

  it.concurrent.each([
    ['pods-by-node', /^node-a +\d+ +\d+/m],
    ['rollouts', /^\S+ +shop\/frontend +\d of \d updated, .*(complete|progressing)$/m],
    ['event-feed', /^ +0s {4}(Scheduled|Started|Killing) +Pod \S+: /m],
    ['expiring-certificates', /^payments\/api-client +in 2[34]h /m],
    ['namespace-contents', /^pods +\d+ +\S+ +(added|modified|deleted) \S+$/m],
  ])('%s shows a life of its own, without colours, and ends when it was told to', async (name, shown) => {
    using program = new Program(['env', '-u', 'FORCE_COLOR', 'node', 'examples/run.ts', name, '--for', '6s']);
    expect(await program.ended, program.output).toBe(0);
    expect(program.output).toMatch(/^# a made-up cluster/);
    expect(program.output).toMatch(shown);
    expect(program.output).not.toMatch(/\u001b|trying again/);
  });

  it.concurrent.each(NAMES)('%s ends quietly when nobody reads any more', async (name) => {
    using program = new Program(['bash', '-c', `set -o pipefail; node examples/${name}.ts | head -n 2`]);
    expect(await program.ended, program.output).toBe(0);
    expect(rows(program)).toHaveLength(2);
  });

  it.concurrent.each(NAMES)('%s waits for a server that is not there, and ends when it is told to', async (name) => {
    await using server = await startApiServer();
    server.refuse();
    using program = example(server, name);
    await program.says('trying again');
    await endsWell(program);
  });

  it('says what there is, and in one line what is wrong', async () => {
    await fails(new Program(['node', 'examples/run.ts']), /^the name of an example must come first: pods-by-node, /);
    await succeeds(new Program(['node', 'examples/run.ts', '--help']), /NAME is one of pods-by-node, rollouts, /);
    await succeeds(
      new Program(['node', 'examples/run.ts', 'rollouts', '--help']),
      /^Usage: npm run example -- rollouts \[/,
    );
    await fails(new Program(['node', 'examples/run.ts', 'toString']), /^the name of an example must come first: /);
    await fails(new Program(['node', 'examples/rollouts.ts', '--contxt', 'a']), "error: unknown option '--contxt'");
    await fails(
      new Program(['node', 'examples/rollouts.ts', '--for', 'ever']),
      /^error: .*'ever' is invalid.*such as 30s or 7d/,
    );
    await fails(new Program(['node', 'examples/rollouts.ts', '--kubeconfig', '/nowhere']), '/nowhere');
    await using server = await startApiServer();
    await fails(example(server, 'rollouts', '--context', 'elsewhere'), 'elsewhere');
    await fails(example(server, 'rollouts', '-n', 'Shop!'), 'namespace must be .* got "Shop!"');
  });

  it('is in the index', () => {
    const index = readFileSync('examples/README.md', 'utf8');
    for (const name of NAMES) expect(index).toContain(`[${name}.ts](${name}.ts)`);
  });
});

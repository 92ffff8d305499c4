// Shows that the test server can do what tests ask of it: node test/real/smoke.ts

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admin, ApiError, times, type Query, type WatchEvent } from './admin.ts';
import { ensureBinary } from './build.ts';
import { newToken, startCluster, type Cluster } from './cluster.ts';
import { startProxy } from './proxy.ts';
import { clusterUnderTest } from './under-test.ts';

const CONFIGMAPS = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string) => ({ metadata: { name }, data: { key: 'value' } });
const STREAMING_LIST = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true };

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  console.log(`ok ${(performance.now() - start).toFixed(0).padStart(6)} ms  ${name}`);
  return result;
}

/** The first events of a watch. */
async function take(admin: Admin, count: number, query: Query): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of admin.watch(CONFIGMAPS, { timeoutSeconds: 20, ...query })) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

async function drain(watch: AsyncGenerator): Promise<void> {
  while ((await watch.next()).done !== true);
}

async function codeOf(work: Promise<unknown>): Promise<number | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => (error instanceof ApiError ? error.code : Promise.reject(error as Error)),
  );
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    assert(tries < 500, what);
    await sleep(10);
  }
}

async function requests(cluster: Cluster): Promise<void> {
  const { admin } = cluster;
  await step('version', async () => {
    const { gitVersion, major, minor } = JSON.parse(await admin.text('/version')) as Record<string, string>;
    console.log(`            ${String(gitVersion)}, major ${String(major)}, minor ${String(minor)}`);
    assert.match(String(gitVersion), /^v1\.\d+\.\d+$/);
  });
  await step('create, list, watch', async () => {
    const { metadata } = await admin.list(CONFIGMAPS);
    await admin.create(CONFIGMAPS, configMap('a'));
    await admin.patch(`${CONFIGMAPS}/a`, { data: { key: 'other' } });
    assert.equal((await admin.list(CONFIGMAPS)).items.length, 1);
    const events = await take(admin, 2, { resourceVersion: metadata.resourceVersion });
    assert.deepEqual(
      events.map(({ type, object }) => [type, object.metadata.name]),
      [
        ['ADDED', 'a'],
        ['MODIFIED', 'a'],
      ],
    );
  });
  await step('streaming list', async () => {
    const [added, bookmark] = await take(admin, 2, STREAMING_LIST);
    assert.equal(added?.type, 'ADDED');
    assert.equal(bookmark?.type, 'BOOKMARK');
    assert.equal(bookmark.object.metadata.annotations?.['k8s.io/initial-events-end'], 'true');
  });
  await step('users: limited has no rights', async () => {
    const limited = cluster.as('limited');
    assert.equal(await codeOf(limited.list(CONFIGMAPS)), 403);
    await limited.close();
  });
  await step('kubeconfig as an existing cluster, by token and by certificate', async () => {
    for (const context of ['admin', 'certificate']) {
      const path = join(dirname(cluster.kubeconfigPath), `kubeconfig-${context}`);
      await writeFile(path, cluster.kubeconfigFor({ context }));
      process.env['KUBECONFIG'] = path;
      await using existing = await clusterUnderTest();
      assert.equal(existing.owned, false);
      assert.equal(existing.ca, cluster.ca);
      assert.equal((await existing.admin.list(CONFIGMAPS)).items.length, 1);
    }
    delete process.env['KUBECONFIG'];
  });
}

async function breakage(cluster: Cluster): Promise<void> {
  const { admin, etcd } = cluster;
  await step('kill -9 and start', async () => {
    await cluster.kill();
    await assert.rejects(admin.list(CONFIGMAPS), { code: 'ECONNREFUSED' });
    await cluster.start();
    assert.equal((await admin.list(CONFIGMAPS)).items.length, 1);
  });
  await step('SIGTERM with a watch open, and start', async () => {
    await cluster.restart({ flags: { shutdownSendRetryAfter: true } });
    const watch = admin.watch(CONFIGMAPS);
    await watch.next();
    const ended = drain(watch).catch((error: unknown) => error);
    const start = performance.now();
    await cluster.terminate();
    await ended;
    console.log(`            ended after ${(performance.now() - start).toFixed(0)} ms`);
    await cluster.start();
  });
  await step('WatchList=false answers 422', async () => {
    await cluster.restart({ flags: { featureGates: 'WatchList=false' } });
    assert.equal(await codeOf(take(admin, 1, STREAMING_LIST)), 422);
  });
  await step('--watch-cache=false and compaction answer 410', async () => {
    await cluster.restart({ flags: { watchCache: false } });
    const old = (await admin.create(CONFIGMAPS, configMap('b'))).metadata.resourceVersion ?? '';
    await admin.delete(`${CONFIGMAPS}/b`);
    await admin.create(CONFIGMAPS, configMap('b'));
    await cluster.compact();
    const [event] = await take(admin, 1, { resourceVersion: old });
    assert.equal(event?.type, 'ERROR');
    assert.equal(event.object['code'], 410);
    await cluster.restart({ flags: {} });
  });
  await step('kill etcd, start it again', async () => {
    await etcd.kill();
    await assert.rejects(admin.create(CONFIGMAPS, configMap('c'), { timeout: '1s' }));
    await etcd.start();
    await cluster.ready();
    await admin.create(CONFIGMAPS, configMap('d'));
  });
  await step('etcd restored from a backup', async () => {
    const backup = await etcd.backup();
    const before = await etcd.revision();
    await cluster.ready();
    await times(20, (i) => admin.create(CONFIGMAPS, configMap(`late-${String(i)}`)));
    await etcd.restore(backup);
    assert((await etcd.revision()) <= before + 5);
    await cluster.ready();
  });
  await step('a token rotated', async () => {
    const access = { url: cluster.url, ca: cluster.ca };
    const authorization = `Bearer ${cluster.token('admin')}`;
    const old = new Admin({ ...access, headers: () => ({ authorization }) });
    await old.list(CONFIGMAPS);
    await cluster.restart({ tokens: { admin: newToken() } });
    assert.equal(await codeOf(old.list(CONFIGMAPS)), 401);
    const now = cluster.as('admin');
    await now.list(CONFIGMAPS);
    await Promise.all([old.close(), now.close()]);
  });
}

async function load({ admin }: Cluster): Promise<void> {
  await step('create 10,000 ConfigMaps', () =>
    times(10_000, (i) => admin.create(CONFIGMAPS, configMap(`n-${String(i)}`))),
  );
  await step('list them', async () => assert((await admin.list(CONFIGMAPS)).items.length >= 10_000));
  await step('delete the collection', () => admin.delete(CONFIGMAPS));
}

async function tcp(): Promise<void> {
  const conversations: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    conversations.push(socket);
    socket.on('data', (chunk) => socket.write(chunk)).on('end', () => socket.end());
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  await using proxy = await startProxy(`http://127.0.0.1:${String(address.port)}`);

  const dial = async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    const seen = { text: '', ended: false, error: '', closed: false };
    socket.on('data', (chunk) => (seen.text += chunk.toString()));
    socket.on('end', () => (seen.ended = true));
    socket.on('error', (error: NodeJS.ErrnoException) => (seen.error = error.code ?? ''));
    socket.on('close', () => (seen.closed = true));
    await once(socket, 'connect');
    return { socket, seen };
  };
  const echo = async ({ socket, seen }: Awaited<ReturnType<typeof dial>>, text: string) => {
    const expected = seen.text + text;
    socket.write(text);
    await until(() => seen.text === expected, `an echo of ${text}`);
  };

  await step('proxy: forwards and counts', async () => {
    await echo(await dial(), 'hello');
    assert.deepEqual(proxy.stats, { accepted: 1, open: 1, up: 5, down: 5 });
  });
  await step('proxy: cut', async () => {
    const one = await dial();
    await echo(one, 'x');
    proxy.cut();
    await until(() => one.seen.closed, 'closed');
    assert.equal(one.seen.error, 'ECONNRESET');
    await until(() => proxy.stats.open === 0, 'no connections');
    await echo(await dial(), 'again');
  });
  await step('proxy: close', async () => {
    const one = await dial();
    await echo(one, 'x');
    proxy.close();
    await until(() => one.seen.closed, 'closed');
    assert.deepEqual([one.seen.ended, one.seen.error], [true, '']);
    await until(() => proxy.stats.open === 0, 'no connections');
  });
  await step('proxy: freeze and thaw', async () => {
    const one = await dial();
    await echo(one, 'x');
    proxy.freeze();
    const two = await dial();
    one.socket.write('1');
    two.socket.write('2');
    await sleep(200);
    assert.deepEqual([one.seen.text, two.seen.text], ['x', '']);
    proxy.thaw();
    await until(() => one.seen.text === 'x1' && two.seen.text === '2', 'what was held back');
    proxy.freeze();
    conversations.at(-1)?.resetAndDestroy();
    conversations.at(-2)?.end();
    await sleep(200);
    assert(!one.seen.ended && !one.seen.closed && !two.seen.closed, 'no end passes');
    proxy.thaw();
    await until(() => one.seen.ended && two.seen.closed, 'the ends that were held back');
    assert.equal(two.seen.error, 'ECONNRESET');
    proxy.cut();
  });
  await step('proxy: blackhole', async () => {
    const one = await dial();
    await echo(one, 'x');
    proxy.blackhole();
    one.socket.write('lost');
    await sleep(200);
    assert.deepEqual([one.seen.text, one.seen.closed], ['x', false]);
    proxy.thaw();
    await until(() => one.seen.error === 'ECONNRESET', 'reset, for it lost bytes');
    await echo(await dial(), 'y');
    proxy.cut();
  });
  await step('proxy: refuse and accept', async () => {
    const one = await dial();
    await echo(one, 'x');
    await proxy.refuse();
    await assert.rejects(dial(), { code: 'ECONNREFUSED' });
    await echo(one, 'still there');
    await proxy.accept();
    await echo(await dial(), 'y');
    proxy.cut();
  });
  await step('proxy: cutAfter', async () => {
    const one = await dial();
    const cut = proxy.cutAfter(10);
    one.socket.write('0123');
    await until(() => one.seen.text === '0123', 'the first bytes');
    one.socket.write('456789abcdef');
    await cut;
    await until(() => one.seen.closed, 'closed');
    assert.deepEqual([one.seen.text, one.seen.error], ['0123456789', 'ECONNRESET']);
  });
  await step('proxy: slow', async () => {
    const one = await dial();
    proxy.slow(10_000);
    const start = performance.now();
    await echo(one, 'x'.repeat(1_000));
    await echo(one, 'y'.repeat(1_000));
    assert(performance.now() - start > 90);
    proxy.slow(Infinity);
  });
  for (const socket of conversations) socket.destroy();
  server.close();
}

async function proxied(cluster: Cluster): Promise<void> {
  await using proxy = await startProxy(cluster.url);
  await step('a watch through the proxy, cut', async () => {
    const { cert, key } = cluster.clientCertificate;
    const admin = new Admin({ url: proxy.url, ca: cluster.ca, cert, key, headers: () => ({}) });
    const watch = admin.watch(CONFIGMAPS, STREAMING_LIST);
    await watch.next();
    proxy.cut();
    await assert.rejects(drain(watch));
    await admin.close();
  });
}

/** A run that dies without a word leaves no processes and no folder. */
async function orphans(): Promise<void> {
  await step('kill -9 of the test run ends its servers', async () => {
    const run = spawn(process.execPath, [import.meta.filename, 'orphan'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(run.stdout, 'data')) as [Buffer];
    const { pids, dir } = JSON.parse(line.toString()) as { pids: number[]; dir: string };
    assert(pids.every(isAlive) && existsSync(dir));
    run.kill('SIGKILL');
    await until(() => !pids.some(isAlive) && !existsSync(dir), 'nothing is left behind');
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Binaries the way envtest has them. */
async function assets(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'rxkube-assets-'));
  const binary = await ensureBinary();
  for (const [name, program] of Object.entries({ 'kube-apiserver': 'apiserver', etcd: 'etcd' })) {
    await writeFile(join(dir, name), `#!/bin/sh\nexec '${binary}' ${program} "$@"\n`, { mode: 0o755 });
  }
  process.env['KUBEBUILDER_ASSETS'] = dir;
  await step('start from KUBEBUILDER_ASSETS', async () => {
    await using cluster = await startCluster();
    await cluster.admin.list(CONFIGMAPS);
  });
  delete process.env['KUBEBUILDER_ASSETS'];
  await rm(dir, { recursive: true });
}

if (process.argv[2] === 'orphan') {
  const cluster = await startCluster();
  console.log(JSON.stringify({ pids: [cluster.pid, cluster.etcd.pid], dir: dirname(cluster.kubeconfigPath) }));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
} else {
  await tcp();
  await step('build', ensureBinary);
  {
    await using cluster = await step('start', startCluster);
    await requests(cluster);
    await breakage(cluster);
    await load(cluster);
    await proxied(cluster);
    await step('stop', () => cluster.stop());
  }
  await orphans();
  await assets();
}

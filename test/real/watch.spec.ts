import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { take, takeUntil, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replay } from '../../marbles/replay.js';
import { reflectInto } from '../../operators/reflect-into.js';
import type { WatchError } from '../../src/errors.js';
import type { WatchEvent } from '../../src/events.js';
import type { Observation } from '../../src/options.js';
import { connect } from '../../src/node/index.js';
import { recorded } from '../../src/recording.js';
import type { Source } from '../../src/source.js';
import { createStore } from '../../src/store/store.js';
import { watch$ } from '../../src/watch.js';
import { line } from '../double.ts';
import { times } from './admin.ts';
import { newToken, type Cluster as OwnCluster } from './cluster.ts';
import { ConfigMaps, Followed, Writer, type ConfigMap } from './follow.ts';
import { startProxy, type TcpProxy } from './proxy.ts';
import { clusterUnderTest, type ClusterUnderTest } from './under-test.ts';

let cluster: ClusterUnderTest;

beforeAll(async () => {
  cluster = await clusterUnderTest();
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

function kubeconfig(text: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(text);
  return config;
}

function kubeconfigThrough(proxy: TcpProxy): KubeConfig {
  const config = kubeconfig(cluster.kubeconfig);
  config.clusters = config.clusters.map((entry) => ({ ...entry, server: proxy.url }));
  return config;
}

function sourceOf(writer: Writer, text = cluster.kubeconfig): Source<ConfigMap, 'configmaps'> {
  return connect({ kubeconfig: kubeconfig(text) }).resource(ConfigMaps, { namespace: writer.namespace });
}

/** A cluster of our own, to break; skips the test on one that was there before. */
function owned(skip: (note?: string) => never): OwnCluster {
  return cluster.owned ? cluster : skip('needs a cluster of its own');
}

/** What the changes of a watch add up to, as far as versions are told by changes. */
function fold(changes: readonly string[]): Map<string, string> {
  const state = new Map<string, string>();
  for (const change of changes) {
    const [type, object = ''] = change.split(' ');
    const [name = '', version = ''] = object.split('@');
    if (type === 'deleted') state.delete(name);
    else state.set(name, version);
  }
  return state;
}

describe.each(['streaming', 'paged'] as const)('a %s list and the watch after it', (initialList) => {
  it('says every change once and in order', async () => {
    const writer = await Writer.inNewNamespace(cluster.admin);
    await writer.churn(20);
    const before = await writer.state();
    writer.expected.length = 0;
    using followed = new Followed(sourceOf(writer), { initialList, pageSize: 3 });
    await followed.listed();
    expect(fold(followed.changes)).toEqual(before);
    followed.changes.length = 0;
    await writer.create('one');
    await writer.modify('one', 'two');
    await writer.delete('one');
    await writer.create('one');
    await followed.until('all changes', ({ changes }) => changes.length >= writer.expected.length);
    expect(followed.changes).toEqual(writer.expected);
    expect(followed.interruptions).toEqual([]);
    const lists = followed.observed.filter(
      ({ type, ...rest }) => type === 'request' && 'verb' in rest && rest.verb === 'list',
    );
    expect(lists.length).toBe(initialList === 'paged' ? Math.ceil(before.size / 3) : 0);
  });
});

describe('ten thousand objects', () => {
  it('are synced into a store, with memory bounded by what they take', async () => {
    const writer = await Writer.inNewNamespace(cluster.admin);
    const value = 'x'.repeat(1000);
    await times(10_000, (i) =>
      cluster.admin.create(writer.path, { metadata: { name: `cm-${String(i)}` }, data: { value } }),
    );
    for (const initialList of ['streaming', 'paged'] as const) {
      const store = createStore<ConfigMap>();
      const before = memory();
      const subscription = watch$(sourceOf(writer), { initialList }).pipe(reflectInto(store)).subscribe();
      let peak = 0;
      while (!store.ready) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        peak = Math.max(peak, process.memoryUsage().heapUsed + process.memoryUsage().external);
      }
      expect(store.size).toBe(10_000);
      // As text the objects are 18 MB; parsed, with the pages of a list still to be collected, a few times that.
      expect((peak - before) / 1e6).toBeLessThan(200);
      subscription.unsubscribe();
    }
    if (!cluster.owned) await cluster.admin.delete(writer.path);
  });
});

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('a broken path', () => {
  let proxy: TcpProxy;

  beforeAll(async () => {
    proxy = await startProxy(cluster.url);
  });

  afterAll(async () => {
    await proxy.stop();
  });

  const through = (writer: Writer): ReturnType<typeof sourceOf> => {
    return connect({ kubeconfig: kubeconfigThrough(proxy) }).resource(ConfigMaps, { namespace: writer.namespace });
  };

  it.each([
    [
      'reset',
      () => {
        proxy.cut();
      },
    ],
    [
      'closed',
      () => {
        proxy.close();
      },
    ],
    [
      'cut in the middle of a frame',
      () => {
        void proxy.cutAfter(1500);
      },
    ],
  ])('that is %s is resumed from without a list, and no change is lost or repeated', async (_, breakPath) => {
    const writer = await Writer.inNewNamespace(cluster.admin);
    using followed = new Followed(through(writer));
    await followed.listed();
    const writing = writer.churn(150);
    await followed.until('some changes', ({ changes }) => changes.length > 20);
    breakPath();
    await writing;
    await followed.until('all changes', ({ changes }) => changes.length >= writer.expected.length);
    expect(followed.changes).toEqual(writer.expected);
    expect(followed.count('init')).toBe(1);
    expect(followed.count('interrupted')).toBeGreaterThanOrEqual(1);
  });

  it('whose proxy is gone for a while is resumed from within 5 s of its return, without a list', async () => {
    const writer = await Writer.inNewNamespace(cluster.admin);
    using followed = new Followed(through(writer));
    await followed.listed();
    await writer.churn(10);
    await followed.until('the first changes', ({ changes }) => changes.length >= 10);
    await proxy.refuse();
    proxy.cut();
    await writer.churn(30);
    await followed.until('several attempts', ({ interruptions }) => interruptions.length >= 4);
    await proxy.accept();
    const took = await followed.until('all changes', ({ changes }) => changes.length >= writer.expected.length);
    expect(took).toBeLessThan(5000);
    expect(followed.changes).toEqual(writer.expected);
    expect(followed.count('init')).toBe(1);
  });

  it('that freezes is noticed within 45 s, and resumed without a list', async () => {
    const writer = await Writer.inNewNamespace(cluster.admin);
    using followed = new Followed(through(writer));
    await followed.listed();
    proxy.freeze();
    await writer.churn(10);
    const noticed = await followed.until('noticed', ({ interruptions }) => interruptions.length > 0, 46_000);
    expect(noticed).toBeLessThan(45_000);
    proxy.thaw();
    await followed.until('all changes', ({ changes }) => changes.length >= writer.expected.length);
    expect(followed.changes).toEqual(writer.expected);
    expect(followed.count('init')).toBe(1);
  });
});

describe('kill -9 of the server', () => {
  it('costs no list where the last frame is the newest revision', async ({ skip }) => {
    const server = owned(skip);
    // The server writes leases by itself now and then: only a run without such a write has the cause that is meant.
    for (let run = 0; ; run++) {
      const writer = await Writer.inNewNamespace(server.admin);
      using followed = new Followed(sourceOf(writer));
      await followed.listed();
      await writer.churn(9);
      await writer.create('last');
      await followed.until('all changes', ({ changes }) => changes.length >= 10);
      const resumedAt = writer.expected.at(-1)?.split('@')[1] ?? '';
      await server.kill();
      const newest = String(await server.etcd.revision());
      await server.start();
      await writer.churn(10);
      await followed.until('all changes', ({ changes }) => changes.length >= 20);
      expect(followed.changes).toEqual(writer.expected);
      if (resumedAt !== newest && run < 5) continue;
      expect(resumedAt).toBe(newest);
      expect(followed.count('init')).toBe(1);
      return;
    }
  });

  it('costs no list without a watch cache', async ({ skip }) => {
    const server = owned(skip);
    await server.restart({ flags: { watchCache: false } });
    const writer = await Writer.inNewNamespace(server.admin);
    using followed = new Followed(sourceOf(writer));
    await followed.listed();
    await writer.churn(10);
    await server.admin.create('/api/v1/namespaces', { metadata: { generateName: 'elsewhere-' } });
    await followed.until('all changes', ({ changes }) => changes.length >= 10);
    await server.kill();
    await server.start();
    await writer.churn(10);
    await followed.until('all changes', ({ changes }) => changes.length >= 20);
    expect(followed.changes).toEqual(writer.expected);
    expect(followed.count('init')).toBe(1);
    await server.restart({ flags: {} });
  });

  it('costs one 410 and one list where other writes moved the revision on, and shows what happened meanwhile', async ({
    skip,
  }) => {
    const server = owned(skip);
    await using proxy = await startProxy(server.url);
    const writer = await Writer.inNewNamespace(server.admin);
    const recording: string[] = [];
    const source = sourceOf(writer, server.kubeconfigFor({ server: proxy.url }));
    using followed = new Followed(recorded(source, (line) => recording.push(line)));
    await followed.listed();
    for (const name of ['kept', 'modified', 'deleted', 'recreated']) await writer.create(name);
    await followed.until('all changes', ({ changes }) => changes.length >= 4);
    followed.changes.length = 0;
    writer.expected.length = 0;

    await proxy.refuse();
    proxy.cut();
    await writer.delete('deleted');
    await writer.delete('recreated');
    await writer.modify('modified', 'meanwhile');
    await writer.create('created');
    await writer.create('recreated');
    await server.admin.create('/api/v1/namespaces', { metadata: { generateName: 'elsewhere-' } });
    await server.kill();
    await server.start();
    await answers410(server, writer.path, followed);
    await proxy.accept();

    await followed.until('listed again', (watched) => watched.count('initDone') === 2);
    expect(followed.interruptions.filter(({ error }) => error.code === 410)).toHaveLength(1);
    expect(followed.events.filter((event) => event.type === 'init').map(({ cause }) => cause)).toEqual([
      'start',
      'expired',
    ]);
    const [, , modified = '', created = '', recreated = ''] = writer.expected;
    expect(followed.changes.slice(0, 2).sort()).toEqual(['deleted deleted', 'deleted recreated']);
    expect(followed.changes.slice(2).sort()).toEqual([created, modified, recreated].sort());

    followed.unsubscribe();
    const said = followed.events.map(lineOf);
    expect(replayed(recording.join('\n'), said.length)).toEqual(said);
  });
});

describe('a hundred watches of one cluster', () => {
  it('share connections, knock hardly more often than one while nobody answers, and are all back within 5 s', async () => {
    await using proxy = await startProxy(cluster.url);
    const shared = connect({ kubeconfig: kubeconfigThrough(proxy) });
    const live = new Set<number>();
    let requests = 0;
    const observe = ({ type }: Observation): void => {
      if (type === 'request') requests++;
    };
    const subscriptions = Array.from({ length: 100 }, (_, n) =>
      watch$(shared.resource(ConfigMaps, { namespace: 'default' }), { as: String(n), observe }).subscribe((event) => {
        if (event.type === 'initDone' || event.type === 'live') live.add(n);
        if (event.type === 'interrupted') live.delete(n);
      }),
    );
    const until = async (holds: () => boolean): Promise<number> => {
      const start = performance.now();
      while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
      return performance.now() - start;
    };
    await until(() => live.size === 100);
    expect(proxy.stats.open).toBeLessThanOrEqual(3);

    requests = 0;
    await proxy.refuse();
    proxy.cut();
    await until(() => live.size === 0);
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    // Alone, each would have asked four or five times.
    expect(requests).toBeLessThan(50);
    await proxy.accept();
    expect(await until(() => live.size === 100)).toBeLessThan(5000);
    for (const subscription of subscriptions) subscription.unsubscribe();
  });
});

/** What a watch of the recording says first, in virtual time. */
function replayed(recording: string, events: number): string[] {
  const said: string[] = [];
  new TestScheduler(() => undefined).run(({ flush }) => {
    watch$(replay(recording))
      .pipe(take(events), takeUntil(timer(600_000)))
      .subscribe((event) => said.push(lineOf(event)));
    flush();
  });
  return said;
}

/** An event without what is drawn at random. */
function lineOf(event: WatchEvent): string {
  return event.type === 'interrupted' ? `interrupted ${event.error.message} #${event.attempt}` : line(event);
}

/** Waits until the server has filled its watch cache, and so forgotten what was before: until then it still answers from etcd. */
async function answers410({ admin }: OwnCluster, path: string, { events }: Followed): Promise<void> {
  const last = events.findLast((event) => event.type === 'apply' || event.type === 'delete');
  const resourceVersion = last?.object.metadata.resourceVersion ?? '';
  for (;;) {
    for await (const frame of admin.watch(path, { resourceVersion, timeoutSeconds: 1 })) {
      if (frame.type === 'ERROR') return;
    }
    await admin.list(path, { resourceVersion: '0' });
  }
}

describe('a server without streaming lists', () => {
  it('is listed by pages at once, without an interruption (H6)', async ({ skip }) => {
    const server = owned(skip);
    await server.restart({ flags: { featureGates: 'WatchList=false' } });
    const writer = await Writer.inNewNamespace(server.admin);
    await writer.churn(10);
    writer.expected.length = 0;
    using followed = new Followed(sourceOf(writer));
    await followed.listed();
    expect(fold(followed.changes)).toEqual(await writer.state());
    followed.changes.length = 0;
    await writer.churn(10);
    await followed.until('all changes', ({ changes }) => changes.length >= writer.expected.length);
    expect(followed.changes).toEqual(writer.expected);
    expect(followed.interruptions).toEqual([]);
    expect(
      followed.events.map(({ type }) => type).filter((type) => type.startsWith('init') && type !== 'initApply'),
    ).toEqual(['init', 'initDone']);
    await server.restart({ flags: {} });
  });
});

describe('refusals', () => {
  it('a 403 at first is a loud error in the words of the server', async ({ skip }) => {
    const server = owned(skip);
    const writer = await Writer.inNewNamespace(server.admin);
    using followed = new Followed(sourceOf(writer, server.kubeconfigFor({ context: 'limited' })));
    await followed.until('an error', ({ error }) => error !== undefined);
    const error = followed.error as WatchError;
    expect(error).toMatchObject({ name: 'WatchError', kind: 'status', code: 403, reason: 'Forbidden' });
    expect(error.message).toContain('configmaps is forbidden: User "limited" cannot watch resource "configmaps"');
  });

  it('a 403 after it had worked is waited out: RBAC comes back', async ({ skip }) => {
    const server = owned(skip);
    const writer = await Writer.inNewNamespace(server.admin);
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }];
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    await server.admin.create(`${rbac}/clusterroles`, { metadata: { name: 'watcher' }, rules });
    const binding = {
      metadata: { name: 'watcher' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'watcher' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'limited' }],
    };
    await server.admin.create(`${rbac}/clusterrolebindings`, binding);
    await using proxy = await startProxy(server.url);
    using followed = new Followed(sourceOf(writer, server.kubeconfigFor({ context: 'limited', server: proxy.url })), {
      // RBAC is told to the authorizer within a moment, not at once
      retry: ({ retryIn }) => (retryIn === Infinity ? 200 : retryIn),
    });
    await followed.listed();
    followed.events.length = 0;
    await server.admin.delete(`${rbac}/clusterrolebindings/watcher`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    proxy.cut();
    await followed.until('a 403', ({ interruptions }) => interruptions.some(({ error }) => error.code === 403));
    await server.admin.create(`${rbac}/clusterrolebindings`, binding);
    await writer.churn(5);
    await followed.until('all changes', ({ changes }) => changes.length >= 5);
    expect(followed.changes).toEqual(writer.expected);
    expect(followed.error).toBeUndefined();
    expect(followed.count('init')).toBe(0);
  });

  it('a rotated token file is picked up within 5 s of the 401', async ({ skip }) => {
    const server = owned(skip);
    const writer = await Writer.inNewNamespace(server.admin);
    const dir = await mkdtemp(join(tmpdir(), 'rxkube-token-'));
    try {
      const tokenFile = join(dir, 'token');
      await writeFile(tokenFile, server.token());
      const file = join(dir, 'kubeconfig');
      const config = JSON.parse(server.kubeconfig) as { users: { name: string; user: unknown }[] };
      config.users = config.users.map(({ name }) => ({ name, user: { tokenFile } }));
      await writeFile(file, JSON.stringify(config));
      using followed = new Followed(
        connect({ kubeconfig: file }).resource(ConfigMaps, { namespace: writer.namespace }),
      );
      await followed.listed();
      const fresh = newToken();
      await server.restart({ tokens: { admin: fresh } });
      await followed.until('a 401', ({ observed }) =>
        observed.some((entry) => entry.type === 'end' && entry.error?.code === 401),
      );
      await writeFile(tokenFile, fresh);
      await writer.create('after');
      const took = await followed.until('the change', ({ changes }) => changes.length > 0);
      expect(took).toBeLessThan(5000);
      expect(followed.error).toBeUndefined();
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe('unsubscribing', () => {
  it('at any moment leaves no socket and no timer', async () => {
    const writer = await Writer.inNewNamespace(cluster.admin);
    await writer.churn(20);
    await using proxy = await startProxy(cluster.url);
    const config = kubeconfigThrough(proxy);
    const timersBefore = timers();
    for (let ms = 0; ms < 60; ms++) {
      const source = connect({ kubeconfig: config }).resource(ConfigMaps, { namespace: writer.namespace });
      const subscription = watch$(source, {
        initialList: ms % 2 === 0 ? 'streaming' : 'paged',
        pageSize: 2,
      }).subscribe();
      await new Promise((resolve) => setTimeout(resolve, ms));
      subscription.unsubscribe();
    }
    // The pool keeps a connection for 5 s after its last request.
    await new Promise((resolve) => setTimeout(resolve, 6000));
    expect(proxy.stats.open).toBe(0);
    expect(timers()).toBeLessThanOrEqual(timersBefore);
  });
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

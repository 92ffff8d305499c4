import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

/** A server is called ready when it serves; it may have answered otherwise shortly before. */
const RESTART = 8;

const restarts = { relists: ['expired'], within: RESTART } as const;

/** What happens to the API server and to its etcd. */
export const SERVER: readonly Scenario[] = [
  {
    name: 'kill-9',
    about: 'kube-apiserver is killed and started again',
    slice: true,
    ...restarts,
    run: (stage) => restart(stage, () => stage.cluster.kill()),
  },
  {
    name: 'sigterm',
    about: 'kube-apiserver ends in order and is started again',
    ...restarts,
    run: (stage) => restart(stage, () => stage.cluster.terminate()),
  },
  {
    name: 'kill-9-idle',
    about: 'kube-apiserver is killed where the last change is the newest revision: it can be resumed from',
    // In a round in which something else was written last.
    relists: ['expired'],
    within: RESTART,
    run: (stage) => killWhereIdle(stage),
  },
  {
    name: 'etcd-killed',
    about: 'etcd is killed for 6 s under a running server',
    relists: ['expired'],
    within: RESTART,
    async run(stage) {
      stage.begins(5_000);
      await stage.cluster.etcd.kill();
      const { failures } = stage.writer;
      await sleep(6_000);
      await stage.cluster.etcd.start();
      await stage.cluster.ready();
      stage.ends();
      stage.expect('writes failed', stage.writer.failures > failures);
    },
  },
  {
    name: 'compacted-while-away',
    about: 'cut off, etcd is compacted and the server restarted: the position is gone',
    slice: true,
    mustRelist: ['expired'],
    within: RESTART,
    run: async (stage) => {
      stage.begins(6_000);
      await stage.proxy.refuse();
      stage.proxy.cut();
      await sleep(1_500);
      await stage.writer.stop();
      await stage.writer.write(20);
      await stage.cluster.compact();
      await stage.cluster.restart();
      stage.writer.start(25);
      await sleep(1_500);
      await stage.proxy.accept();
      stage.ends();
      stage.expectInTheEnd(
        'one 410',
        (watch) => watch.interruptions().filter(({ error }) => error.code === 410).length === 1,
      );
    },
  },
  {
    name: 'no-watch-cache',
    about: 'without a watch cache, killed: etcd still has everything, so no list is due',
    flags: { watchCache: false },
    within: RESTART,
    run: (stage) => restart(stage, () => stage.cluster.kill()),
  },
  {
    name: 'no-cache-compacted',
    about: 'without a watch cache, cut off while etcd is compacted: a 410 from a server that was never away',
    flags: { watchCache: false },
    mustRelist: ['expired'],
    within: RESTART,
    run: async (stage) => {
      stage.begins(4_000);
      await stage.proxy.refuse();
      stage.proxy.cut();
      await sleep(2_000);
      await stage.writer.write(10);
      await stage.cluster.compact();
      await sleep(1_000);
      await stage.proxy.accept();
      stage.ends();
      stage.expectInTheEnd(
        'one 410',
        (watch) => watch.interruptions().filter(({ error }) => error.code === 410).length === 1,
      );
    },
  },
  {
    name: 'small-watch-cache',
    about: 'a watch cache as small as it gets, cut off until it has forgotten the position',
    flags: { watchCacheSizes: 'configmaps#1' },
    mustRelist: ['expired'],
    within: RESTART,
    // It holds 100 changes at least, and more of them when they are younger than 75 s: only a slow writer outruns it.
    rate: 0.9,
    run: async (stage) => {
      stage.begins(6_000);
      await stage.proxy.refuse();
      stage.proxy.cut();
      const position = stage.log.commits.at(-1)?.revision ?? 0;
      await stage.until('the server has forgotten the position', () => isForgotten(stage, position), 180);
      stage.expect(
        'etcd still has it',
        (await stage.cluster.etcd.revision()) > position && stage.log.blind === undefined,
      );
      await stage.proxy.accept();
      stage.ends();
      stage.expectInTheEnd(
        'one 410',
        (watch) => watch.interruptions().filter(({ error }) => error.code === 410).length === 1,
      );
    },
  },
  {
    name: 'no-watch-list',
    about: 'a server without streaming lists, cut off, then killed',
    slice: true,
    flags: { featureGates: 'WatchList=false' },
    ...restarts,
    async run(stage) {
      const [streaming] = stage.watches;
      stage.expect(
        'asked to stream, it listed by pages, without a word',
        streaming !== undefined &&
          streaming.requests(0, Infinity, 'list') > 0 &&
          streaming.interruptions().length === 0,
      );
      stage.proxy.cut();
      await sleep(2_000);
      await restart(stage, () => stage.cluster.kill());
    },
  },
  {
    name: 'etcd-restored',
    about: 'etcd is set back to an older snapshot, and the server restarted',
    mustRelist: ['rollback'],
    // Until a watch is silent and asks: 4 s of silence, 3 s for the answer, a second before the list.
    within: 20,
    watches: [
      { as: 'streaming', idleLimit: 4_000, timeoutSeconds: { min: 12, max: 14 } },
      { as: 'paged', initialList: 'paged', pageSize: 7, idleLimit: 4_000, timeoutSeconds: { min: 12, max: 14 } },
    ],
    requests: () => 8,
    async run(stage) {
      stage.proxy.cut(); // a streaming list goes on for half an hour; what is asked for after it is short, and ends with a bookmark
      await stage.until('bookmarks', () => stage.every((watch) => watch.count('bookmark') > 0), 40);
      await stage.writer.stop();
      const backup = await stage.cluster.etcd.backup();
      const revision = await stage.cluster.etcd.revision();
      await stage.cluster.ready();
      await stage.writer.write(150);
      const mark = await stage.writer.mark();
      await stage.until('all have what will never have been', () =>
        stage.every((watch) => watch.reached(mark) !== undefined),
      );
      await stage.log.until(mark);
      stage.begins(5_000);
      const since = stage.began;
      await stage.cluster.kill();
      await stage.cluster.etcd.restore(backup);
      stage.expect('etcd is behind', (await stage.cluster.etcd.revision()) <= revision);
      stage.rewind(revision, since);
      await stage.cluster.start();
      stage.ends();
      // Fewer writes than were lost: what catches up before anybody asks cannot be told from a server that was never away.
      await stage.writer.write(5);
    },
  },
];

async function restart(stage: Stage, end: () => Promise<void>): Promise<void> {
  stage.begins(5_000);
  const { pid } = stage.cluster;
  await end();
  await stage.cluster.start();
  stage.ends();
  stage.writer.start(25);
  stage.expect('another process', stage.cluster.pid !== pid);
  stage.expectInTheEnd('streams ended or broke', (watch) =>
    watch.notes.some(
      ({ at, ...note }) => at >= stage.began && note.what === 'observed' && note.occurrence.type === 'end',
    ),
  );
}

/** The server writes leases by itself now and then: only a round without such a write has the cause that is meant. */
async function killWhereIdle(stage: Stage): Promise<void> {
  const { cluster, writer } = stage;
  await writer.stop();
  stage.begins(5_000);
  for (let round = 0; round < 5; round++) {
    const mark = await writer.mark();
    await stage.until('all are up to date', () => stage.every((watch) => watch.reached(mark) !== undefined));
    const before = new Map(stage.watches.map((watch) => [watch, watch.relists.length]));
    await cluster.kill();
    const newest = await cluster.etcd.revision();
    await cluster.start();
    stage.ends();
    if (newest !== mark) continue;
    stage.expect('nothing was written since the last change', true);
    stage.expectInTheEnd('no list', (watch) => watch.relists.length === before.get(watch));
    writer.start(25);
    return;
  }
  stage.expect('nothing was written since the last change', false);
}

async function isForgotten({ cluster, path }: Stage, position: number): Promise<boolean> {
  for await (const { type } of cluster.admin.watch(path, { resourceVersion: position, timeoutSeconds: 2 }))
    return type === 'ERROR';
  return false;
}

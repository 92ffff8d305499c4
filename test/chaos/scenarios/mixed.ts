import { setTimeout as sleep } from 'node:timers/promises';
import { HTML, status } from '../gateway.ts';
import { Random } from '../../random.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { bind, LIMITED, unbind } from './access.ts';

/** One thing that breaks, and is mended when the promise resolves. */
type Fault = (stage: Stage, random: Random) => Promise<void>;
type Faults = Readonly<Record<string, Fault>>;

const seconds = (random: Random, from: number, to: number): Promise<void> => sleep(random.between(from, to) * 1_000);

const answers = (answer: Parameters<typeof answering>[2]): Fault => {
  return (stage, random) => answering(stage, random, answer);
};

/** Between the client and the server. */
const PATH: Faults = {
  cut: async (stage) => {
    stage.proxy.cut();
    await sleep(0);
  },
  close: async (stage) => {
    stage.proxy.close();
    await sleep(0);
  },
  'cut-at-byte': async (stage, random) => {
    await Promise.race([stage.proxy.cutAfter(random.below(20_000)), sleep(5_000)]);
    stage.proxy.cut();
  },
  refuse: async (stage, random) => {
    await stage.proxy.refuse();
    stage.proxy.cut();
    await seconds(random, 0.2, 8);
    await stage.proxy.accept();
  },
  freeze: async (stage, random) => {
    stage.proxy.freeze();
    await (random.chance(0.2) ? seconds(random, 40, 50) : seconds(random, 0.5, 12));
    stage.proxy.thaw();
  },
  'black-hole': async (stage, random) => {
    stage.proxy.blackhole();
    await seconds(random, 0.2, 12);
    stage.proxy.thaw();
  },
  slow: async (stage, random) => {
    stage.proxy.slow(random.between(2_000, 20_000));
    await seconds(random, 2, 8);
    stage.proxy.slow(Infinity);
  },
  'html-200': answers({ status: 200, headers: { 'content-type': 'text/html' }, body: HTML }),
  'empty-200': answers({ status: 200, body: '' }),
  '429': answers(status(429, 'TooManyRequests', 1)),
  '500': answers(status(500, 'InternalError')),
  '502': answers({ status: 502, headers: { 'content-type': 'text/html', 'retry-after': '1' }, body: HTML }),
  '503': answers(status(503, 'ServiceUnavailable', 2)),
  'reset-in-frame': (stage, random) => inFrame(stage, random, 'resetAfter'),
  'end-in-frame': (stage, random) => inFrame(stage, random, 'endAfter'),
};

/** The server itself. */
const SERVER: Faults = {
  kill: async ({ cluster }) => {
    await cluster.restart();
  },
  terminate: async ({ cluster }) => {
    await cluster.terminate();
    await cluster.start();
  },
  'kill-etcd': async ({ cluster }, random) => {
    await cluster.etcd.kill();
    await seconds(random, 0.2, 5);
    await cluster.etcd.start();
    await cluster.ready();
  },
  compact: async ({ cluster, log }) => {
    const revision = await cluster.etcd.revision();
    // The oracle has to have seen what is forgotten.
    await sleep(500);
    await cluster.compact(Math.min(revision, (log.commits.at(-1)?.revision ?? 0) + 1));
  },
  'compact-and-kill': async ({ cluster, log }) => {
    await sleep(500);
    await cluster.compact(log.commits.at(-1)?.revision);
    await cluster.restart();
  },
  'write-elsewhere': async ({ cluster }) => {
    await cluster.admin.create('/api/v1/namespaces', { metadata: { generateName: 'elsewhere-' } });
  },
  'withdraw-permission': async (stage, random) => {
    await unbind(stage);
    stage.proxy.cut();
    await seconds(random, 0.5, 6);
    await bind(stage, [LIMITED]);
  },
};

/** Faults on the path and of the server, independently of each other, until the time is over; a seed repeats both series. */
export function mixed(minutes: number): Scenario {
  return {
    name: 'mixed',
    about: `all of these at random, on the path and in the server at once, for ${minutes} minutes`,
    slice: true,
    gateway: true,
    user: LIMITED.name,
    rate: 30,
    // Each is held to its reason by the oracle.
    relists: ['expired', 'restart', 'stuck'],
    watches: [
      { as: 'streaming' },
      { as: 'paged', initialList: 'paged', pageSize: 7 },
      { as: 'short', timeoutSeconds: { min: 5, max: 15 }, idleLimit: 5_000 },
    ],
    // Twice the longest wait after an error of the server: one that was due, and one after a 410 that it ends with.
    within: 125,
    requests: (fault) => 20 * Math.ceil(fault / 60 + 1),
    comeAndGo: { shared: false, lifeMs: 4_000 },
    prepare: (stage) => bind(stage, [LIMITED]),
    async run(stage) {
      const until = Date.now() + minutes * 60_000;
      stage.begins(minutes * 60_000);
      const counts = new Map<string, number>();
      await Promise.all([
        lane(stage, PATH, new Random(stage.seed), { until, calm: [0.2, 6] }, counts),
        lane(stage, SERVER, new Random(stage.seed + 1), { until, calm: [2, 15] }, counts),
      ]);
      stage.ends();
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      stage.expect(
        `${total} faults: ${[...counts].map(([name, count]) => `${count} ${name}`).join(', ')}`,
        total >= minutes * 6 && counts.size >= Math.min(10, minutes * 6),
      );
      stage.expectOfAll('all were interrupted', (watch) => watch.interruptions().length >= minutes * 2);
    },
    tidy: unbind,
  };
}

async function lane(
  stage: Stage,
  faults: Faults,
  random: Random,
  { until, calm }: { readonly until: number; readonly calm: readonly [number, number] },
  counts: Map<string, number>,
): Promise<void> {
  while (Date.now() < until) {
    const name = random.pick(Object.keys(faults));
    const from = Date.now();
    await faults[name]?.(stage, random);
    stage.timeline.push(
      `${((from - stage.began) / 1_000).toFixed(1)}–${((Date.now() - stage.began) / 1_000).toFixed(1)} s ${name}`,
    );
    counts.set(name, (counts.get(name) ?? 0) + 1);
    await seconds(random, ...calm);
  }
}

async function answering(stage: Stage, random: Random, answer: ReturnType<typeof status>): Promise<void> {
  stage.gateway.rule = () => answer;
  stage.gateway.reset();
  await seconds(random, 0.5, 8);
  stage.gateway.rule = undefined;
}

async function inFrame(stage: Stage, random: Random, how: 'resetAfter' | 'endAfter'): Promise<void> {
  const bytes = random.below(30_000) + 1;
  stage.gateway.rule = ({ isWatch }) =>
    !isWatch ? undefined : how === 'resetAfter' ? { resetAfter: bytes } : { endAfter: bytes };
  stage.gateway.reset();
  await seconds(random, 2, 6);
  stage.gateway.rule = undefined;
  // A response that has not come so far would be cut off long after.
  stage.gateway.reset();
}

// node --expose-gc bench/measure.ts SUBJECT URL KUBECONFIG EVENTS: one subject from start to end, in a process of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Follow, KubeObject, SubjectName } from './subjects/subject.ts';

/** What it cost to get to a state: the list, or the events after it. */
export interface Cost {
  /** µs of all threads of the process, as V8 collects garbage beside the main one. */
  readonly cpu: number;
  /** ms: the longest that the event loop was at work without a timer firing. */
  readonly stall: number;
}

export interface Measured {
  readonly sync: Cost;
  readonly events: Cost;
  /** MB, at its highest. */
  readonly rss: number;
  /** MB of JavaScript objects and buffers that are in use at the end. */
  readonly heap: number;
  /** Of what is known at the end, equal for all subjects that did their work. */
  readonly digest: string;
}

const [name, url = '', kubeconfig = '', events] = process.argv.slice(2);
const expected = Number(events);

async function load(subject: SubjectName): Promise<Follow> {
  switch (subject) {
    case 'floor':
      return (await import('./subjects/floor.ts')).follow;
    case 'client-node':
      return (await import('./subjects/client-node.ts')).follow;
    case 'rxkube':
      return (await import('./subjects/rxkube.ts')).follow;
  }
}

/**
 * A timer that would like to fire every 2 ms: what the thread worked meanwhile is how long other timers had to wait. In its CPU time, as
 * on a busy machine the clock measures other people's work.
 */
class Heartbeat {
  #last = worked();
  #longest = 0;
  readonly #timer = setInterval(() => this.#beat(), 2);

  stop(): number {
    this.#beat();
    clearInterval(this.#timer);
    return this.#longest;
  }

  #beat(): void {
    const now = worked();
    this.#longest = Math.max(this.#longest, now - this.#last);
    this.#last = now;
  }
}

/** ms of the main thread. */
function worked(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function meter(): () => Cost {
  const heartbeat = new Heartbeat();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { cpu: user + system, stall: heartbeat.stop() };
  };
}

/** What a run left behind is collected before the next phase, so that each pays for its own garbage only. */
async function settle(): Promise<void> {
  await sleep(200);
  globalThis.gc?.();
  await sleep(100);
}

function digestOf(objects: Iterable<KubeObject>): string {
  let count = 0;
  let versions = 0;
  for (const { metadata } of objects) {
    count++;
    versions += Number(metadata.resourceVersion);
  }
  return `${count} objects, Σ resourceVersion ${versions}`;
}

const follow = await load(name as SubjectName);
await settle();

const synced = Promise.withResolvers<() => Iterable<KubeObject>>();
const changed = Promise.withResolvers<Cost>();
let left = expected;
let stop = meter();
let sync: Cost | undefined;

follow(
  { url, kubeconfig },
  {
    synced: (objects) => {
      sync = stop();
      synced.resolve(objects);
    },
    changed: () => {
      if (--left === 0) changed.resolve(stop());
    },
  },
).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});

const objects = await synced.promise;
await settle();
stop = meter();
process.send?.('go');
const cost = await changed.promise;

const rss = process.resourceUsage().maxRSS / 1024;
globalThis.gc?.();
const { heapUsed, external } = process.memoryUsage();
const measured: Measured = {
  sync: sync ?? cost,
  events: cost,
  rss,
  heap: (heapUsed + external) / 1024 / 1024,
  digest: digestOf(objects()),
};
process.send?.(measured, () => process.exit());

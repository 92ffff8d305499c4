import { EventEmitter } from 'node:events';
import { getActiveResourcesInfo } from 'node:process';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Subscriber, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startApiServer, type ApiServer, type RequestRecord } from '../apiserver/index.js';
import { changes, constant, createCluster, customResource, watch$, type Cluster } from '../src/index.js';
import { nodeClient } from '../src/node/client.js';
import { NODE_LIMITS } from '../src/node/limits.js';
import { readConfig } from '../src/node/read-config.js';

/**
 * What subscribing, unsubscribing and reconnecting leave behind, in one process: nothing. The state after one part of the work is compared
 * with that after the next, so that what is made once and kept (a pool, a cache, compiled code) does not count.
 *
 * With SOAK=1 (`npm run test:soak`) it is 10,000 subscriptions and 1,000 reconnects.
 */
const SOAK = process.env['SOAK'] === '1';
const PARTS = SOAK ? 5 : 2;
const SUBSCRIPTIONS = Math.ceil((SOAK ? 10_000 : 1_000) / PARTS);
const WATCHES = 20;
const ROUNDS = Math.ceil((SOAK ? 1_000 : 200) / PARTS / WATCHES);

const ConfigMaps = customResource()({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' });
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { name } });

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface State {
  /** What keeps the process alive: sockets of both ends, as the server is here too, and timers. */
  readonly resources: Readonly<Record<string, number>>;
  /** Of how many objects of these kinds somebody still knows; sockets and HTTP/2 sessions are emitters. */
  readonly objects: Readonly<Record<'emitters' | 'promises' | 'signals' | 'subscribers', number>>;
  /** On the process. */
  readonly listeners: number;
  /** Bytes. */
  readonly heap: number;
}

async function heap(): Promise<number> {
  // What the server remembers of them is not what is looked for.
  (server.requests as RequestRecord[]).splice(0);
  await turn();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

async function state(): Promise<State> {
  const used = await heap();
  const resources: Record<string, number> = {};
  for (const name of getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const count = (kind: unknown): number => queryObjects(kind as () => object, { format: 'count' });
  return {
    resources,
    objects: {
      emitters: count(EventEmitter),
      promises: count(Promise),
      signals: count(AbortSignal),
      subscribers: count(Subscriber),
    },
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    heap: used,
  };
}

/** Random, and the same every time. */
function generator(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
}

let server: ApiServer;
const warnings: Error[] = [];
const onWarning = (warning: Error): void => {
  if (warning.name !== 'ExperimentalWarning') warnings.push(warning);
};

beforeEach(async () => {
  server = await startApiServer({ objects: Array.from({ length: 20 }, (_, n) => configMap(`c${String(n)}`)) });
  // MaxListenersExceededWarning is how Node says that listeners pile up.
  process.on('warning', onWarning);
});
afterEach(async () => {
  await server.close();
  process.off('warning', onWarning);
  expect(warnings.splice(0)).toEqual([]);
});

/** Whose connections are closed as soon as nobody needs them: what is left then is left for ever. */
const cluster = (): Cluster =>
  createCluster(nodeClient(readConfig({ kubeconfig: server.kubeconfigPath }), { ...NODE_LIMITS, idle: 20 }));

async function allClosed(): Promise<void> {
  const open = (): string[] => getActiveResourcesInfo().filter((name) => name.includes('TCPSocket'));
  await vi.waitFor(() => expect(open()).toEqual([]), 10_000);
}

/** Does the work in parts. @returns the states after each, when all connections are closed */
async function measure(part: () => Promise<void>): Promise<readonly State[]> {
  const states: State[] = [];
  for (let n = 0; n <= PARTS; n++) {
    await part();
    await allClosed();
    // The first part is for what is made once.
    if (n > 0) states.push(await state());
  }
  if (SOAK) console.table(states.map(({ objects, listeners, heap }) => ({ ...objects, listeners, heap })));
  return states;
}

/** What every part of the work leaves: what only some of them do is a compiler's, or a cache's that grew. */
function growth(states: readonly State[], of: (state: State) => number): number {
  const values = states.map(of);
  return Math.min(...values.slice(1).map((value, n) => value - (values[n] ?? 0)));
}

/** Bytes of the heap that an open watch takes, at both ends. */
async function sizeOfWatch(): Promise<number> {
  const shared = cluster();
  const before = await heap();
  const watches = Array.from({ length: WATCHES }, () => watch$(shared.resource(ConfigMaps)).subscribe());
  await vi.waitFor(() => expect(server.requests).toHaveLength(WATCHES), 10_000);
  const after = await heap();
  for (const watch of watches) watch.unsubscribe();
  await allClosed();
  return (after - before) / WATCHES;
}

async function expectNothingLeft(states: readonly State[], times: number): Promise<void> {
  const [first, last] = [states[0], states.at(-1)];
  expect(last?.resources).toEqual(first?.resources);
  expect(last?.listeners).toBe(first?.listeners);
  const left = KINDS.map((kind) => growth(states, ({ objects }) => objects[kind]));
  expect(Math.max(...left), KINDS.join(', ')).toBeLessThanOrEqual(0);
  expect(growth(states, ({ heap }) => heap) / times).toBeLessThan((await sizeOfWatch()) / 10);
}

const KINDS = ['emitters', 'promises', 'signals', 'subscribers'] as const;

describe('nothing is left', { timeout: SOAK ? 600_000 : 60_000 }, () => {
  it(`of ${String(SUBSCRIPTIONS * PARTS)} subscriptions that were ended at random moments`, async () => {
    const random = generator(1);
    const shared = cluster();
    const one = async (): Promise<void> => {
      const from = random() < 0.9 ? shared : cluster();
      const enough = random() < 0.3 ? Math.floor(random() * 25) : Infinity;
      let told = 0;
      const subscription: Subscription = watch$(from.resource(ConfigMaps), { retry: constant(100) })
        .pipe(changes())
        .subscribe(() => {
          if (++told > enough) subscription.unsubscribe();
        });
      const moment = random();
      if (moment < 0.1) await Promise.resolve();
      else if (moment < 0.3) await turn();
      else await sleep(random() * 40);
      subscription.unsubscribe();
    };
    const states = await measure(async () => {
      let begun = 0;
      const inTurn = async (): Promise<void> => {
        while (begun++ < SUBSCRIPTIONS) {
          await one();
          if (random() < 0.01) server.cut();
        }
      };
      await Promise.all(Array.from({ length: WATCHES }, inTurn));
    });
    await expectNothingLeft(states, SUBSCRIPTIONS);
  });

  it(`of ${String(WATCHES * ROUNDS * PARTS)} reconnects: after ends, cuts, refusals and relists`, async () => {
    const shared = cluster();
    let reconnects = 0;
    const states = await measure(async () => {
      const requests: number[] = Array<number>(WATCHES).fill(0);
      const open = new Set<number>();
      const subscriptions = requests.map((_, n) =>
        watch$(shared.resource(ConfigMaps), {
          retry: constant(100),
          observe: ({ type }) => {
            if (type === 'request') requests[n] = (requests[n] ?? 0) + 1;
            if (type === 'response') open.add(n);
            if (type === 'end') open.delete(n);
          },
        })
          .pipe(changes())
          .subscribe(),
      );
      // All of them open: what is broken before it has arrived is not broken.
      const all = (least: number): Promise<void> =>
        vi.waitFor(
          () => {
            expect(Math.min(...requests)).toBeGreaterThanOrEqual(least);
            expect(open.size).toBe(WATCHES);
          },
          { timeout: 20_000, interval: 5 },
        );
      await all(1);
      for (let round = 1; round <= ROUNDS; round++) {
        if (round % 4 === 1) server.inject({ fault: 'status', code: 503, times: WATCHES });
        if (round % 4 === 2) server.inject({ fault: 'error', times: WATCHES });
        if (round % 4 === 3) server.endWatches();
        else server.cut();
        await all(round + 1);
      }
      reconnects += requests.reduce((sum, count) => sum + count - 1, 0);
      for (const subscription of subscriptions) subscription.unsubscribe();
      server.clearFaults();
    });
    expect(reconnects).toBeGreaterThanOrEqual(WATCHES * ROUNDS * PARTS);
    await expectNothingLeft(states, WATCHES * ROUNDS);
  });

  it('which would be noticed: one closure kept of each subscription is', async () => {
    const kept: (() => void)[] = [];
    onTestFinished(() => void kept.splice(0));
    const shared = cluster();
    const states = await measure(async () => {
      for (let n = 0; n < 50; n++) {
        const subscription = watch$(shared.resource(ConfigMaps)).subscribe();
        kept.push(() => subscription.unsubscribe());
        await turn();
        subscription.unsubscribe();
      }
    });
    await expect(expectNothingLeft(states, 50)).rejects.toThrow('subscribers');
  });
});

import { CoreV1Api, KubeConfig, makeInformer, type Informer, type V1ConfigMap } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ManualClock, startApiServer, type ApiServer } from '../apiserver/index.js';
import { changes, customResource, watch$, type Interrupted, type WatchEvent } from '../src/index.js';
import { connect } from '../src/node/index.js';
import { tap, type Subscription } from 'rxjs';

/** What README says about the alternatives, shown on the same server with the same fault. Nothing else is claimed there. */

const HISTORY = 20;
const ConfigMaps = customResource()({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' });
const configMap = (name: string, namespace = 'default') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
});

let clock: ManualClock;
let server: ApiServer;
beforeEach(async () => {
  clock = new ManualClock();
  server = await startApiServer({ clock, history: HISTORY, objects: [configMap('a'), configMap('b')] });
});
afterEach(async () => {
  await server.close();
});

/** Both say what changed in the same words: `added a`, `modified a`, `deleted a`. */
interface Follower {
  readonly said: readonly string[];
  readonly names: () => readonly string[];
  stop(): Promise<void>;
}

class Rxkube implements Follower {
  readonly said: string[] = [];
  readonly events: WatchEvent[] = [];
  readonly #there = new Set<string>();
  readonly #subscription: Subscription;

  constructor() {
    const source = connect({ kubeconfig: server.kubeconfigPath }).resource(ConfigMaps, { namespace: 'default' });
    const watched = watch$(source);
    this.#subscription = watched
      .pipe(
        tap((event) => this.events.push(event)),
        changes(),
      )
      .subscribe(({ type, object: { metadata } }) => {
        this.said.push(`${type} ${metadata.name}`);
        if (type === 'deleted') this.#there.delete(metadata.name);
        else this.#there.add(metadata.name);
      });
  }

  names(): readonly string[] {
    return [...this.#there].sort();
  }

  get interruptions(): readonly Interrupted[] {
    return this.events.filter((event) => event.type === 'interrupted');
  }

  stop(): Promise<void> {
    this.#subscription.unsubscribe();
    return Promise.resolve();
  }
}

class ClientNode implements Follower {
  readonly said: string[] = [];
  readonly errors: unknown[] = [];
  readonly informer: Informer<V1ConfigMap> & { list(): readonly V1ConfigMap[] };

  constructor() {
    const config = new KubeConfig();
    config.loadFromString(server.kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    this.informer = makeInformer(config, '/api/v1/namespaces/default/configmaps', () =>
      core.listNamespacedConfigMap({ namespace: 'default' }),
    );
    for (const [event, word] of [
      ['add', 'added'],
      ['update', 'modified'],
      ['delete', 'deleted'],
    ] as const) {
      this.informer.on(event, ({ metadata }) => void this.said.push(`${word} ${metadata?.name ?? ''}`));
    }
    this.informer.on('error', (error) => void this.errors.push(error));
    void this.informer.start();
  }

  names(): readonly string[] {
    return this.informer
      .list()
      .map(({ metadata }) => metadata?.name ?? '')
      .sort();
  }

  stop(): Promise<void> {
    return this.informer.stop();
  }
}

const names = (): string[] => server.list('v1', 'ConfigMap', 'default').map(({ metadata }) => metadata.name);
const lists = (): number =>
  server.requests.filter(({ verb, query }) => verb === 'list' || query.has('sendInitialEvents')).length;
const watches = (): number => server.requests.filter(({ verb }) => verb === 'watch').length;

/** Has listed, and watches. */
async function started<F extends Follower>(follower: F): Promise<F> {
  await vi.waitFor(() => expect(follower.said).toEqual(['added a', 'added b']));
  await vi.waitFor(() => expect(watches()).toBeGreaterThan(0));
  return follower;
}

/** What both were told since they had started. */
const news = ({ said }: Follower): readonly string[] => said.slice(2);

describe('a connection that breaks', () => {
  it('rxkube resumes by itself, without a list', async () => {
    const follower = await started(new Rxkube());
    server.cut();
    server.create(configMap('c'));
    await vi.waitFor(() => expect(news(follower)).toEqual(['added c']), 5_000);
    expect(lists()).toBe(1);
    await follower.stop();
  });

  it('the informer of client-node stops with an error, until it is started again', async () => {
    const follower = await started(new ClientNode());
    server.cut();
    await vi.waitFor(() => expect(follower.errors).toHaveLength(1));
    const before = server.requests.length;
    server.create(configMap('c'));
    // It has no timer left that could bring it back.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect({ news: news(follower), requests: server.requests.length - before }).toEqual({ news: [], requests: 0 });
    await follower.informer.start();
    await vi.waitFor(() => expect(news(follower)).toEqual(['added c']));
    await follower.stop();
  });
});

describe('a busy server, 429 with Retry-After', () => {
  it('rxkube waits as long as it was told, and says so', async () => {
    const follower = await started(new Rxkube());
    server.inject({ fault: 'status', verb: 'watch', code: 429, retryAfter: 2 });
    server.endWatches();
    const told = (): Interrupted | undefined => follower.interruptions.find(({ error }) => error.code === 429);
    await vi.waitFor(() => expect(told()?.retryIn).toBeGreaterThanOrEqual(2_000), 5_000);
    server.create(configMap('c'));
    await vi.waitFor(() => expect(news(follower)).toEqual(['added c']), 5_000);
    await follower.stop();
  });

  it('the informer of client-node stops with an error that does not say for how long', async () => {
    const follower = await started(new ClientNode());
    server.inject({ fault: 'status', verb: 'watch', code: 429, retryAfter: 2 });
    server.endWatches();
    await vi.waitFor(() => expect(follower.errors).toHaveLength(1), 3_000);
    expect(Object.keys(follower.errors[0] as object)).toEqual(['statusCode']);
    await follower.stop();
  });
});

describe('a frame that cannot be read', () => {
  const garble = (): void => {
    server.inject({ fault: 'malformed', verb: 'watch', at: { bytes: 12 }, text: '"' });
    server.endWatches();
  };

  it('rxkube loses nothing: it watches again from before it', async () => {
    const follower = await started(new Rxkube());
    garble();
    server.create(configMap('c'));
    server.create(configMap('d'));
    await vi.waitFor(() => expect(news(follower)).toEqual(['added c', 'added d']), 5_000);
    expect(follower.interruptions.map(({ error }) => error.kind)).toContain('decode');
    expect(follower.names()).toEqual(names());
    await follower.stop();
  });

  it('the informer of client-node skips it in silence, and is wrong from then on', async () => {
    const follower = await started(new ClientNode());
    garble();
    await vi.waitFor(() => expect(watches()).toBe(2), 3_000);
    server.create(configMap('c'));
    server.create(configMap('d'));
    await vi.waitFor(() => expect(news(follower)).toEqual(['added d']));
    expect(follower.errors).toEqual([]);
    expect(follower.names()).not.toEqual(names());
    await follower.stop();
  });
});

describe('a quiet watch on a server where much happens elsewhere', () => {
  const busy = (): void => {
    for (let n = 0; n < HISTORY + 5; n++) server.create(configMap(`other-${n}`, 'elsewhere'));
    clock.advance(60_000);
    server.endWatches();
  };

  it('rxkube resumes from a bookmark', async () => {
    const follower = await started(new Rxkube());
    busy();
    await vi.waitFor(() => expect(watches()).toBe(2), 3_000);
    server.create(configMap('c'));
    await vi.waitFor(() => expect(news(follower)).toEqual(['added c']));
    expect({ lists: lists(), relists: follower.events.filter(({ type }) => type === 'init').length }).toEqual({
      lists: 1,
      relists: 1,
    });
    await follower.stop();
  });

  it('the informer of client-node asks for no bookmarks: 410, and a list', async () => {
    const follower = await started(new ClientNode());
    busy();
    await vi.waitFor(() => expect(lists()).toBe(2), 5_000);
    await follower.stop();
  });
});

describe('an object deleted and created again while nobody was watching', () => {
  const again = async (): Promise<void> => {
    const restarted = server.restart(1);
    server.delete({ ...configMap('a') });
    server.create(configMap('a'));
    clock.advance(1);
    await restarted;
  };

  it('rxkube: deleted, then added', async () => {
    const follower = await started(new Rxkube());
    await again();
    await vi.waitFor(() => expect(news(follower)).toEqual(['deleted a', 'added a']), 8_000);
    await follower.stop();
  });

  it('the informer of client-node: an update', async () => {
    const follower = await started(new ClientNode());
    await again();
    await vi.waitFor(() => expect(follower.errors).toHaveLength(1));
    // The 410 comes after its first reconnection.
    await follower.informer.start();
    await vi.waitFor(() => expect(news(follower)).toEqual(['modified a']), 8_000);
    await follower.stop();
  });
});

describe('a 410', () => {
  const expire = async (): Promise<void> => {
    const restarted = server.restart(1);
    server.delete(configMap('a'));
    server.create(configMap('c'));
    clock.advance(1);
    await restarted;
  };

  it('both list anew, and tell the deletions too', async () => {
    const [ours, theirs] = [await started(new Rxkube()), await started(new ClientNode())];
    await expire();
    await vi.waitFor(() => expect(theirs.errors).toHaveLength(1));
    await theirs.informer.start();
    await vi.waitFor(() => expect(news(ours)).toEqual(['deleted a', 'added c']), 8_000);
    await vi.waitFor(() => expect(news(theirs)).toEqual(['deleted a', 'added c']), 8_000);
    await Promise.all([ours.stop(), theirs.stop()]);
  });
});

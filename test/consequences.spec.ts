import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getActiveResourcesInfo } from 'node:process';
import { config, take, tap, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startApiServer, type ApiServer, type Fault } from '../apiserver/index.js';
import {
  changes,
  constant,
  createCluster,
  customResource,
  eachValue,
  watch$,
  type Cluster,
  type Init,
  type Interrupted,
  type KubernetesObject,
  type WatchErrorKind,
  type WatchEvent,
  type WatchOptions,
} from '../src/index.js';
import { nodeClient } from '../src/node/client.js';
import { connect } from '../src/node/index.js';
import { NODE_LIMITS, type NodeLimits } from '../src/node/limits.js';
import { readConfig } from '../src/node/read-config.js';

/**
 * What users of other clients have reported, and what they would see here: each test is one situation in which a client is known to lose,
 * repeat or invent a change, to ask without end, to fall silent, or to leave something behind.
 */

interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}
const ConfigMaps = customResource<ConfigMap>()({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' });
const configMap = (name: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  ...more,
});

// The machine may be busy.
vi.setConfig({ testTimeout: 20_000 });

/** The least that a watch waits after a failure, so that the tests need not. */
const retry = constant(100);

let server: ApiServer;

/** For each test of a `describe`. */
function withServer(): void {
  beforeEach(async () => {
    server = await startApiServer({ objects: [configMap('a'), configMap('b')] });
  });
  afterEach(async () => {
    await server.close();
  });
}

const cluster = (): Cluster => connect({ kubeconfig: server.kubeconfigPath });
/** With connections that need not be waited for. */
const quickCluster = (limits: Partial<NodeLimits> = {}): Cluster =>
  createCluster(nodeClient(readConfig({ kubeconfig: server.kubeconfigPath }), { ...NODE_LIMITS, idle: 50, ...limits }));
const watched = (options: WatchOptions = {}, from: Cluster = cluster()): Observable<WatchEvent<ConfigMap>> =>
  watch$(from.resource(ConfigMaps), { retry, ...options });

/** A consumer that writes down all that it is told: `added a`, `modified a`, `deleted a`. */
class Follower {
  readonly events: WatchEvent<ConfigMap>[] = [];
  readonly told: string[] = [];
  readonly errors: unknown[] = [];
  readonly stop: () => void;

  constructor(source: Observable<WatchEvent<ConfigMap>>) {
    const subscription = source
      .pipe(
        tap((event) => this.events.push(event)),
        changes(),
      )
      .subscribe({
        next: ({ type, object }) => void this.told.push(`${type} ${object.metadata.name}`),
        error: (error: unknown) => void this.errors.push(error),
      });
    this.stop = () => subscription.unsubscribe();
    onTestFinished(this.stop);
  }

  get inits(): readonly string[] {
    return this.events.filter((event): event is Init => event.type === 'init').map(({ cause }) => cause);
  }

  get interruptions(): readonly Interrupted[] {
    return this.events.filter((event): event is Interrupted => event.type === 'interrupted');
  }

  /** Waits until this is all that it was told. */
  async was(...told: string[]): Promise<void> {
    await eventually(() => expect(this.told).toEqual(told));
  }

  /** It was told this and nothing else: not even late, as whatever comes is told before the end. */
  async wasOnly(...told: string[]): Promise<void> {
    server.create(configMap('the-end'));
    await this.was(...told, 'added the-end');
  }

  /** Waits until so many lists were told to their end. */
  async listed(lists: number): Promise<void> {
    await eventually(() => expect(this.events.filter(({ type }) => type === 'initDone')).toHaveLength(lists));
  }

  async interrupted(kind?: WatchErrorKind): Promise<void> {
    await eventually(() =>
      expect(this.interruptions.filter(({ error }) => kind === undefined || error.kind === kind)).not.toEqual([]),
    );
  }
}

async function eventually(assertion: () => void): Promise<void> {
  await vi.waitFor(assertion, { timeout: 10_000, interval: 5 });
}

/** Has listed and watches. */
async function following(source: Observable<WatchEvent<ConfigMap>> = watched()): Promise<Follower> {
  const follower = new Follower(source);
  await follower.was('added a', 'added b');
  return follower;
}

/** Breaks the next request, whatever it is, and has the client make it. */
function nextTime(fault: Fault): { readonly hits: number } {
  const injected = server.inject(fault);
  server.endWatches();
  return injected;
}

/** The end of a watch that was told that its resourceVersion is too old, which makes the client list anew. */
const expire = (): { readonly hits: number } => nextTime({ fault: 'error', verb: 'watch' });

const STREAMED_OR_PAGED = [
  { initialList: 'streaming', relist: { verb: 'watch', request: 2 } },
  { initialList: 'paged', relist: { verb: 'list', request: 1 } },
] as const;

describe('what is lost', () => {
  withServer();

  // https://github.com/kubernetes-client/javascript/issues/586
  it('a list that comes in pages is known in full', async () => {
    for (const name of ['c', 'd', 'e']) server.create(configMap(name));
    const follower = new Follower(watched({ initialList: 'paged', pageSize: 2 }));
    await follower.was('added a', 'added b', 'added c', 'added d', 'added e');
    expect(server.requests.filter(({ verb }) => verb === 'list')).toHaveLength(3);
  });

  // https://github.com/kubernetes-client/java/issues/628
  it('what changes between two pages is told, and once', async () => {
    server.create(configMap('c'));
    const second = server.inject({ fault: 'freeze', verb: 'list', request: 2 });
    const follower = new Follower(watched({ initialList: 'paged', pageSize: 1 }));
    await eventually(() => expect(second.hits).toBe(1));
    server.patch(configMap('a'), { data: { changed: 'yes' } });
    server.delete(configMap('b'));
    server.create(configMap('d'));
    server.thaw();
    await follower.wasOnly('added a', 'added b', 'added c', 'modified a', 'deleted b', 'added d');
  });

  it('a list of which a page has expired is known in full all the same', async () => {
    server.create(configMap('c'));
    const expired = server.inject({ fault: 'status', verb: 'list', request: 2, code: 410, reason: 'Expired' });
    const follower = new Follower(watched({ initialList: 'paged', pageSize: 2 }));
    await follower.was('added a', 'added b', 'added c');
    expect(expired.hits).toBe(1);
  });

  // https://github.com/kubernetes-client/python/issues/1325, https://github.com/lensapp/lens/issues/2987
  describe('a character that arrives in two pieces is whole', () => {
    const text = 'Zürich, 東京, 🚢';

    it.each([
      ['ü', 1],
      ['東', 1],
      ['東', 2],
      ['🚢', 1],
      ['🚢', 2],
      ['🚢', 3],
    ])('%s after %i of its bytes', async (character, bytes) => {
      await using plain = await startApiServer({ tls: false, objects: [configMap('a', { data: { text } })] });
      const headers = { authorization: `Bearer ${plain.token}` };
      const list = await fetch(`${plain.url}/api/v1/configmaps`, { headers });
      const at = Buffer.from(await list.arrayBuffer()).indexOf(character) + bytes;
      const delayed = plain.inject({ fault: 'delay', verb: 'list', at: { bytes: at }, ms: 20 });
      const follower = new Follower(watched({ initialList: 'paged' }, connect({ kubeconfig: plain.kubeconfigPath })));
      await follower.was('added a');
      const applied = follower.events.flatMap((event) => (event.type === 'initApply' ? [event.object.data] : []));
      expect(applied).toEqual([{ text }]);
      expect(delayed.hits).toBe(1);
    });

    it('and where the connection is cut there, it is told when it comes again', async () => {
      await using plain = await startApiServer({ tls: false });
      const follower = new Follower(watched({}, connect({ kubeconfig: plain.kubeconfigPath })));
      await eventually(() => expect(follower.events.at(-1)?.type).toBe('initDone'));
      const path = `/api/v1/configmaps?watch=1&resourceVersion=${plain.resourceVersion}&timeoutSeconds=1`;
      plain.create(configMap('a', { data: { text } }));
      const stream = await fetch(`${plain.url}${path}`, { headers: { authorization: `Bearer ${plain.token}` } });
      const chunk = await stream.body?.getReader().read();
      const at = Buffer.from(chunk?.value ?? []).indexOf('🚢') + 2;
      await follower.was('added a');

      const second = new Follower(
        watched(
          { resourceVersion: String(Number(plain.resourceVersion) - 1) },
          connect({ kubeconfig: plain.kubeconfigPath }),
        ),
      );
      const cut = plain.inject({ fault: 'cut', verb: 'watch', at: { bytes: at } });
      await second.interrupted('connection');
      await eventually(() => expect(second.events.at(-1)?.type).toBe('apply'));
      expect(second.events.at(-1)).toMatchObject({ object: { data: { text } } });
      expect(cut.hits).toBe(1);
    });
  });

  // https://github.com/kubernetes-client/javascript/issues/249
  it('a change of which half had arrived when the connection broke is told, and once', async () => {
    const follower = await following();
    const cut = nextTime({ fault: 'cut', verb: 'watch', at: { bytes: 40 } });
    server.create(configMap('c'));
    server.create(configMap('d'));
    await follower.wasOnly('added a', 'added b', 'added c', 'added d');
    expect(cut.hits).toBe(1);
    expect(follower.inits).toEqual(['start']);
  });

  // https://github.com/ManageIQ/kubeclient/issues/599
  it('what happens between two watches is told, and once', async () => {
    const follower = await following();
    const refused = server.inject({ fault: 'status', verb: 'watch', code: 503, times: 2 });
    server.endWatches();
    await follower.interrupted();
    server.create(configMap('c'));
    server.delete(configMap('c'));
    server.patch(configMap('b'), { data: { n: '1' } });
    server.patch(configMap('b'), { data: { n: '2' } });
    await follower.wasOnly('added a', 'added b', 'added c', 'deleted c', 'modified b', 'modified b');
    expect(refused.hits).toBe(2);
  });

  it('a consumer that is slower than the stream is told every change, in order', async () => {
    const follower = await following(
      watched().pipe(
        tap(() => {
          for (const until = performance.now() + 3; performance.now() < until;);
        }),
      ),
    );
    const names = Array.from({ length: 300 }, (_, n) => `c${String(n)}`);
    for (const name of names) server.create(configMap(name));
    await follower.wasOnly('added a', 'added b', ...names.map((name) => `added ${name}`));
  });

  it('a consumer that awaits each change is told every one, in order', async () => {
    const names = Array.from({ length: 200 }, (_, n) => `c${String(n)}`);
    const told: string[] = [];
    for await (const change of eachValue(watched().pipe(changes()))) {
      told.push(change.object.metadata.name);
      if (told.length === 2) for (const name of names) server.create(configMap(name));
      if (told.length === names.length + 2) break;
      await new Promise(setImmediate);
    }
    expect(told).toEqual(['a', 'b', ...names]);
  });

  it('an object that leaves the selector is told as deleted, and when it comes back as added', async () => {
    const labelled = (app: string) => ({ metadata: { labels: { app } } });
    server.patch(configMap('a'), labelled('web'));
    const follower = new Follower(watch$(cluster().resource(ConfigMaps, { labels: { app: 'web' } }), { retry }));
    await follower.was('added a');
    server.patch(configMap('a'), labelled('other'));
    server.patch(configMap('a'), { data: { unseen: 'yes' } });
    server.patch(configMap('a'), labelled('web'));
    await follower.was('added a', 'deleted a', 'added a');
  });
});

describe('what is told twice, or was never so', () => {
  withServer();

  // https://github.com/kubernetes-client/javascript/issues/570
  it.each(STREAMED_OR_PAGED)('a deletion during the relist is told, and once: $initialList', async (how) => {
    const follower = await following(watched({ initialList: how.initialList }));
    const relist = server.inject({ fault: 'freeze', ...how.relist, at: 'request' });
    expire();
    await eventually(() => expect(relist.hits).toBe(1));
    server.delete(configMap('b'));
    server.thaw();
    await follower.wasOnly('added a', 'added b', 'deleted b');
    expect(follower.inits).toEqual(['start', 'expired']);
  });

  it.each(STREAMED_OR_PAGED)(
    'a deletion of what the relist has just listed is told, and once: $initialList',
    async (how) => {
      const follower = await following(watched({ initialList: how.initialList }));
      const relist = server.inject({ fault: 'freeze', ...how.relist, at: { frames: 1 } });
      expire();
      await eventually(() => expect(relist.hits).toBe(1));
      await eventually(() => expect(follower.inits).toEqual(['start', 'expired']));
      server.delete(configMap('a'));
      server.thaw();
      await follower.wasOnly('added a', 'added b', 'deleted a');
    },
  );

  // https://github.com/kubernetes-client/javascript/issues/570
  it('a namespace that is deleted takes its objects along once, however often the watch lists anew', async () => {
    const follower = await following();
    for (const name of ['c', 'd']) server.create({ ...configMap(name), metadata: { name, namespace: 'shop' } });
    server.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    await follower.was('added a', 'added b', 'added c', 'added d', 'deleted c', 'deleted d');
    for (const lists of [2, 3]) {
      expire();
      await follower.listed(lists);
    }
    await follower.wasOnly('added a', 'added b', 'added c', 'added d', 'deleted c', 'deleted d');
  });

  // https://github.com/kubernetes-client/javascript/issues/379, https://github.com/kubernetes-client/javascript/issues/301
  it('a relist of what has not changed tells nothing', async () => {
    const follower = await following();
    for (const lists of [2, 3, 4]) {
      expire();
      await follower.listed(lists);
    }
    await follower.wasOnly('added a', 'added b');
  });

  // https://github.com/fabric8io/kubernetes-client/issues/639
  it('a connection that breaks again and again leaves one watch, not several', async () => {
    const follower = await following(watched({}, quickCluster()));
    for (let broken = 1; broken <= 5; broken++) {
      const requests = server.requests.length;
      server.cut();
      await eventually(() => expect(follower.interruptions).toHaveLength(broken));
      await eventually(() => expect(server.requests).toHaveLength(requests + 1));
    }
    await follower.wasOnly('added a', 'added b');
    expect(server.requests.map(({ verb }) => verb)).toEqual(Array<string>(6).fill('watch'));
  });

  it('two subscriptions at once are told everything, each of them once', async () => {
    const source = watched();
    const [first, second] = [await following(source), await following(source)];
    server.cut();
    await Promise.all([first.interrupted(), second.interrupted()]);
    server.delete(configMap('a'));
    await Promise.all([first.was('added a', 'added b', 'deleted a'), second.was('added a', 'added b', 'deleted a')]);
    first.stop();
    await second.wasOnly('added a', 'added b', 'deleted a');
    expect(first.told).toEqual(['added a', 'added b', 'deleted a']);
  });

  it.each([
    ['an empty answer', { fault: 'status', code: 200, body: '', contentType: 'application/json' }],
    ['a login page', { fault: 'status', code: 200, body: '<html>Sign in</html>', contentType: 'text/html' }],
    ['a list that is cut in the middle', { fault: 'cut', at: { bytes: 200 } }],
    ['a list that ends in the middle', { fault: 'end', at: { bytes: 200 } }],
    ['a list that ends after an item', { fault: 'end', at: { frames: 1 } }],
  ] as const)('nothing is deleted by %s', async (_name, fault) => {
    for (const { initialList, relist } of STREAMED_OR_PAGED) {
      await server.close();
      server = await startApiServer({ objects: [configMap('a'), configMap('b')] });
      const follower = await following(watched({ initialList }));
      const broken = server.inject({ ...fault, ...relist });
      expire();
      await eventually(() => expect(broken.hits).toBe(1));
      await follower.wasOnly('added a', 'added b');
    }
  });

  it('a custom resource that is withdrawn and defined again is told as it is', async () => {
    const definition = {
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
    const widget = (name: string) => ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name } });
    const Widgets = customResource()({ group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget' });
    server.create(definition);
    server.create(widget('old'));
    const follower = new Follower(watch$(cluster().resource(Widgets), { retry }));
    await follower.was('added old');
    server.delete(definition);
    await eventually(() => expect(follower.interruptions.map(({ error }) => error.code)).toContain(404));
    server.create(definition);
    server.create(widget('new'));
    await follower.was('added old', 'deleted old', 'added new');
  });
});

describe('who asks without end', () => {
  // https://github.com/kubernetes-client/javascript/issues/1933, https://github.com/kubernetes-client/javascript/issues/975,
  // https://github.com/fabric8io/kubernetes-client/issues/7896
  it.concurrent.each([
    ['closes every watch at once', { fault: 'end', at: 'headers' }],
    ['resets every watch at once', { fault: 'cut', at: 'headers' }],
    ['resets every connection', { fault: 'cut', connection: true }],
    ['says 410 to every watch', { fault: 'error' }],
    ['is out of order', { fault: 'status', code: 500 }],
    ['has too much to do', { fault: 'status', code: 429 }],
    ['says that nobody may', { fault: 'status', code: 403 }],
    ['sends nothing that could be read', { fault: 'malformed' }],
  ] as const)('a server that %s is asked 4 times in 2 s at most', async (_name, fault) => {
    await using broken = await startApiServer({ objects: [configMap('a')] });
    const events: WatchEvent[] = [];
    const source = connect({ kubeconfig: broken.kubeconfigPath }).resource(ConfigMaps);
    const subscription = watch$(source).subscribe((event) => events.push(event));
    await eventually(() => expect(events.at(-1)?.type).toBe('initDone'));
    broken.inject({ ...fault, times: Infinity });
    broken.endWatches();
    // There is nothing to be waited for: it is about what does not happen.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    subscription.unsubscribe();
    const again = broken.requests.length - 1;
    expect(again).toBeGreaterThanOrEqual(1);
    expect(again).toBeLessThanOrEqual(4);
  });
});

describe('who falls silent', () => {
  withServer();

  // https://github.com/kubernetes-client/javascript/issues/2385, https://github.com/kubernetes-client/javascript/issues/1496
  it('a connection that breaks is made again, without a word from the consumer', async () => {
    const follower = await following();
    server.cut();
    await follower.interrupted('connection');
    await follower.wasOnly('added a', 'added b');
  });

  // https://github.com/fabric8io/kubernetes-client/issues/4388, https://github.com/fabric8io/kubernetes-client/issues/4974
  it.each([429, 500, 503])('a server that is back after a %i is watched again', async (code) => {
    const follower = await following();
    const refused = nextTime({ fault: 'status', code, times: 3 });
    await follower.wasOnly('added a', 'added b');
    expect(refused.hits).toBe(3);
  });

  // https://github.com/kubernetes-client/javascript/issues/364, https://github.com/kubernetes-client/javascript/issues/596,
  // https://github.com/kubernetes-client/javascript/issues/958, https://github.com/fabric8io/kubernetes-client/issues/4781
  it('a connection that is open and dead is noticed, and what happened meanwhile is told', async () => {
    const follower = await following(watched({}, quickCluster({ silence: 100, answer: 200 })));
    server.freeze();
    server.delete(configMap('a'));
    await follower.interrupted('timeout');
    server.thaw();
    await follower.wasOnly('added a', 'added b', 'deleted a');
    expect(follower.inits).toEqual(['start']);
  });

  // https://github.com/kubernetes-client/javascript/issues/795
  it('a server that restarts is watched again: changes are told after it as before', async () => {
    const follower = await following();
    await server.restart();
    await follower.interrupted();
    server.delete(configMap('a'));
    await follower.wasOnly('added a', 'added b', 'deleted a');
  });

  // https://github.com/fabric8io/kubernetes-client/issues/2992, https://github.com/fabric8io/kubernetes-client/issues/6379
  it('a handler that throws is told of the next change all the same, and its error is no secret', async () => {
    const unhandled: unknown[] = [];
    config.onUnhandledError = (error) => void unhandled.push(error);
    onTestFinished(() => {
      config.onUnhandledError = null;
    });
    const told: string[] = [];
    const subscription = watched()
      .pipe(changes())
      .subscribe(({ type, object }) => {
        told.push(`${type} ${object.metadata.name}`);
        if (object.metadata.name === 'b') throw new Error('a bug of the handler');
      });
    onTestFinished(() => subscription.unsubscribe());
    await eventually(() => expect(unhandled).toEqual([new Error('a bug of the handler')]));
    server.create(configMap('c'));
    await eventually(() => expect(told).toEqual(['added a', 'added b', 'added c']));
  });

  it('an operator that throws ends its own watch with that error, and no other', async () => {
    const other = await following();
    const bug = new Error('a bug of the operator');
    const follower = new Follower(
      watched().pipe(
        tap((event) => {
          if (event.type === 'apply') throw bug;
        }),
      ),
    );
    await follower.was('added a', 'added b');
    server.create(configMap('c'));
    await eventually(() => expect(follower.errors).toEqual([bug]));
    await other.wasOnly('added a', 'added b', 'added c');
    expect(follower.told).toEqual(['added a', 'added b']);
  });

  describe('a credential plug-in', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'rxkube-'));
      writeFileSync(join(folder, 'token'), server.token);
      writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(withPlugin(folder)));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    /** Prints what the file `token` says, and fails where there is none. */
    function withPlugin(home: string): object {
      const print = `
        const token = require('node:fs').readFileSync(${JSON.stringify(join(home, 'token'))}, 'utf8');
        console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }));
      `;
      const original = JSON.parse(server.kubeconfig) as { readonly users: readonly { readonly name: string }[] };
      const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', print] };
      return { ...original, users: original.users.map(({ name }) => ({ name, user: { exec } })) };
    }

    const cluster = (): Cluster => connect({ kubeconfig: join(folder, 'kubeconfig') });
    const rotate = (token: string): void => {
      server.tokens.delete(server.token);
      server.tokens.set(token, 'allowed');
    };

    // https://github.com/kubernetes-client/javascript/issues/228, https://github.com/fabric8io/kubernetes-client/issues/2612
    it('is asked again when its token has expired, and nothing is lost', async () => {
      const follower = await following(watched({}, cluster()));
      rotate('second');
      writeFileSync(join(folder, 'token'), 'second');
      server.cut();
      server.delete(configMap('a'));
      await follower.wasOnly('added a', 'added b', 'deleted a');
      expect(follower.inits).toEqual(['start']);
    });

    it('that fails for a while is asked until it works again, and nothing is lost', async () => {
      const follower = await following(watched({}, cluster()));
      rotate('second');
      rmSync(join(folder, 'token'));
      server.cut();
      await follower.interrupted('credentials');
      server.delete(configMap('a'));
      writeFileSync(join(folder, 'token'), 'second');
      await follower.wasOnly('added a', 'added b', 'deleted a');
    });

    it('that never worked is an error, which says so', async () => {
      rmSync(join(folder, 'token'));
      const follower = new Follower(watch$(cluster().resource(ConfigMaps)));
      await eventually(() => expect(follower.errors).toHaveLength(1));
      expect(follower.errors).toMatchObject([{ name: 'WatchError', kind: 'credentials' }]);
      expect(String(follower.errors[0])).toMatch(/exec plug-in .* failed with exit code 1/);
      expect(server.requests).toEqual([]);
    });
  });
});

describe('what is left behind', () => {
  withServer();

  /** Of both ends, as the server is in this process. */
  const sockets = (): number => getActiveResourcesInfo().filter((name) => /TCPSocket|TLS/.test(name)).length;

  // https://github.com/kubernetes-client/javascript/pull/576, https://github.com/fabric8io/kubernetes-client/issues/373
  it.each(['request', 'headers', { frames: 1 }] as const)(
    'an unsubscribe while the answer is pending closes the connection, and nothing is told any more: %o',
    async (at) => {
      const before = sockets();
      const frozen = server.inject({ fault: 'freeze', at });
      const follower = new Follower(watched({}, quickCluster()));
      await eventually(() => expect(frozen.hits).toBe(1));
      expect(sockets()).toBeGreaterThan(before);
      follower.stop();
      const events = follower.events.length;
      await eventually(() => expect(sockets()).toBe(before));
      server.thaw();
      expect(follower.events).toHaveLength(events);
      expect(server.requests).toHaveLength(1);
    },
  );

  it('an unsubscribe while it waits to try again ends it: nobody is asked any more', async () => {
    const before = sockets();
    const follower = await following(watched({}, quickCluster()));
    server.inject({ fault: 'status', code: 503, times: Infinity });
    server.endWatches();
    await follower.interrupted();
    follower.stop();
    const requests = server.requests.length;
    await eventually(() => expect(sockets()).toBe(before));
    expect(server.requests).toHaveLength(requests);
  });

  // https://github.com/kubernetes-client/javascript/issues/1200
  it('a consumer that has enough after one change is told no other, and its connection is closed', async () => {
    const before = sockets();
    const told: string[] = [];
    await new Promise<void>((complete) => {
      watched({}, quickCluster())
        .pipe(changes(), take(1))
        .subscribe({ next: ({ object }) => void told.push(object.metadata.name), complete });
    });
    await eventually(() => expect(sockets()).toBe(before));
    expect(told).toEqual(['a']);
  });

  // https://github.com/fabric8io/kubernetes-client/issues/1943
  it('a 410 on a stream that the server leaves open closes it', async () => {
    await using plain = await startApiServer({ tls: false, objects: [configMap('a')] });
    const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410 };
    const gone = plain.inject({
      fault: 'malformed',
      verb: 'watch',
      request: 2,
      text: `${JSON.stringify({ type: 'ERROR', object: status })}\n`,
    });
    const client = nodeClient(readConfig({ kubeconfig: plain.kubeconfigPath }), { ...NODE_LIMITS, idle: 50 });
    const before = sockets();
    const follower = new Follower(watched({}, createCluster(client)));
    await follower.was('added a');
    const open = sockets();
    plain.endWatches();
    await eventually(() => expect(follower.inits).toEqual(['start', 'expired']));
    await eventually(() => expect(follower.events.at(-1)?.type).toBe('initDone'));
    expect(gone.hits).toBe(1);
    // Over HTTP/1.1 a stream is a connection: there is one, as before.
    await eventually(() => expect(sockets()).toBe(open));
    follower.stop();
    await eventually(() => expect(sockets()).toBe(before));
  });

  // https://github.com/kubernetes-client/javascript/issues/494
  it('a connection that broke is gone when there is another one', async () => {
    const follower = await following(watched({}, quickCluster()));
    const open = sockets();
    for (let broken = 1; broken <= 5; broken++) {
      server.cut();
      await eventually(() => expect(follower.interruptions).toHaveLength(broken));
      await eventually(() => expect(server.requests).toHaveLength(broken + 1));
    }
    await eventually(() => expect(sockets()).toBe(open));
  });
});

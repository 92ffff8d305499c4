import { existsSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { getActiveResourcesInfo } from 'node:process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  CONFIG_MAPS,
  Connection,
  definition,
  JSON_BODY,
  MERGE_PATCH,
  TRANSPORTS,
  widget,
  type ReceivedAnswer,
  type Transport,
} from '../test/fixtures/answer.js';
import { startApiServer, type ApiServer, type ApiServerOptions } from './api-server.js';
import { ManualClock } from './clock.js';
import type { At, Fault } from './faults.js';
import type { Json } from './objects.js';

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

/** A manual clock that knows how much is waited for. */
class CountingClock extends ManualClock {
  readonly waits = new Set<number>();
  #count = 0;

  override after(ms: number, callback: () => void): () => void {
    const id = this.#count++;
    this.waits.add(id);
    const cancel = super.after(ms, () => {
      this.waits.delete(id);
      callback();
    });
    return () => {
      this.waits.delete(id);
      cancel();
    };
  }
}

async function start(options: ApiServerOptions = {}): Promise<ApiServer> {
  const server = await startApiServer(options);
  toClose.push(() => server.close());
  return server;
}

/** A client of its own, with the admin's token. */
class Admin {
  readonly connection: Connection;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(server: ApiServer, transport: Transport) {
    this.connection = new Connection(server.url, server.ca, transport);
    toClose.push(() => this.connection.close());
    this.#headers = { authorization: `Bearer ${server.token}` };
  }

  get(path: string): ReceivedAnswer {
    return this.connection.get(path, this.#headers);
  }

  /** Of ConfigMaps, from a resourceVersion on. */
  watch(resourceVersion: string, more = ''): ReceivedAnswer {
    return this.get(`${CONFIG_MAPS}?watch=true&resourceVersion=${resourceVersion}${more}`);
  }

  async write(method: string, path: string, body?: unknown): Promise<ReceivedAnswer> {
    const type = method === 'PATCH' ? MERGE_PATCH : JSON_BODY;
    return this.connection.send(method, path, { ...this.#headers, ...type }, body).over();
  }
}

function adminOf(server: ApiServer, transport: Transport = 'h2'): Admin {
  return new Admin(server, transport);
}

/** A ConfigMap. */
function configMap(
  name: string,
  data: Json = {},
): Json & { apiVersion: string; kind: string; metadata: { name: string } } {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/** What keeps the process alive, without what the test runner has. */
function handles(): string[] {
  return getActiveResourcesInfo().filter((name) => /TCP|TLS|HTTP/.test(name));
}

async function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    }).on('error', () => resolve(true));
  });
}

/** Waits until it holds. */
async function soon(holds: () => unknown): Promise<void> {
  await vi.waitFor(holds, { interval: 2 });
}

const isOver = ({ state }: ReceivedAnswer): boolean => state !== 'open';
/** Over, and not in order. */
const isBroken = (answer: ReceivedAnswer): boolean => isOver(answer) && answer.state !== 'ended';

describe('a server', () => {
  it('is there, over TLS, with a certificate that its own authority vouches for', async () => {
    const server = await start();
    expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
    expect(server.ca).toMatch(/^-----BEGIN CERTIFICATE-----/);
    for (const transport of ['h2', 'tls'] as const) {
      const answer = await adminOf(server, transport).get('/version').over();
      expect(answer).toMatchObject({ status: 200, state: 'ended' });
      expect(answer.json).toHaveProperty('gitVersion');
    }
  });

  it('may do without TLS', async () => {
    const server = await start({ tls: false });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(server.ca).toBeUndefined();
    expect((await adminOf(server, 'plain').get('/version').over()).status).toBe(200);
  });

  it('has the namespaces that every cluster has', async () => {
    const server = await start();
    expect(server.list('v1', 'Namespace').map(({ metadata }) => metadata.name)).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ]);
  });

  it('has the objects that it is given, and their namespaces, status included', async () => {
    const server = await start({
      objects: [
        configMap('a'),
        { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'shop' }, status: { phase: 'Running' } },
        definition(),
        widget('w'),
      ],
    });
    const names = (apiVersion: string, kind: string): string[] =>
      server.list(apiVersion, kind).map(({ metadata: { namespace, name } }) => `${namespace ?? ''}/${name}`);
    expect(names('v1', 'ConfigMap')).toEqual(['default/a']);
    expect(names('example.com/v1', 'Widget')).toEqual(['default/w']);
    expect(names('v1', 'Namespace')).toContain('/shop');
    expect(server.list('v1', 'Pod', 'shop')).toMatchObject([{ status: { phase: 'Running' } }]);
    expect(server.list('v1', 'Pod', 'default')).toEqual([]);
  });

  it('answers over the network what it is told in the process, and the other way round', async () => {
    const server = await start();
    const admin = adminOf(server);
    const watch = await admin.watch(server.resourceVersion).begun();
    const created = server.create(configMap('a', { key: 'one' }));
    expect(server.resourceVersion).toBe(created.metadata.resourceVersion);
    await admin.write('PATCH', `${CONFIG_MAPS}/a`, { data: { key: 'two' } });
    expect(server.get(configMap('a'))).toMatchObject({ data: { key: 'two' } });
    server.patch(configMap('a'), { data: { key: 'three' } });
    await admin.write('DELETE', `${CONFIG_MAPS}/a`);
    expect(server.get(configMap('a'))).toBeUndefined();
    await admin.write('POST', CONFIG_MAPS, configMap('b'));
    server.delete(configMap('b'));
    await watch.lines(6);
    expect(watch.told.map((line) => line.replace(/@.*/, ''))).toEqual([
      'ADDED a',
      'MODIFIED a',
      'MODIFIED a',
      'DELETED a',
      'ADDED b',
      'DELETED b',
    ]);
  });

  it('says in the process with an Error what it says over the network with a Status', async () => {
    const server = await start({ objects: [configMap('a')] });
    expect(() => server.create(configMap('a'))).toThrow('configmaps "a" already exists');
    expect(() => server.delete(configMap('b'))).toThrow('configmaps "b" not found');
    expect(() => server.patch(configMap('b'), {})).toThrow('configmaps "b" not found');
    expect(() => server.create({ apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'c' } })).toThrow(
      'there is no kind "ConfigMap" in "v2"',
    );
    expect(() => server.list('v1', 'Widget')).toThrow(RangeError);
  });

  it('keeps what it is given to itself', async () => {
    const data = { key: 'one' };
    const server = await start({ objects: [configMap('a', data)] });
    data.key = 'two';
    expect(server.get(configMap('a'))).toMatchObject({ data: { key: 'one' } });
  });

  it('remembers the newest 1,000 requests, and when they came', async () => {
    const clock = new ManualClock();
    const server = await start({ clock });
    const admin = adminOf(server);
    for (let i = 0; i < 1_005; i += 67) {
      clock.advance(1);
      await Promise.all(Array.from({ length: 67 }, (_, j) => admin.get(`/api/v1/nodes/n${i + j}`).over()));
    }
    expect(server.requests).toHaveLength(1_000);
    expect(server.requests[0]).toMatchObject({ at: Date.UTC(2026, 0, 1) + 1, verb: 'get', resource: 'nodes' });
    await admin.get(`${CONFIG_MAPS}?limit=5`).over();
    const last = server.requests.at(-1);
    expect(last).toMatchObject({
      at: Date.UTC(2026, 0, 1) + 15,
      verb: 'list',
      resource: 'configmaps',
      namespace: 'default',
      url: `${CONFIG_MAPS}?limit=5`,
    });
    expect(last?.query.get('limit')).toBe('5');
  });

  it.each(['/api/v1/namespaces/default/pods/%zz', '//['])('is not brought down by %s', async (path) => {
    const server = await start({ tls: false });
    const socket = connect(server.port, '127.0.0.1');
    toClose.push(() => Promise.resolve(void socket.destroy()));
    const answer = new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(chunk.toString())));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1.1 4\d\d/);
    expect((await adminOf(server, 'plain').get('/version').over()).status).toBe(200);
  });

  it('knows no other port than the one it is given', async () => {
    const first = await startApiServer();
    const { port } = first;
    await expect(startApiServer({ port })).rejects.toThrow('EADDRINUSE');
    await first.close();
    expect((await start({ port })).port).toBe(port);
  });

  it.each<[unknown, string]>([
    [{ port: -1 }, 'port must be 0 … 65535, got -1'],
    [{ port: 65_536 }, 'port must be 0 … 65535, got 65536'],
    [{ port: 1.5 }, 'port must be 0 … 65535, got 1.5'],
    [{ history: 0 }, 'history must be an integer ≥ 1, got 0'],
    [{ history: NaN }, 'history must be an integer ≥ 1, got NaN'],
    [{ history: Infinity }, 'history must be an integer ≥ 1, got Infinity'],
    [
      { tokens: { abc: 'allow' } },
      `tokens must be 'allowed', 'forbidden' or a function each, got "allow" for number 1`,
    ],
    [{ objects: [{ kind: 'Thing' }] }, 'there is no kind "Thing" in undefined'],
  ])('is not started with %j', async (options, message) => {
    await expect(startApiServer(options as ApiServerOptions)).rejects.toThrow(message);
  });
});

describe('the kubeconfig', () => {
  it('is a file that only its owner reads, which goes with the server', async () => {
    const server = await startApiServer();
    const { kubeconfigPath } = server;
    expect(server.kubeconfigPath).toBe(kubeconfigPath);
    expect(statSync(kubeconfigPath).mode & 0o777).toBe(0o600);
    expect(readFileSync(kubeconfigPath, 'utf8')).toBe(server.kubeconfig);
    await server.close();
    expect(existsSync(kubeconfigPath)).toBe(false);
    expect(existsSync(kubeconfigPath.replace(/\/kubeconfig$/, ''))).toBe(false);
  });

  it('says where the server is, whom to trust, and who the admin is', async () => {
    const server = await start();
    const config = JSON.parse(server.kubeconfig) as Record<string, { cluster?: Json; user?: Json; context?: Json }[]>;
    expect(config['clusters']?.[0]?.cluster).toEqual({
      server: server.url,
      'certificate-authority-data': Buffer.from(server.ca ?? '').toString('base64'),
    });
    expect(config['users']?.[0]?.user).toEqual({ token: server.token });
  });

  it('is not made of a server that is closed', async () => {
    const server = await startApiServer();
    await server.close();
    expect(() => server.kubeconfigPath).toThrow('the API server is closed');
  });
});

describe('tokens', () => {
  const CANARY = 'canary-3f9a';

  async function ask(server: ApiServer, path: string, token?: string): Promise<ReceivedAnswer> {
    const connection = new Connection(server.url, server.ca, 'h2');
    toClose.push(() => connection.close());
    return connection.get(path, token === undefined ? {} : { authorization: `Bearer ${token}` }).over();
  }

  it.each<[string, ApiServerOptions['tokens'], string | undefined, number]>([
    ['none: 403', {}, undefined, 403],
    ['an unknown one: 401', {}, CANARY, 401],
    ['one that is allowed', { [CANARY]: 'allowed' }, CANARY, 200],
    ['one that is forbidden: 403', { [CANARY]: 'forbidden' }, CANARY, 403],
    ['one that a function allows', { [CANARY]: () => true }, CANARY, 200],
    ['one that a function forbids: 403', { [CANARY]: () => false }, CANARY, 403],
    ['none, where that is allowed', { '': 'allowed' }, undefined, 200],
    ['an unknown one, where none is allowed: 401', { '': 'allowed' }, CANARY, 401],
    [
      'one whose function throws: 500',
      {
        [CANARY]: () => {
          throw new Error('no idea');
        },
      },
      CANARY,
      500,
    ],
  ])('%s, and never quoted', async (_, tokens, token, status) => {
    const server = await start(tokens === undefined ? {} : { tokens });
    for (const path of [CONFIG_MAPS, '/version', '/api/v1/nodes/n']) {
      const answer = await ask(server, path, token);
      expect([path, answer.status]).toEqual([path, path.endsWith('/n') && status === 200 ? 404 : status]);
      expect(`${answer.text}${JSON.stringify(answer.headers)}`).not.toContain(CANARY);
    }
    expect(JSON.stringify(server.requests)).not.toContain(CANARY);
  });

  it('C8, C9 are refused with a Status that says who and what', async () => {
    const server = await start({ tokens: { [CANARY]: 'forbidden' } });
    expect((await ask(server, CONFIG_MAPS, 'other')).json).toMatchObject({ reason: 'Unauthorized', code: 401 });
    const { json } = await ask(server, '/apis/apps/v1/namespaces/shop/deployments/web', CANARY);
    expect(json).toMatchObject({ reason: 'Forbidden', code: 403 });
    expect(json['message']).toBe(
      'deployments.apps "web" is forbidden: User "user" cannot get resource "deployments" in API group "apps" in the namespace "shop"',
    );
  });

  it('may be told by what is asked for', async () => {
    const server = await start({
      tokens: {
        [CANARY]: ({ verb, resource, namespace }) =>
          `${verb} ${resource} ${namespace ?? '*'}` === 'list configmaps default',
      },
    });
    expect((await ask(server, CONFIG_MAPS, CANARY)).status).toBe(200);
    expect((await ask(server, '/api/v1/configmaps', CANARY)).status).toBe(403);
    expect((await ask(server, '/api/v1/namespaces/default/secrets', CANARY)).status).toBe(403);
  });

  it('can come and go while the server runs, the admin’s too', async () => {
    const server = await start();
    server.tokens.set(CANARY, 'allowed');
    expect((await ask(server, CONFIG_MAPS, CANARY)).status).toBe(200);
    server.tokens.delete(CANARY);
    expect((await ask(server, CONFIG_MAPS, CANARY)).status).toBe(401);
    expect((await ask(server, CONFIG_MAPS, server.token)).status).toBe(200);
    server.tokens.set(server.token, 'forbidden');
    expect((await ask(server, CONFIG_MAPS, server.token)).status).toBe(403);
  });

  it('are not asked for by who looks whether the server is well', async () => {
    const server = await start();
    for (const path of ['/healthz', '/livez', '/readyz/ping']) expect((await ask(server, path)).text).toBe('ok');
  });
});

describe.each(TRANSPORTS)('faults over %s', (transport) => {
  const begin = async (
    options: ApiServerOptions = {},
  ): Promise<{ server: ApiServer; clock: ManualClock; from: string }> => {
    const clock = new ManualClock();
    const server = await start({ clock, tls: transport !== 'plain', ...options });
    const from = server.resourceVersion;
    for (const name of ['a', 'b', 'c']) server.create(configMap(name, { text: 'é€𝄞' }));
    return { server, clock, from };
  };

  /** All that the watch would have said. */
  const whole = async (server: ApiServer, from: string): Promise<Buffer> =>
    (await adminOf(server, transport).watch(from).lines(3)).bytes;

  const ends = (bytes: Buffer): number[] => [...bytes.keys()].filter((at) => bytes[at] === 0x0a).map((at) => at + 1);
  const inCharacter = (bytes: Buffer): number => bytes.indexOf('€') + 1;

  /** Each place, and how much is said before it. */
  const places = (bytes: Buffer): readonly (readonly [At, number])[] => [
    ['headers', 0],
    [{ bytes: 0 }, 0],
    [{ bytes: 1 }, 1],
    [{ bytes: inCharacter(bytes) }, inCharacter(bytes)],
    [{ bytes: ends(bytes)[0] ?? 0 }, ends(bytes)[0] ?? 0],
    [{ bytes: (ends(bytes)[1] ?? 0) + 5 }, (ends(bytes)[1] ?? 0) + 5],
    [{ frames: 0 }, 0],
    [{ frames: 1 }, ends(bytes)[0] ?? 0],
    [{ frames: 3 }, bytes.length],
  ];

  it.each<[string, Fault, (answer: ReceivedAnswer) => boolean]>([
    ['cut', { fault: 'cut' }, isBroken],
    ['cut with its connection', { fault: 'cut', connection: true }, isBroken],
    ['ended', { fault: 'end' }, ({ state }) => state === 'ended'],
  ])('an answer can be %s wherever it is', async (_, fault, holds) => {
    const { server, from } = await begin();
    const bytes = await whole(server, from);
    for (const [at, size] of places(bytes)) {
      server.inject({ ...fault, verb: 'watch', at } as Fault);
      const answer = await adminOf(server, transport).watch(from).over();
      expect(answer.status).toBe(200);
      expect([at, answer.bytes.length]).toEqual([at, size]);
      expect(answer.bytes.equals(bytes.subarray(0, size))).toBe(true);
      expect(answer).toSatisfy(holds);
    }
  });

  it('a request can be cut, and never be answered', async () => {
    const { server, from } = await begin();
    server.inject({ fault: 'cut' });
    const answer = await adminOf(server, transport).watch(from).over();
    expect(answer).toMatchObject({ status: 0, text: '' });
    expect(answer).toSatisfy(isBroken);
  });

  it.each(['delay', 'freeze'] as const)('an answer can be held up wherever it is: %s', async (name) => {
    const { server, clock, from } = await begin();
    const bytes = await whole(server, from);
    for (const [at, size] of [['request', 0] as const, ...places(bytes)]) {
      const injection = server.inject(name === 'delay' ? { fault: 'delay', ms: 500, at } : { fault: 'freeze', at });
      const answer = adminOf(server, transport).watch(from);
      await soon(() => expect(injection.hits).toBe(1));
      if (at !== 'request') await answer.begun();
      await answer.until((one) => one.size >= size);
      if (name === 'delay') clock.advance(500);
      else server.thaw();
      await answer.until((one) => one.size >= bytes.length);
      expect(answer.bytes.equals(bytes)).toBe(true);
      expect(answer.state).toBe('open');
    }
  });

  it('B12 a list can be cut in the middle of an item, and in the middle of a character', async () => {
    const { server } = await begin();
    const { bytes } = await adminOf(server, transport).get(CONFIG_MAPS).over();
    for (const size of [1, inCharacter(bytes), bytes.length - 1]) {
      server.inject({ fault: 'cut', at: { bytes: size } });
      const answer = await adminOf(server, transport).get(CONFIG_MAPS).over();
      expect(answer.bytes.equals(bytes.subarray(0, size))).toBe(true);
      expect(answer).toSatisfy(isBroken);
    }
  });

  it('a status comes instead of an answer', async () => {
    const { server } = await begin();
    const admin = adminOf(server, transport);
    server.inject({ fault: 'status', code: 429, retryAfter: 7, verb: 'list' });
    const answer = await admin.get(CONFIG_MAPS).over();
    expect(answer).toMatchObject({ status: 429, state: 'ended' });
    expect(answer.headers['retry-after']).toBe('7');
    expect((await admin.get(CONFIG_MAPS).over()).status).toBe(200);
  });

  it('ERROR frames, malformed ones and duplicates are among the others', async () => {
    const { server, from } = await begin();
    const frames = (await whole(server, from)).toString().split('\n').slice(0, -1);
    const [a = '', b = '', c = ''] = frames;
    const hit = async (fault: Fault, lines: number): Promise<string[]> => {
      server.inject(fault);
      const answer = await adminOf(server, transport).watch(from).lines(lines);
      return answer.text.split('\n').slice(0, -1);
    };
    expect(await hit({ fault: 'duplicate', frame: 2 }, 4)).toEqual([a, b, b, c]);
    expect(await hit({ fault: 'malformed', text: '{"é\n', at: { frames: 1 } }, 4)).toEqual([a, '{"é', b, c]);
    const [first, error, ...more] = await hit({ fault: 'error', code: 500, at: { frames: 1 } }, 2);
    expect([first, more]).toEqual([a, []]);
    expect(JSON.parse(error ?? '')).toMatchObject({ type: 'ERROR', object: { code: 500 } });
  });

  it('requests are counted', async () => {
    const { server } = await begin();
    const injection = server.inject({ fault: 'status', code: 503, verb: 'list', request: 2, times: 2 });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await adminOf(server, transport).get(CONFIG_MAPS).over()).status);
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
    expect(injection.hits).toBe(2);
  });

  it('what was injected can be taken back', async () => {
    const { server } = await begin();
    server.inject({ fault: 'cut', times: Infinity });
    server.inject({ fault: 'status', code: 503, times: Infinity });
    server.clearFaults();
    expect((await adminOf(server, transport).get(CONFIG_MAPS).over()).status).toBe(200);
  });

  it('C5 connections are refused for a while, and the one that asked is reset', async () => {
    const { server, clock, from } = await begin();
    server.inject({ fault: 'refuse', ms: 700, at: { frames: 3 } });
    const { port } = server;
    const answer = await adminOf(server, transport).watch(from).over();
    expect(answer.told).toHaveLength(4);
    expect(answer).toSatisfy(isBroken);
    expect(await isRefused(port)).toBe(true);
    clock.advance(699);
    expect(await isRefused(port)).toBe(true);
    clock.advance(1);
    await soon(async () => expect(await isRefused(port)).toBe(false));
    expect(server.port).toBe(port);
  });

  it('a frozen server says nothing and closes nothing; thawed, it says all of it in its order', async () => {
    const { server, from } = await begin();
    const open = await adminOf(server, transport).watch(from).lines(3);
    const writer = adminOf(server, transport);
    await writer.get('/version').over();
    server.freeze();
    for (const name of ['d', 'e']) server.create(configMap(name));
    const later = adminOf(server, transport).watch(server.resourceVersion);
    const written = writer.write('POST', CONFIG_MAPS, configMap('f'));
    const count = server.requests.length;
    await soon(() => expect(server.requests.length).toBeGreaterThanOrEqual(count + 1));
    expect(await isRefused(server.port)).toBe(false);
    expect(open.told).toHaveLength(3);
    expect(later.status).toBe(0);
    expect(server.get(configMap('f'))).toBeUndefined();
    server.thaw();
    expect((await written).status).toBe(201);
    await open.lines(6);
    expect(open.told.map((line) => line.replace(/@.*/, ''))).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `ADDED ${name}`),
    );
    expect((await later.begun()).status).toBe(200);
  });

  it('F2 who does not read is disconnected in order, and finds what was sent until then', async () => {
    const { server } = await begin();
    const { resourceVersion } = server;
    const quick = await adminOf(server, transport).watch(resourceVersion).begun();
    const slow = await adminOf(server, transport).watch(resourceVersion).begun();
    slow.pause();
    for (let i = 1; i <= 30; i++) {
      server.patch(configMap('a'), { data: { text: String(i).padEnd(1024 * 1024) } });
      await quick.until(({ size }) => size > i * 1024 * 1024);
    }
    expect(quick.state).toBe('open');
    slow.resume();
    await slow.over();
    expect(slow.state).toBe('ended');
    const revisions = slow.told.slice(0, -1).map((line) => Number(line.replace('MODIFIED a@', '')));
    expect(revisions).toEqual(revisions.map((_, index) => Number(resourceVersion) + 1 + index));
    expect(revisions.length).toBeGreaterThanOrEqual(4);
    expect(revisions.length).toBeLessThan(30);
  });

  it('watches end in order when they are told to', async () => {
    const { server } = await begin();
    const answer = await adminOf(server, transport).watch(server.resourceVersion).begun();
    server.endWatches();
    expect((await answer.over()).told).toEqual(['ended']);
  });

  it('all connections can be reset', async () => {
    const { server } = await begin();
    const answers = await Promise.all(
      [1, 2].map(() => adminOf(server, transport).watch(server.resourceVersion).begun()),
    );
    server.cut();
    for (const answer of answers) expect(await answer.over()).toSatisfy(isBroken);
    expect((await adminOf(server, transport).get('/version').over()).status).toBe(200);
  });

  it('E7, A9 bookmarks and the end come by the server’s clock', async () => {
    const { server, clock } = await begin();
    const { resourceVersion } = server;
    const answer = await adminOf(server, transport)
      .watch(resourceVersion, '&allowWatchBookmarks=true&timeoutSeconds=90')
      .begun();
    clock.advance(90_000);
    expect((await answer.over()).told).toEqual([
      `BOOKMARK @${resourceVersion}`,
      `BOOKMARK @${resourceVersion}`,
      'ended',
    ]);
  });
});

describe('connections', () => {
  const open = async (): Promise<{ server: ApiServer; admin: Admin; kept: ReceivedAnswer; hit: ReceivedAnswer }> => {
    const server = await start();
    const admin = adminOf(server);
    const { resourceVersion } = server;
    const kept = await admin.watch(resourceVersion).begun();
    const hit = await admin.watch(resourceVersion).begun();
    return { server, admin, kept, hit };
  };

  it('F3 over HTTP/2, a cut stream leaves the others of its connection alone', async () => {
    const { server, admin, kept } = await open();
    server.inject({ fault: 'cut', verb: 'watch', at: { frames: 1 } });
    const hit = await admin.watch(server.resourceVersion).begun();
    server.create(configMap('a'));
    expect(await hit.over()).toSatisfy(isBroken);
    expect((await kept.lines(1)).state).toBe('open');
    expect((await admin.get('/version').over()).status).toBe(200);
    expect(admin.connection.lost).toBe(0);
  });

  it('a cut connection takes all its streams with it', async () => {
    const { server, admin, kept, hit } = await open();
    server.inject({ fault: 'cut', connection: true, verb: 'get' });
    const other = await adminOf(server).watch(server.resourceVersion).begun();
    for (const answer of [admin.get('/version'), kept, hit]) expect(await answer.over()).toSatisfy(isBroken);
    await admin.connection.gone();
    server.create(configMap('a'));
    expect((await other.lines(1)).state).toBe('open');
  });

  it('are refused and taken again on the same port, and those that are there stay', async () => {
    const { server, kept } = await open();
    const { port } = server;
    server.refuse();
    expect(await isRefused(port)).toBe(true);
    server.create(configMap('a'));
    expect((await kept.lines(1)).state).toBe('open');
    await server.accept();
    expect(server.port).toBe(port);
    expect((await adminOf(server).get('/version').over()).status).toBe(200);
  });
});

describe('a restart', () => {
  it('breaks what is open, on the same port, and loses no object', async () => {
    const server = await start({ objects: [configMap('a')] });
    const { port, url, resourceVersion, token } = server;
    const watch = await adminOf(server).watch(resourceVersion).begun();
    await server.restart();
    expect(await watch.over()).toSatisfy(isBroken);
    expect(server).toMatchObject({ port, url, resourceVersion, token });
    expect((await adminOf(server).get(`${CONFIG_MAPS}/a`).over()).status).toBe(200);
  });

  it.each([true, false])('C1, C5 forgets the history only if it was in a watch cache: %s', async (watchCache) => {
    const server = await start({ watchCache });
    const before = server.resourceVersion;
    server.create(configMap('a'));
    await server.restart();
    const missed = await adminOf(server).watch(before).lines(1);
    expect(missed.told[0]).toMatch(watchCache ? /^ERROR 410 Expired/ : /^ADDED a/);
    const resumed = await adminOf(server).watch(server.resourceVersion).begun();
    server.create(configMap('b'));
    expect((await resumed.lines(1)).told[0]).toMatch(/^ADDED b/);
  });

  it('may take its time, in which nobody is let in', async () => {
    const clock = new ManualClock();
    const server = await start({ clock });
    const { port } = server;
    let isUp = false;
    const restarted = server.restart(5_000).then(() => (isUp = true));
    await server.accept();
    expect(await isRefused(port)).toBe(true);
    clock.advance(4_999);
    expect(await isRefused(port)).toBe(true);
    expect(isUp).toBe(false);
    clock.advance(1);
    await restarted;
    expect(await isRefused(port)).toBe(false);
  });

  it('in which the process goes on writing: that is not in the history of the new watch cache', async () => {
    const clock = new ManualClock();
    const server = await start({ clock });
    const before = server.resourceVersion;
    const restarted = server.restart(5_000);
    server.create(configMap('a'));
    clock.advance(5_000);
    await restarted;
    expect((await adminOf(server).watch(before).lines(1)).told[0]).toMatch(/^ERROR 410/);
  });

  it('forgets requests that had not been let in yet', async () => {
    const clock = new ManualClock();
    const server = await start({ clock });
    server.inject({ fault: 'delay', ms: 1_000, verb: 'create' });
    const written = adminOf(server).write('POST', CONFIG_MAPS, configMap('a'));
    await soon(() => expect(server.requests.at(-1)?.verb).toBe('create'));
    await server.restart();
    expect(await written).toSatisfy(isBroken);
    clock.advance(1_000);
    expect(server.get(configMap('a'))).toBeUndefined();
  });

  it('can be a fault', async () => {
    const server = await start();
    const { resourceVersion } = server;
    server.inject({ fault: 'restart', verb: 'watch', at: 'headers' });
    expect(await adminOf(server).watch(resourceVersion).over()).toSatisfy(isBroken);
    await soon(async () => expect(await isRefused(server.port)).toBe(false));
    expect((await adminOf(server).watch(resourceVersion).begun()).status).toBe(200);
  });

  it.each([-1, NaN, Infinity])('does not take %s ms', async (downFor) => {
    const server = await start();
    await expect(server.restart(downFor)).rejects.toThrow(`downFor must be a number ≥ 0, got ${downFor}`);
    expect(await isRefused(server.port)).toBe(false);
  });
});

describe('a compaction', () => {
  it.each([true, false])('C1 is a 410 for who is behind it, unless there is a watch cache: %s', async (watchCache) => {
    const server = await start({ watchCache });
    const before = server.resourceVersion;
    for (const name of ['a', 'b']) server.create(configMap(name));
    server.compact();
    const [first] = (await adminOf(server).watch(before).lines(1)).told;
    expect(first).toMatch(watchCache ? /^ADDED a/ : /^ERROR 410 Expired/);
  });

  it('can be of a part, or a fault', async () => {
    const server = await start({ watchCache: false });
    const before = server.resourceVersion;
    const { resourceVersion } = server.create(configMap('a')).metadata;
    server.create(configMap('b'));
    server.compact(resourceVersion);
    expect((await adminOf(server).watch(before).lines(2)).told.map((line) => line.replace(/@.*/, ''))).toEqual([
      'ADDED a',
      'ADDED b',
    ]);
    server.inject({ fault: 'compact', verb: 'watch' });
    expect((await adminOf(server).watch(before).over()).told).toEqual(['ERROR 410 Expired', 'ended']);
  });

  it.each(['', 'x', '-1', '1.5'])('is not of %j', async (resourceVersion) => {
    const server = await start();
    expect(() => server.compact(resourceVersion)).toThrow(
      `resourceVersion must be a decimal number, got ${JSON.stringify(resourceVersion)}`,
    );
  });
});

describe('a restore', () => {
  it('goes back to what was, with its revision, and breaks what is open', async () => {
    const server = await start({ objects: [configMap('a', { key: 'old' })] });
    const { resourceVersion } = server;
    const snapshot = server.snapshot();
    server.patch(configMap('a'), { data: { key: 'new' } });
    server.create(configMap('b'));
    const later = server.resourceVersion;
    const watch = await adminOf(server).watch(later).begun();
    await server.restore(snapshot);
    expect(await watch.over()).toSatisfy(isBroken);
    expect(server.resourceVersion).toBe(resourceVersion);
    expect(server.list('v1', 'ConfigMap')).toMatchObject([{ metadata: { name: 'a' }, data: { key: 'old' } }]);
    // F11: who stood further on waits in silence, and misses what has these revisions now.
    const blind = await adminOf(server).watch(later).begun();
    server.create(configMap('c'));
    server.create(configMap('d'));
    expect(server.resourceVersion).toBe(later);
    server.create(configMap('e'));
    expect((await blind.lines(1)).told.map((line) => line.replace(/@.*/, ''))).toEqual(['ADDED e']);
  });

  it('brings custom resources back, or takes them away', async () => {
    const server = await start();
    const without = server.snapshot();
    server.create(definition());
    server.create(widget('w'));
    const with_ = server.snapshot();
    await server.restore(without);
    expect((await adminOf(server).get('/apis/example.com/v1/widgets').over()).text).toBe('404 page not found\n');
    await server.restore(with_);
    expect(server.list('example.com/v1', 'Widget')).toHaveLength(1);
  });

  it('can be a fault', async () => {
    const server = await start();
    const snapshot = server.snapshot();
    server.create(configMap('a'));
    server.inject({ fault: 'restore', snapshot, verb: 'list' });
    expect(await adminOf(server).get(CONFIG_MAPS).over()).toSatisfy(isBroken);
    await soon(() => expect(server.list('v1', 'ConfigMap')).toEqual([]));
  });
});

describe('the history', () => {
  it('F6 is as long as it is asked to be: older than that is a 410', async () => {
    const server = await start({ history: 100 });
    const revisions = Array.from({ length: 1_000 }, (_, i) => {
      if (i === 0) return server.create(configMap('a')).metadata.resourceVersion;
      return server.patch(configMap('a'), { data: { i: String(i) } }).metadata.resourceVersion;
    });
    const newest = Number(revisions.at(-1));
    const admin = adminOf(server);
    const firstLine = async (resourceVersion: number): Promise<string | undefined> =>
      (await admin.watch(String(resourceVersion)).lines(1)).told[0];
    expect(await firstLine(newest - 100)).toBe(`MODIFIED a@${newest - 99}`);
    expect(await firstLine(newest - 101)).toBe('ERROR 410 Expired');
  });
});

describe('close', () => {
  it('leaves nothing: no connection, no port, no timer', async () => {
    const clock = new CountingClock();
    const server = await startApiServer({ clock });
    const { port, resourceVersion } = server;
    const clients = TRANSPORTS.filter((transport) => transport !== 'plain').map((transport) =>
      adminOf(server, transport),
    );
    const answers = await Promise.all(
      clients.map((client) => client.watch(resourceVersion, '&allowWatchBookmarks=true').begun()),
    );
    // A list of the future, a request that is held up, one that is frozen, a refusal and a restart that take their time.
    server.inject({ fault: 'delay', ms: 60_000, verb: 'get' });
    const delayed = adminOf(server).get('/version');
    const future = adminOf(server).get(`${CONFIG_MAPS}?resourceVersion=${Number(resourceVersion) + 100}`);
    await soon(() => expect(server.requests).toHaveLength(4));
    expect(clock.waits.size).toBeGreaterThan(4);
    const restarted = server.restart(60_000);
    await Promise.all([server.close(), restarted]);
    for (const answer of [...answers, delayed, future]) expect(await answer.over()).toSatisfy(isBroken);
    expect(await isRefused(port)).toBe(true);
    for (const close of toClose.splice(0)) await close();
    await soon(() => expect(handles()).toEqual([]));
    expect([...clock.waits]).toEqual([]);
  });

  it('takes back a refusal that would have ended later', async () => {
    const clock = new CountingClock();
    const server = await startApiServer({ clock });
    const { port } = server;
    server.inject({ fault: 'refuse', ms: 60_000 });
    await adminOf(server).get('/version').over();
    expect(clock.waits.size).toBe(1);
    await server.close();
    expect(clock.waits.size).toBe(0);
    clock.advance(60_000);
    expect(await isRefused(port)).toBe(true);
  });

  it('may come at once, twice, frozen, refused, or in the middle of a restart', async () => {
    const befores: readonly ((server: ApiServer) => unknown)[] = [
      () => undefined,
      (server) => server.close(),
      (server) => server.freeze(),
      (server) => server.refuse(),
      (server) => void server.restart(),
      (server) => void server.restore(server.snapshot()),
    ];
    for (const before of befores) {
      const server = await startApiServer();
      const { port } = server;
      await before(server);
      await server.close();
      expect(await isRefused(port)).toBe(true);
    }
    await soon(() => expect(handles()).toEqual([]));
  });

  it('comes by itself at the end of a block', async () => {
    let port: number;
    {
      await using server = await startApiServer();
      port = server.port;
      expect(await isRefused(port)).toBe(false);
    }
    expect(await isRefused(port)).toBe(true);
  });

  it.each<[string, (server: ApiServer) => unknown]>([
    ['url', (server) => server.url],
    ['cut', (server) => server.cut()],
    ['refuse', (server) => server.refuse()],
  ])('is final: %s says so', async (_, use) => {
    const server = await startApiServer();
    await server.close();
    expect(() => use(server)).toThrow('the API server is closed');
    await expect(server.restart()).rejects.toThrow('the API server is closed');
  });
});

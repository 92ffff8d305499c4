import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createGzip } from 'node:zlib';
import { share, type Observable } from 'rxjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  changes,
  constant,
  customResource,
  fetchCluster,
  watch$,
  WatchError,
  type Observation,
  type WatchEvent,
  type WatchOptions,
} from '../src/index.js';
import { Neighbours } from '../src/neighbours.js';
import { connect } from '../src/node/index.js';
import type { Source } from '../src/source.js';
import { httpResourceApi, type HttpLimits } from '../src/transport/http-api.js';
import { clientOf, closeAll, closeLater, server } from './fixtures/client.js';
import { connectProxy, socksProxy } from './fixtures/proxies.js';
import { listen, pem, type Handler, type TestResponse } from './fixtures/servers.js';

/**
 * A server that sends what no server should costs a typed error and bounded memory, and the watch goes on when there is a sane one again.
 * Whatever happens, neither credentials nor the data of an object are in what a log would show.
 */

const Secrets = customResource()({ group: '', version: 'v1', plural: 'secrets', kind: 'Secret' });
const secret = (name: string, resourceVersion: unknown, metadata: object = {}, more: object = {}) => ({
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion, ...metadata },
  ...more,
});
const frame = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
const END_OF_LIST = frame('BOOKMARK', {
  kind: 'Secret',
  metadata: { resourceVersion: '10', annotations: { 'k8s.io/initial-events-end': 'true' } },
});
const JSON_TYPE = { 'content-type': 'application/json' };
const MIB = 1024 * 1024;

// There is much to send and to read, and the machine may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });
afterEach(closeAll);

/** An answer that is all there. */
const answers =
  (body: string | Uint8Array, headers: Readonly<Record<string, string>> = JSON_TYPE, code = 200): Handler =>
  (_request, response) => {
    response.writeHead(code, headers).end(body);
  };

/** The connection itself, to say on it what is no HTTP. */
function socketOf(response: TestResponse): Socket {
  const { socket } = response as unknown as ServerResponse;
  if (socket === null) throw new Error('the connection is gone');
  return socket;
}

/** An answer of which every byte is given. */
const says =
  (bytes: string): Handler =>
  (_request, response) => {
    socketOf(response).end(bytes);
  };

/** Writes the same for ever, as long as somebody reads it. @returns how much it was */
function pour(to: TestResponse | Socket, piece: string | Uint8Array): { bytes: number } {
  const poured = { bytes: 0 };
  let over = false;
  const on = to as Socket;
  on.on('close', () => (over = true));
  const more = (): void => {
    if (over) return;
    poured.bytes += piece.length;
    if (to.write(piece)) setImmediate(more);
    else on.once('drain', more);
  };
  more();
  return poured;
}

describe('a hostile server', () => {
  /** What takes half a minute and longer is not waited for. */
  const LIMITS: HttpLimits = { watchHeaders: 400, listHeaders: 400, listSilence: 400, maxListBytes: 16 * MIB };

  interface Met {
    readonly told: readonly string[];
    /** What the hostile answers were taken for. */
    readonly errors: readonly WatchError[];
    /** Requests that it was hostile to. */
    readonly hostilities: number;
    /** Bytes that the process grew by at most, meanwhile. */
    readonly grown: number;
  }

  /** A watch that has worked meets a hostile server, so many times, and then a sane one. */
  async function meet(
    hostile: Handler,
    { times = 1, speaks = 'plain', ...options }: WatchOptions & { times?: number; speaks?: 'plain' | 'h2' } = {},
  ): Promise<Met> {
    let phase: 'before' | 'hostile' | 'after' = 'before';
    let hostilities = 0;
    const sane: Handler = ({ path }, response) => {
      const query = new URLSearchParams(path.split('?')[1]);
      const objects = phase === 'before' ? [secret('a', '5')] : [secret('a', '5'), secret('b', '8')];
      response.writeHead(200, JSON_TYPE);
      if (query.get('watch') === null) {
        response.end(JSON.stringify({ kind: 'SecretList', metadata: { resourceVersion: '10' }, items: objects }));
      } else if (query.get('sendInitialEvents') === null) response.write(frame('ADDED', secret('b', '20')));
      else response.write(objects.map((object) => frame('ADDED', object)).join('') + END_OF_LIST);
    };
    const there = await server(
      (request, response) => {
        if (phase !== 'hostile') return sane(request, response);
        if (++hostilities === times) phase = 'after';
        hostile(request, response);
      },
      { speaks },
    );
    const source: Source = {
      kind: Secrets,
      cluster: 'hostile',
      from: 'hostile',
      neighbours: new Neighbours(),
      api: httpResourceApi(clientOf(there.url), Secrets, {}, LIMITS),
    };
    const [told, errors, ends]: [string[], WatchError[], unknown[]] = [[], [], []];
    const events = watch$(source, { retry: constant(100), ...options }).pipe(share());
    const following = events.pipe(changes()).subscribe({
      next: ({ type, object }) => told.push(`${type} ${object.metadata.name}`),
      error: (error: unknown) => ends.push(error),
    });
    following.add(
      events.subscribe({
        next: (event) => event.type === 'interrupted' && phase !== 'before' && errors.push(event.error),
        error: () => undefined,
      }),
    );
    onTestFinished(() => following.unsubscribe());
    await vi.waitFor(() => expect(told).toEqual(['added a']), 5_000);

    const before = memory();
    let most = before;
    const measuring = setInterval(() => (most = Math.max(most, memory())), 5);
    onTestFinished(() => clearInterval(measuring));
    for (const socket of there.open) socket.destroy();
    await vi.waitFor(() => expect(there.open.size).toBe(0));
    phase = 'hostile';
    await vi.waitFor(
      () => {
        expect(ends).toEqual([]);
        expect(told).toContain('added b');
      },
      { timeout: 20_000, interval: 10 },
    );
    expect(told).not.toContain('deleted a');
    expect(errors.every((error) => error instanceof WatchError)).toBe(true);
    return { told, errors, hostilities, grown: most - before };
  }

  const memory = (): number => process.memoryUsage.rss();
  const kinds = ({ errors }: Met): readonly string[] => errors.map(({ kind }) => kind);

  describe('sends what cannot be read', () => {
    it.each([
      ['bytes that are no text', Buffer.from([0, 0xff, 0xfe, 0xc3, 0x28, 0x0a, 0x80, 0x0a])],
      ['text that is no JSON', 'Segmentation fault\n'],
      ['JSON that is no object', '42\n'],
      ['a frame of no known type', '{"type":"EXPLODED","object":{}}\n'],
      ['a type that is no text', '{"type":{"toString":1},"object":{}}\n'],
      ['an object that is none', '{"type":"ADDED","object":"x"}\n'],
      ['a million brackets', `${'['.repeat(1_000_000)}\n`],
      ['no metadata', frame('ADDED', { kind: 'Secret' })],
      ['metadata that is a text', frame('ADDED', { kind: 'Secret', metadata: 'x' })],
      ['a name that is no text', frame('ADDED', secret('x', '11', { name: { toString: 1 } }))],
      ['a namespace that is no text', frame('ADDED', secret('x', '11', { namespace: { toString: 1 } }))],
      ['a kind that is no text', frame('ADDED', { ...secret('x', '11'), kind: { toString: 1, valueOf: 1 } })],
      ['a resourceVersion that is a number', frame('ADDED', secret('x', 1e300))],
      ['a resourceVersion of a million digits', frame('ADDED', secret('x', '9'.repeat(1_000_000)))],
    ])('%s', async (_name, body) => {
      const met = await meet((_request, response) => response.writeHead(200, JSON_TYPE).write(body));
      expect(kinds(met)).toContain('decode');
      expect(Math.max(...met.errors.map(({ message }) => message.length))).toBeLessThan(500);
    });

    it.each([
      ['half of a character for a resourceVersion', '\ud800'],
      ['a resourceVersion that is a path', '../../../healthz?x=1&watch=false#'],
      ['a resourceVersion of several lines', '11\r\nx-injected: yes\r\n\r\n'],
    ])('%s, and breaks', async (_name, resourceVersion) => {
      const paths: string[] = [];
      const met = await meet((request, response) => {
        paths.push(request.path);
        expect(request.headers['x-injected']).toBeUndefined();
        response.writeHead(200, JSON_TYPE).write(`${frame('ADDED', secret('x', resourceVersion))}garbage\n`);
      });
      expect(met.told).toContain('added x');
      expect(paths.every((path) => path.startsWith('/api/v1/secrets?'))).toBe(true);
    });

    it.each([
      ['a login page', answers('<html>Sign in</html>', { 'content-type': 'text/html' }), 'gateway'],
      ['nothing', answers('', JSON_TYPE, 500), 'status'],
      ['what claims to be gzip', answers('not at all', { ...JSON_TYPE, 'content-encoding': 'gzip' }), 'connection'],
      ['what is no HTTP', says('SSH-2.0-OpenSSH_9.6\r\n'), 'connection'],
      ['a body that is no chunk', says('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'), 'connection'],
      ['less than it said', says('HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{}'), 'connection'],
      ['another protocol', says('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n'), 'connection'],
    ] as const)('%s, instead of an answer', async (_name, hostile, kind) => {
      expect(kinds(await meet(hostile))).toContain(kind);
    });

    it('a wait of centuries: ten minutes are the most that it waits', async () => {
      const there = await server(
        answers(JSON.stringify({ kind: 'Status', code: 429, details: { retryAfterSeconds: 1e300 } }), JSON_TYPE, 429),
        { speaks: 'plain' },
      );
      const waits = await new Promise<number>((resolve) => {
        const subscription = watch$(fetchCluster({ url: there.url }).resource(Secrets)).subscribe((event) => {
          if (event.type === 'interrupted') resolve(event.retryIn);
        });
        onTestFinished(() => subscription.unsubscribe());
      });
      expect(waits).toBe(600_000);
    });

    it('an error of a million letters: its beginning is quoted', async () => {
      const met = await meet(answers(frame('ERROR', { kind: 'Status', code: 500, message: 'm'.repeat(1_000_000) })));
      expect(kinds(met)).toEqual(['status']);
      expect(met.errors[0]?.message.length).toBeLessThan(3_000);
    });

    it('keys like __proto__: they are keys like any other', async () => {
      const text = frame('ADDED', secret('x', '11', { labels: { a: 'b' } })).replace(
        '"labels":{',
        '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"managedFields":[{"__proto__":1}],"labels":{"__proto__":"x",',
      );
      const met = await meet((_request, response) => response.writeHead(200, JSON_TYPE).write(`${text}garbage\n`));
      expect(met.told).toContain('added x');
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    });
  });

  describe('sends without an end', () => {
    it.each(['plain', 'h2'] as const)('one frame: 16 MiB of it are read (%s)', async (speaks) => {
      const poured: { bytes: number }[] = [];
      const met = await meet(
        (_request, response) => poured.push(pour(response.writeHead(200, JSON_TYPE), 'x'.repeat(65_536))),
        { speaks },
      );
      expect(kinds(met)).toContain('decode');
      expect(poured[0]?.bytes).toBeLessThan(64 * MIB);
      expect(met.grown).toBeLessThan(256 * MIB);
    });

    it('a list: as much of it is read as a list may have', async () => {
      const poured: { bytes: number }[] = [];
      const met = await meet(
        (request, response) => {
          if (request.path.includes('watch=true')) return answers('{}', JSON_TYPE, 422)(request, response);
          poured.push(pour(response.writeHead(200, JSON_TYPE), ' '.repeat(65_536)));
        },
        // A watch that is refused three times lists anew, by pages where a streaming list is refused too.
        { times: 5 },
      );
      expect(kinds(met)).toContain('decode');
      expect(poured[0]?.bytes).toBeLessThan(64 * MIB);
    });

    it('pages: the same one again is none', async () => {
      const page = { kind: 'SecretList', metadata: { resourceVersion: '10', continue: 'more' }, items: [] };
      const met = await meet(
        (request, response) => {
          if (!request.path.includes('watch=true')) return answers(JSON.stringify(page))(request, response);
          // What was known has expired, and streaming lists are refused.
          answers('{}', JSON_TYPE, request.path.includes('sendInitialEvents=true') ? 422 : 410)(request, response);
        },
        { times: 8 },
      );
      expect(kinds(met)).toContain('decode');
    });

    it.each([
      ['headers', 'HTTP/1.1 200 OK\r\n', `x-more: ${'y'.repeat(1_000)}\r\n`],
      ['one header', 'HTTP/1.1 200 OK\r\nx-more: ', 'y'.repeat(1_000)],
      ['the status line', 'HTTP/1.1 200 ', 'O'.repeat(1_000)],
      ['early hints', '', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'],
    ])('%s', async (_name, begin, more) => {
      const poured: { bytes: number }[] = [];
      const met = await meet((_request, response) => {
        const socket = socketOf(response);
        socket.write(begin);
        poured.push(pour(socket, more));
      });
      expect(met.errors.length).toBeGreaterThanOrEqual(1);
      expect(met.grown).toBeLessThan(128 * MIB);
    });

    it('a chunk that is all extension: it counts as silence', async () => {
      const poured: { bytes: number }[] = [];
      const met = await meet(
        (_request, response) => {
          const socket = socketOf(response);
          socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;');
          poured.push(pour(socket, 'x'.repeat(1_000)));
        },
        { idleLimit: 300 },
      );
      expect(poured).toHaveLength(1);
      expect(met.grown).toBeLessThan(128 * MIB);
    });

    it('headers, one byte after the other', async () => {
      const met = await meet((_request, response) => {
        const socket = socketOf(response).setNoDelay(true);
        socket.write('HTTP/1.1 200 OK\r\nx-more: ');
        const dripping = setInterval(() => socket.write('y'), 20);
        socket.on('close', () => clearInterval(dripping));
      });
      expect(kinds(met)).toEqual(['timeout']);
    });

    it('frames, faster than they are told: it is held up', async () => {
      const met = await meet((_request, response) => {
        const poured = pour(response.writeHead(200, JSON_TYPE), frame('MODIFIED', secret('a', '11')).repeat(1_000));
        const enough = setInterval(() => poured.bytes > 32 * MIB && socketOf(response).destroy(), 5);
        response.on('close', () => clearInterval(enough));
      });
      expect(kinds(met)).toContain('connection');
      expect(met.grown).toBeLessThan(256 * MIB);
    });
  });

  describe('sends a little that becomes very much', () => {
    /** 1 GiB of spaces, in 1 MiB. */
    let bomb: Uint8Array;
    const SIZE = 1024 * MIB;
    beforeAll(async () => {
      const gzip = createGzip();
      const chunks: Uint8Array[] = [];
      gzip.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      const spaces = Buffer.alloc(16 * MIB, ' ');
      for (let n = 0; n < SIZE / spaces.length; n++) {
        await new Promise((resolve) => gzip.write(spaces, resolve));
      }
      await new Promise((resolve) => gzip.once('end', resolve).end());
      bomb = Buffer.concat(chunks);
    });
    const GZIP = { ...JSON_TYPE, 'content-encoding': 'gzip' };

    it('as a watch', async () => {
      const met = await meet(answers(bomb, GZIP));
      expect(kinds(met)).toContain('decode');
      expect(met.grown).toBeLessThan(SIZE / 4);
    });

    it('as a list, or an error', async () => {
      const met = await meet(
        (request, response) => answers(bomb, GZIP, request.path.includes('watch=true') ? 422 : 200)(request, response),
        { times: 5 },
      );
      expect(kinds(met)).toContain('decode');
      expect(met.grown).toBeLessThan(SIZE / 4);
    });
  });
});

/** A word that must not be found anywhere. */
const CANARY = 'canary-3f9c1e';

describe('secrets', () => {
  const said: string[] = [];
  const listen$ = (warning: Error): void => void said.push(shown(warning));
  beforeEach(() => {
    said.length = 0;
    for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
      vi.spyOn(console, method).mockImplementation((...args) => void said.push(shown(args)));
    }
    process.on('warning', listen$);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.off('warning', listen$);
  });

  /** All that a log could show of it, however it is written. */
  function shown(value: unknown): string {
    const error = value instanceof Error ? [value.message, value.stack, shown(value.cause ?? '')] : [];
    return [
      String(value),
      JSON.stringify(value),
      inspect(value, { depth: Infinity, showHidden: true, getters: true }),
      ...error,
    ].join('\n');
  }

  /** What a watch says of itself until it has failed so many times; the objects of data events are what it is for. */
  async function reveals(
    watching: (observe: (observation: Observation) => void) => Observable<WatchEvent>,
    failures = 2,
  ): Promise<string> {
    await new Promise<void>((done) => {
      let failed = 0;
      const subscription = watching((observation) => said.push(shown(observation))).subscribe({
        next: (event) => {
          said.push(shown('object' in event ? { ...event, object: event.object.metadata.name } : event));
          if (event.type === 'interrupted' && ++failed === failures) done();
        },
        error: (error: unknown) => {
          said.push(shown(error));
          done();
        },
      });
      onTestFinished(() => subscription.unsubscribe());
    });
    const all = said.join('\n');
    // It did say something.
    expect(all).toContain('WatchError');
    return all;
  }

  const encoded = [
    CANARY,
    Buffer.from(`me:${CANARY}`).toString('base64'),
    Buffer.from(CANARY).toString('base64'),
    encodeURIComponent(CANARY),
  ];
  function expectNoCanary(all: string): void {
    for (const form of encoded) expect(all).not.toContain(form);
    // As bytes: a Buffer is shown in hexadecimal, a typed array in decimal.
    expect(all.replaceAll(' ', '')).not.toContain(Buffer.from(CANARY).toString('hex'));
    expect(all.replaceAll(/\s/g, '')).not.toContain([...Buffer.from(CANARY)].join(','));
  }

  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rxkube-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function kubeconfig(cluster: object, user: object): string {
    const path = join(folder, 'kubeconfig');
    const content = {
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    writeFileSync(path, JSON.stringify(content));
    return path;
  }

  /** A server that says the request back, credentials and all, in its own words. */
  const echo =
    (wrap: (request: string) => string): (() => Promise<string>) =>
    async () => {
      const there = createServer((socket) => {
        socket.on('error', () => undefined).once('data', (request) => socket.end(wrap(request.toString())));
      });
      const { port, close } = await listen(there);
      closeLater(close);
      return `http://localhost:${String(port)}`;
    };
  const http = (code: number, type: string, body: string): string =>
    `HTTP/1.1 ${String(code)} Whatever\r\ncontent-type: ${type}\r\ncontent-length: ${String(body.length)}\r\nconnection: close\r\n\r\n${body}`;
  const data = frame('ADDED', secret('s', '7', {}, { data: { password: CANARY } }));

  const SERVERS: readonly (readonly [string, (request: string) => string])[] = [
    ['says the request back', (request) => request],
    ['says the request back as the words of an error', (request) => http(403, 'text/plain', request)],
    [
      'says the request back as a Status',
      (request) => http(403, 'application/json', JSON.stringify({ kind: 'Status', code: 403, message: request })),
    ],
    ['says the request back as a page', (request) => http(502, 'text/html', `<html>${request}</html>`)],
    ['says the request back as JSON', (request) => http(500, 'application/json', JSON.stringify({ request }))],
    [
      'says the request back as a header',
      (request) =>
        `HTTP/1.1 200 ${/Bearer \S+/i.exec(request)?.[0] ?? ''}\r\nbad header ${/Bearer \S+/i.exec(request)?.[0] ?? ''}\r\n\r\n`,
    ],
    [
      'breaks in the middle of a Secret',
      () => http(200, 'application/json', data.slice(0, -20)).replace(/content-length: \d+/, 'content-length: 9999'),
    ],
    ['sends a Secret that is no JSON', () => http(200, 'application/json', data.replace('"data"', 'data'))],
    [
      'sends a Secret of another kind',
      () => http(200, 'application/json', data.replace('"Secret"', `"${CANARY} ${CANARY}"`)),
    ],
    ['sends a Secret of an unknown type', () => http(200, 'application/json', data.replace('ADDED', CANARY))],
    ['sends a Secret without a name', () => http(200, 'application/json', data.replace('"name"', '"nom"'))],
    [
      'sends a Secret as chunks that are none',
      () => `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${data}`,
    ],
    [
      'sends a Secret with a broken chunk after it',
      () =>
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${data.length.toString(16)}\r\n${data}\r\n${CANARY}`,
    ],
    [
      'sends a Secret as gzip that is none',
      () =>
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\nconnection: close\r\n\r\n${data}`,
    ],
    ['sends a Secret instead of an error', () => http(500, 'application/json', data)],
  ];

  describe.each([
    ['connect', (url: string) => connect({ kubeconfig: kubeconfig({ server: url }, { token: CANARY }) })],
    ['fetchCluster', (url: string) => fetchCluster({ url, headers: { authorization: `Bearer ${CANARY}` } })],
  ] as const)('a token and the data of a Secret, through %s', (_name, cluster) => {
    it.each(SERVERS)('are not revealed by a server that %s', async (_what, wrap) => {
      const url = await echo(wrap)();
      expectNoCanary(
        await reveals((observe) => watch$(cluster(url).resource(Secrets), { retry: constant(100), observe })),
      );
    });
  });

  describe('an exec plug-in', () => {
    const credential = (more: object): string =>
      JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', ...more });
    it.each([
      ['that prints no JSON', `console.log('token: ${CANARY}')`],
      ['that prints something else', `console.log(JSON.stringify({ token: '${CANARY}' }))`],
      ['that complains', `console.error('${CANARY} is wrong'); console.log('${CANARY}'); process.exit(3)`],
      ['that crashes', `throw new Error('${CANARY}')`],
      [
        'that prints half of a certificate',
        `console.log(${JSON.stringify(credential({ status: { clientKeyData: CANARY } }))})`,
      ],
      [
        'that prints a key that is none',
        `console.log(${JSON.stringify(credential({ status: { clientKeyData: CANARY, clientCertificateData: CANARY } }))})`,
      ],
      [
        'that prints a token of two lines',
        `console.log(${JSON.stringify(credential({ status: { token: `${CANARY}\n${CANARY}` } }))})`,
      ],
      [
        'that prints a time that is none',
        `console.log(${JSON.stringify(credential({ status: { token: CANARY, expirationTimestamp: CANARY } }))})`,
      ],
      ['that prints far too much', `for (let n = 0; n < 200_000; n++) process.stdout.write('${CANARY}')`],
    ])('%s', async (_what, script) => {
      const exec = {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: process.execPath,
        args: ['-e', script, CANARY],
        env: [{ name: 'SECRET', value: CANARY }],
      };
      const path = kubeconfig({ server: 'https://localhost:1' }, { exec });
      const all = await reveals((observe) => watch$(connect({ kubeconfig: path }).resource(Secrets), { observe }));
      expect(all).toContain('credentials');
      expectNoCanary(all);
    });
  });

  it.each([
    ['a token that no header can have', {}, { token: `${CANARY}\n` }],
    ['a password', {}, { username: 'me', password: CANARY }],
    [
      'a client key',
      { 'certificate-authority-data': Buffer.from(pem('ca.crt')).toString('base64') },
      {
        'client-certificate-data': Buffer.from(pem('client.crt')).toString('base64'),
        'client-key-data': Buffer.from(pem('client.key')).toString('base64'),
        token: CANARY,
      },
    ],
  ])('%s, with a server that is not there', async (_what, cluster, user) => {
    const path = kubeconfig({ server: 'https://localhost:1', ...cluster }, user);
    const all = await reveals((observe) =>
      watch$(connect({ kubeconfig: path }).resource(Secrets), { retry: constant(100), observe }),
    );
    expectNoCanary(all);
    expect(all).not.toContain(pem('client.key').split('\n')[1]);
  });

  it.each([
    ['a URL with credentials', { server: `https://me:${CANARY}@localhost:1` }, {}],
    ['a URL that is none', { server: CANARY }, {}],
    ['a proxy that is none', { server: 'https://localhost:1', 'proxy-url': `ftp://me:${CANARY}@proxy` }, {}],
    [
      'a key that is none',
      { server: 'https://localhost:1' },
      {
        'client-certificate-data': Buffer.from(pem('client.crt')).toString('base64'),
        'client-key-data': Buffer.from(CANARY).toString('base64'),
      },
    ],
    [
      'a certificate that is none',
      { server: 'https://localhost:1' },
      { 'client-certificate-data': Buffer.from(CANARY).toString('base64'), 'client-key-data': CANARY },
    ],
    ['a token that is no text', { server: 'https://localhost:1' }, { token: { secret: CANARY } }],
  ])('a kubeconfig that cannot work: %s', (_what, cluster, user) => {
    const path = kubeconfig(cluster, user);
    const error = thrown(() => connect({ kubeconfig: path }));
    expect(error).toBeInstanceOf(Error);
    expectNoCanary(shown(error));
  });

  it('a kubeconfig that is no YAML', () => {
    const path = join(folder, 'broken');
    writeFileSync(path, `users:\n- name: me\n  user: {token: ${CANARY}\n  : [`);
    expectNoCanary(shown(thrown(() => connect({ kubeconfig: path }))));
  });

  function thrown(what: () => unknown): unknown {
    try {
      return what();
    } catch (error) {
      return error;
    }
  }

  it('a URL with credentials, of fetchCluster', () => {
    expectNoCanary(shown(thrown(() => fetchCluster({ url: `https://me:${CANARY}@localhost` }))));
  });

  describe('of a proxy', () => {
    const refusing = { authorization: 'nobody' };
    it.each([
      ['that refuses them', () => connectProxy(refusing), 'http'],
      [
        'that says them back',
        () => connectProxy({ refuse: `HTTP/1.1 407 ${CANARY}\r\nx: ${CANARY}\r\n\r\n${CANARY}` }),
        'http',
      ],
      ['that says no HTTP', () => connectProxy({ refuse: `${CANARY}\r\n\r\n` }), 'http'],
      ['that refuses them', () => socksProxy({ password: 'another' }), 'socks5'],
      ['that cannot connect', () => socksProxy({ password: CANARY, reply: 5 }), 'socks5'],
    ] as const)('%s: %s', async (_what, start, protocol) => {
      const proxy = await start();
      closeLater(proxy.close);
      const path = kubeconfig(
        { server: 'https://localhost:1', 'proxy-url': `${protocol}://me:${CANARY}@localhost:${String(proxy.port)}` },
        {},
      );
      const all = await reveals((observe) =>
        watch$(connect({ kubeconfig: path }).resource(Secrets), { retry: constant(100), observe }),
      );
      expect(all).toContain(`localhost:${String(proxy.port)}`);
      expectNoCanary(all);
    });
  });
});

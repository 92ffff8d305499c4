import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, startApiServer, type ApiServer } from './index.js';

let server: ApiServer;
let clock: ManualClock;

beforeEach(async () => {
  clock = new ManualClock();
  server = await startApiServer({ tls: false, clock });
});

afterEach(() => server.close());

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

async function ask(method: string, path: string, body?: unknown, token = server.token): Promise<Answered> {
  const answer = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

const now = (what: string, more: object = {}): Promise<Answered> => ask('POST', '/faults/now', { do: what, ...more });

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const list = (): Promise<Answered> => ask('GET', CONFIG_MAPS);

/** A watch that is open. */
async function watch(): Promise<ReadableStreamDefaultReader<unknown>> {
  const { body } = await fetch(`${server.url}${CONFIG_MAPS}?watch=true&resourceVersion=${server.resourceVersion}`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  return (body as ReadableStream<unknown>).getReader();
}

/** A client apart: one that shares the event loop of the server reads just when that has written. */
const ASK_AND_ASK_AGAIN = `
  const { connect } = require('node:http2');
  const { text } = require('node:stream/consumers');
  const { parentPort, workerData: { url, ca, token } } = require('node:worker_threads');
  const headers = { ':method': 'POST', ':path': '/faults/now', authorization: 'Bearer ' + token };
  async function cut() {
    const session = connect(url, { ca });
    const closed = new Promise((resolve) => session.on('error', () => {}).once('close', resolve));
    const request = session.request(headers).end('{"do":"cut"}');
    const answer = await text(request).catch(String);
    await closed;
    return answer;
  }
  (async () => {
    const answers = [];
    while (answers.length < 20) answers.push(await cut());
    parentPort.postMessage(answers);
  })();
`;

/** Waits until the server answers again. */
async function listening(): Promise<void> {
  for (;;) {
    const answered = await list().catch(() => undefined);
    if (answered !== undefined) return;
  }
}

const ENDED = { done: true, value: undefined };

describe('POST /faults', () => {
  it('injects a fault, and GET tells how often it has hit', async () => {
    const status = { fault: 'status', code: 503, verb: 'list', resource: 'configmaps' };
    const freeze = { fault: 'freeze', verb: 'watch', at: { frames: 1 } };
    expect(await ask('POST', '/faults', status)).toEqual({ status: 201, body: { id: 1 } });
    expect(await ask('POST', '/faults', freeze)).toEqual({ status: 201, body: { id: 2 } });
    expect([await list(), await list()]).toMatchObject([{ status: 503 }, { status: 200 }]);
    expect(await ask('GET', '/faults')).toEqual({
      status: 200,
      body: [
        { id: 1, hits: 1, fault: status },
        { id: 2, hits: 0, fault: freeze },
      ],
    });
  });

  it('does so for ever until DELETE takes it back', async () => {
    await ask('POST', '/faults', { fault: 'status', code: 429, verb: 'list', times: 'Infinity' });
    expect([await list(), await list(), await list()]).toMatchObject(Array(3).fill({ status: 429 }));
    expect(await ask('DELETE', '/faults')).toEqual({ status: 200, body: {} });
    expect(await list()).toMatchObject({ status: 200 });
    expect(await ask('GET', '/faults')).toEqual({ status: 200, body: [] });
    expect(await ask('POST', '/faults', { fault: 'end' })).toEqual({ status: 201, body: { id: 2 } });
  });

  it.each([
    ['{', 'the body is not JSON'],
    ['[]', 'the body must be a JSON object'],
    [{ fault: 'explode' }, /^fault must be one of cut, .*, got "explode"$/],
    [{ fault: 'cut', verbs: 'watch' }, 'there is no field "verbs" here'],
    [{ fault: 'cut', verb: 'wacth' }, /^verb must be one of .*, got "wacth"$/],
    [{ fault: 'delay', ms: -1 }, 'ms must be a number ≥ 0, got -1'],
    [{ fault: 'restore' }, 'there is no snapshot yet'],
  ])('refuses %j', async (fault, message) => {
    const { status, body } = await ask('POST', '/faults', fault);
    expect([status, body]).toMatchObject([400, { kind: 'Status', reason: 'BadRequest' }]);
    expect((body as Error).message).toMatch(message);
    expect(await ask('GET', '/faults')).toMatchObject({ body: [] });
  });
});

describe('POST /faults/now', () => {
  it('ends watches', async () => {
    const open = await watch();
    expect(await now('endWatches')).toEqual({ status: 200, body: {} });
    expect(await open.read()).toEqual(ENDED);
  });

  it('cuts connections, its own when it has been answered', async () => {
    const open = await watch();
    expect(await now('cut')).toEqual({ status: 202, body: {} });
    await expect(open.read()).rejects.toThrow('terminated');
    expect(await list()).toMatchObject({ status: 200 });
  });

  it('answers before it cuts, over HTTP/2 and to another thread as well', async () => {
    await using other = await startApiServer();
    const { url, ca, token } = other;
    const worker = new Worker(ASK_AND_ASK_AGAIN, { eval: true, workerData: { url, ca, token } });
    expect(await once(worker, 'message')).toEqual([Array(20).fill('{}\n')]);
    await worker.terminate();
  });

  it('freezes, and thaws', async () => {
    await now('freeze');
    const frozen = list();
    expect(await Promise.race([frozen, ask('GET', '/faults')])).toEqual({ status: 200, body: [] });
    await now('thaw');
    expect(await frozen).toMatchObject({ status: 200 });
  });

  it('refuses connections for a while', async () => {
    expect(await now('refuse', { ms: 5_000 })).toEqual({ status: 200, body: {} });
    server.cut();
    clock.advance(4_999);
    await expect(list()).rejects.toThrow('fetch failed');
    clock.advance(1);
    await listening();
  });

  it('restarts, down for a while: what was written meanwhile is not in the watch cache', async () => {
    const before = server.resourceVersion;
    const open = await watch();
    expect(await now('restart', { downFor: 5_000 })).toEqual({ status: 202, body: {} });
    await expect(open.read()).rejects.toThrow('terminated');
    server.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
    clock.advance(5_000);
    await listening();
    expect(await ask('GET', `${CONFIG_MAPS}?watch=true&resourceVersion=${before}&timeoutSeconds=1`)).toMatchObject({
      body: { type: 'ERROR', object: { code: 410 } },
    });
  });

  it('compacts', async () => {
    const first = await ask('GET', '/api/v1/namespaces?limit=1');
    const { resourceVersion, continue: token } = (first.body as { metadata: Record<string, string> }).metadata;
    expect(resourceVersion).toBe(server.resourceVersion);
    server.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
    await now('restart');
    await listening();
    await now('compact');
    expect(await ask('GET', `/api/v1/namespaces?limit=1&continue=${token ?? ''}`)).toMatchObject({ status: 410 });
  });

  it('takes a snapshot, and restores it', async () => {
    const { resourceVersion } = server;
    expect(await now('restore')).toMatchObject({ status: 400, body: { message: 'there is no snapshot yet' } });
    expect(await now('snapshot')).toEqual({ status: 200, body: { resourceVersion } });
    server.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
    const open = await watch();
    expect(await now('restore')).toEqual({ status: 202, body: {} });
    await expect(open.read()).rejects.toThrow('terminated');
    await listening();
    expect(server.list('v1', 'ConfigMap')).toEqual([]);
    expect(server.resourceVersion).toBe(resourceVersion);
    expect(await ask('POST', '/faults', { fault: 'restore', verb: 'list' })).toMatchObject({ status: 201 });
  });

  it.each([
    [{}, /^do must be one of cut, .*, restore, got undefined$/],
    [{ do: 'explode' }, /^do must be one of .*, got "explode"$/],
    [{ do: 'cut', ms: 1 }, 'there is no field "ms" here'],
    [{ do: 'refuse' }, 'ms must be a number of ms ≥ 0, got undefined'],
    [{ do: 'restart', downFor: '1s' }, 'downFor must be a number of ms ≥ 0, got "1s"'],
  ])('refuses %j', async (asked, message) => {
    const { status, body } = await ask('POST', '/faults/now', asked);
    expect([status, (body as Error).message]).toEqual([400, expect.stringMatching(message)]);
  });
});

it('is for the admin only, and nothing for the records', async () => {
  server.tokens.set('reader', 'allowed');
  for (const token of ['reader', 'stranger', ''])
    expect(await ask('POST', '/faults', { fault: 'cut' }, token)).toMatchObject({
      status: 403,
      body: { reason: 'Forbidden' },
    });
  expect(await ask('PUT', '/faults', {})).toMatchObject({ status: 405, body: { reason: 'MethodNotAllowed' } });
  expect(server.requests).toEqual([]);
});

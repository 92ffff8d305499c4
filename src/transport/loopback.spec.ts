import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom, toArray } from 'rxjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { customResource } from '../kind.js';
import { fetchClient } from './fetch-client.js';
import { httpResourceApi } from './http-api.js';
import type { ResourceApi } from './resource-api.js';

// The whole transport over a real socket, with the `fetch` of this environment: what a server and a network do to it.

const ConfigMaps = customResource()({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' });
const params = { resourceVersion: '7', timeoutSeconds: 300 };
const NOTHING = { defaultValue: undefined };
const type = { 'content-type': 'application/json' };

const configMap = (name: string): object => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name, uid: name, resourceVersion: '1' },
});
const frame = (name: string): string => `${JSON.stringify({ type: 'ADDED', object: configMap(name) })}\n`;

let server: Server;
let handle: (request: IncomingMessage, response: ServerResponse) => void;
let api: ResourceApi;

beforeEach(async () => {
  server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  api = httpResourceApi(fetchClient({ url }), ConfigMaps, { namespace: 'default' });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const frames = (): Promise<unknown> => lastValueFrom(api.watch(params, {}).pipe(toArray()), NOTHING);
const failure = async (source: Promise<unknown>): Promise<unknown> =>
  source.then(
    () => expect.unreachable('it went well'),
    (error: unknown) => error,
  );

it('lists a page', async () => {
  let asked: IncomingMessage | undefined;
  handle = (request, response) => {
    asked = request;
    response.writeHead(200, type).end(
      JSON.stringify({
        kind: 'ConfigMapList',
        apiVersion: 'v1',
        metadata: { resourceVersion: '9' },
        items: [{ metadata: { name: 'a' } }],
      }),
    );
  };
  expect(await lastValueFrom(api.list({ limit: 500 }, {}), NOTHING)).toEqual({
    kind: 'ConfigMapList',
    resourceVersion: '9',
    continue: undefined,
    items: [{ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' } }],
  });
  expect(asked?.url).toBe('/api/v1/namespaces/default/configmaps?limit=500&pretty=false');
  expect(asked?.headers.accept).toBe('application/json');
});

it('watches until the server closes (F1)', async () => {
  handle = (_, response) => {
    response.writeHead(200, type);
    const bytes = Buffer.from(frame('é') + frame('b'));
    response.write(bytes.subarray(0, bytes.indexOf(0xc3) + 1));
    setTimeout(() => response.end(bytes.subarray(bytes.indexOf(0xc3) + 1)), 20);
  };
  expect(await frames()).toEqual([
    { type: 'OPEN' },
    { type: 'ADDED', object: configMap('é') },
    { type: 'ADDED', object: configMap('b') },
  ]);
});

it('is open before the first frame', async () => {
  handle = (_, response) => response.writeHead(200, type).flushHeaders();
  const seen: unknown[] = [];
  const subscription = api.watch(params, {}).subscribe((value) => seen.push(value));
  await vi.waitFor(() => expect(seen).toEqual([{ type: 'OPEN' }]));
  subscription.unsubscribe();
});

it('F3 a reset in the middle of a frame is a broken connection', async () => {
  handle = (_, response) => {
    response.writeHead(200, type);
    response.write(frame('a') + frame('b').slice(0, 20), () =>
      setTimeout(() => response.socket?.resetAndDestroy(), 20),
    );
  };
  expect(await failure(frames())).toMatchObject({ name: 'WatchError', kind: 'connection' });
});

it('D3 so is an orderly end in the middle of a frame', async () => {
  handle = (_, response) => response.writeHead(200, type).end(frame('a').slice(0, 20));
  expect(await failure(frames())).toMatchObject({ kind: 'connection' });
});

it('B12 and a list that ends early', async () => {
  handle = (_, response) => response.writeHead(200, type).end('{"kind":"ConfigMapList","items":[{');
  expect(await failure(lastValueFrom(api.list({}, {}), NOTHING))).toMatchObject({ kind: 'connection' });
});

it('C16 a login page is a gateway', async () => {
  handle = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>canary</html>');
  const error = await failure(frames());
  expect(error).toMatchObject({ kind: 'gateway', code: 200 });
  expect(String(error)).not.toContain('canary');
});

it('so is a redirect to one, which is not followed', async () => {
  let requests = 0;
  handle = (_, response) => {
    requests += 1;
    response.writeHead(302, { location: '/login?canary' }).end();
  };
  expect(await failure(frames())).toMatchObject({ kind: 'gateway', code: 302 });
  expect(requests).toBe(1);
});

it('C10 a 404 in plain text', async () => {
  handle = (_, response) =>
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n');
  expect(await failure(frames())).toMatchObject({
    kind: 'status',
    code: 404,
    message: 'watch configmaps in namespace "default": 404 page not found (404)',
  });
});

it('F7 a 429 says how long to wait', async () => {
  handle = (_, response) =>
    response.writeHead(429, { 'content-type': 'text/plain', 'retry-after': '5' }).end('Too many requests');
  expect(await failure(frames())).toMatchObject({ kind: 'status', code: 429, retryAfter: 5000 });
});

it('C5 nobody there', async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(await failure(frames())).toMatchObject({
    kind: 'connection',
    message: expect.stringMatching(/^watch configmaps in namespace "default": fetch failed.*ECONNREFUSED/) as string,
  });
});

it.each([
  ['before the headers', () => undefined],
  ['between headers and body', (response: ServerResponse) => response.writeHead(200, type).flushHeaders()],
  [
    'in the middle of a frame',
    (response: ServerResponse) => response.writeHead(200, type).write(frame('a').slice(0, 9)),
  ],
  ['in the body of a refusal', (response: ServerResponse) => response.writeHead(500, type).write('{')],
])('F13 unsubscribing %s closes the request', async (_, hang) => {
  const closed = Promise.withResolvers<undefined>();
  const asked = Promise.withResolvers<undefined>();
  handle = (request, response) => {
    request.on('close', () => undefined);
    response.on('close', () => closed.resolve(undefined));
    hang(response);
    asked.resolve(undefined);
  };
  const seen: unknown[] = [];
  const subscription = api.watch(params, {}).subscribe({ error: (error: unknown) => seen.push(error) });
  await asked.promise;
  await sleep(50);
  subscription.unsubscribe();
  await closed.promise;
  await sleep(20);
  expect(seen).toEqual([]);
});

it('E11 an ERROR frame ends the request, even if the server does not', async () => {
  const closed = Promise.withResolvers<undefined>();
  handle = (_, response) => {
    response.on('close', () => closed.resolve(undefined));
    response.writeHead(200, type).write('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n');
  };
  expect(await frames()).toMatchObject([{ type: 'OPEN' }, { type: 'ERROR', error: { code: 410 } }]);
  await closed.promise;
});

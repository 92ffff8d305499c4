import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  clientOf,
  closeAll,
  closeLater,
  configOf,
  list,
  QUICK,
  send,
  server,
  stream,
  watch,
} from '../../test/fixtures/client.js';
import { fixture, pem, type Handler, type TestServer } from '../../test/fixtures/servers.js';
import { nodeClient } from './client.js';
import type { ExecConfig } from './config.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rxkube-'));
});

afterEach(async () => {
  await closeAll();
  rmSync(folder, { recursive: true, maxRetries: 3 });
});

const bearers = ({ requests }: TestServer): unknown[] => requests.map(({ headers }) => headers.authorization);

/** All that a log would show of it. */
async function rejection(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'it was fulfilled',
    (error: unknown) => inspect(error, { depth: 9, showHidden: true }),
  );
}

describe('a token', () => {
  it('C8 is read from its file for every request', async () => {
    const there = await server(stream);
    const tokenFile = join(folder, 'token');
    const client = clientOf(there.url, { user: { tokenFile, token: 'older' } });
    for (const token of ['first', 'second\n']) {
      writeFileSync(tokenFile, token);
      await list(client);
    }
    expect(bearers(there)).toEqual(['Bearer first', 'Bearer second']);
  });

  it('is an error of kind credentials where there is none, until there is one', async () => {
    const { url } = await server(stream);
    const tokenFile = join(folder, 'token');
    const client = clientOf(url, { user: { tokenFile } });
    await expect(list(client)).rejects.toMatchObject({
      name: 'WatchError',
      kind: 'credentials',
      message: `cannot read the token file ${tokenFile}: ENOENT`,
    });
    writeFileSync(tokenFile, '\n');
    await expect(list(client)).rejects.toMatchObject({
      kind: 'credentials',
      message: `the token file ${tokenFile} is empty`,
    });
    writeFileSync(tokenFile, 'right');
    expect(await list(client)).toBe('whole');
  });

  it('is not quoted where it cannot be sent', async () => {
    const { url } = await server(stream);
    const error = await rejection(list(clientOf(url, { user: { token: 'canary\nx' } })));
    expect(error).toContain('the token has characters that no header can have');
    expect(error).not.toContain('canary');
  });
});

it('sends a name and password', async () => {
  const there = await server(stream);
  await list(clientOf(there.url, { user: { basic: { username: 'me', password: 'sécret' } } }));
  expect(bearers(there)).toEqual([`Basic ${Buffer.from('me:sécret').toString('base64')}`]);
});

it('acts as somebody else', async () => {
  const there = await server(stream);
  const impersonate = { 'impersonate-user': 'jane', 'impersonate-group': ['a', 'b'] };
  await list(clientOf(there.url, { http1: true, user: { impersonate } }));
  expect(there.requests[0]?.headers).toMatchObject({ 'impersonate-user': 'jane', 'impersonate-group': 'a, b' });
});

describe('an exec plug-in', () => {
  const API_VERSION = 'client.authentication.k8s.io/v1';
  const says = (status: object): string => JSON.stringify({ apiVersion: API_VERSION, kind: 'ExecCredential', status });

  function plugin(
    output: string,
    env: Readonly<Record<string, string>> = {},
    more: Partial<ExecConfig> = {},
  ): ExecConfig {
    const variables = { LOG: join(folder, 'log'), OUTPUT: output, ...env };
    return {
      apiVersion: API_VERSION,
      command: process.execPath,
      args: [fixture('exec-plugin.mjs'), 'some', 'canary-argument'],
      env: Object.entries(variables).map(([name, value]) => ({ name, value })),
      installHint: undefined,
      cluster: undefined,
      ...more,
    };
  }
  const runs = (): string[] => readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');

  it('is run once, and told what it needs', async () => {
    const there = await server(stream);
    const exec = plugin(says({ token: 'token-$RUN' }), {}, { cluster: { server: there.url } });
    const client = clientOf(there.url, { user: { exec } });
    await Promise.all(Array.from({ length: 5 }, () => list(client)));
    await list(client);
    expect(bearers(there)).toEqual(Array(6).fill('Bearer token-1'));
    const info = {
      apiVersion: API_VERSION,
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: there.url } },
    };
    expect(runs()).toEqual([`${JSON.stringify(info)} some canary-argument`]);
  });

  it('is run again when its credentials have expired', async () => {
    const there = await server(stream);
    const expirationTimestamp = new Date(Date.now() + 1000).toISOString();
    const client = clientOf(there.url, { user: { exec: plugin(says({ token: 'token-$RUN', expirationTimestamp })) } });
    await list(client);
    await list(client);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1000 });
    closeLater(() => vi.useRealTimers());
    await list(client);
    expect(bearers(there)).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
  });

  it('is run once for all that want fresh credentials at that moment', async () => {
    const there = await server(stream);
    const client = clientOf(there.url, { user: { exec: plugin(says({ token: 'token-$RUN' })) } });
    await list(client);
    const attempt = { refreshCredentials: true };
    await Promise.all(Array.from({ length: 5 }, () => list(client, { attempt })));
    expect(bearers(there).slice(1)).toEqual(Array(5).fill('Bearer token-2'));
    expect(runs().length).toBe(2);
  });

  const onlySecond: Handler = (request, response) => {
    if (request.headers.authorization === 'Bearer token-2') stream(request, response);
    else response.writeHead(401).end();
  };

  it('C8 is run again at once when its credentials were refused, and not for those who hear of it late', async () => {
    const there = await server(onlySecond);
    const user = { exec: plugin(says({ token: 'token-$RUN' })) };
    const client = nodeClient(configOf(there.url, { user }), { ...QUICK, settle: 60_000 });
    const attempt = { refreshCredentials: true };
    expect((await send(client).response).status).toBe(401);
    for (let i = 0; i < 5; i++) expect((await send(client, '/list', { attempt }).response).status).toBe(200);
    expect(runs().length).toBe(2);
  });

  it('is not run again and again when nothing that it says is any good', async () => {
    const there = await server((_request, response) => void response.writeHead(401).end());
    const user = { exec: plugin(says({ token: 'token-$RUN' })) };
    const client = nodeClient(configOf(there.url, { user }), { ...QUICK, settle: 60_000 });
    for (let i = 0; i < 5; i++) await send(client, '/list', { attempt: { refreshCredentials: true } }).response;
    expect(runs().length).toBe(2);
  });

  const failures: Record<string, readonly [string, () => ExecConfig]> = {
    'that fails': ['failed with exit code 3', () => plugin('canary-output', { EXIT: '3', NOISE: 'canary-noise' })],
    'that says nothing': ['did not print JSON', () => plugin('')],
    'that says nonsense': ['did not print JSON', () => plugin('canary-output')],
    'that says something else': ['did not print an ExecCredential', () => plugin('{"kind":"canary-output"}')],
    'of another version': [
      `did not print an ExecCredential of ${API_VERSION}`,
      () => plugin('{"kind":"ExecCredential","apiVersion":"canary-output"}'),
    ],
    'without credentials': [
      'printed neither a token nor a client certificate',
      () => plugin(says({ more: 'canary-output' })),
    ],
    'with half a certificate': [
      'printed half of a client certificate',
      () => plugin(says({ clientCertificateData: 'canary-output' })),
    ],
    'that never ends': ['did not end within 0.5 s', () => plugin(says({ token: 'canary-output' }), { DELAY: '60000' })],
    'that is not there': [
      'was not found (ENOENT): get it there',
      () => plugin('', {}, { command: 'no-such-plugin', installHint: 'get it there\n' }),
    ],
  };
  it.each(Object.keys(failures))('%s is an error that does not quote it', async (name) => {
    const { url, count } = await server(stream);
    const [words, exec] = failures[name] ?? [];
    const user = { exec: exec?.() };
    const client = nodeClient(configOf(url, { user }), { ...QUICK, plugin: 500 });
    await expect(list(client)).rejects.toMatchObject({ kind: 'credentials' });
    const error = await rejection(list(client));
    expect(error).toContain(`exec plug-in "${user.exec?.command}" ${words}`);
    expect(error).not.toContain('canary');
    expect(count()).toBe(0);
  });

  it('is ended when nobody waits for it any more', async () => {
    const there = await server(stream);
    const client = clientOf(there.url, { user: { exec: plugin(says({ token: 'token-$RUN' }), { DELAY: '60000' }) } });
    const [one, other] = [send(client), send(client)];
    await vi.waitFor(() => expect(runs().length).toBe(1), { timeout: 3000 });
    const before = process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;
    one.abort.abort(new Error('enough'));
    await expect(one.response).rejects.toThrow('enough');
    await sleep(50);
    expect(process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length).toBe(before);
    other.abort.abort(new Error('enough'));
    await expect(other.response).rejects.toThrow('enough');
    await vi.waitFor(() =>
      expect(process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length).toBe(before - 1),
    );
  });

  it('may say a client certificate', async () => {
    const there = await mutual();
    const status = { clientCertificateData: pem('client.crt'), clientKeyData: pem('client.key') };
    await list(clientOf(there.url, { user: { exec: plugin(says(status)) } }));
    expect(names(there)).toEqual(['first-client']);
  });
});

/** A server that wants to know who comes. */
function mutual(): Promise<TestServer> {
  return server(stream, { http2: { requestCert: true, rejectUnauthorized: true } });
}

const names = ({ requests }: TestServer): unknown[] => requests.map(({ client }) => client);

describe('a client certificate', () => {
  it('is read from its files, and new connections are made when it has changed', async () => {
    const there = await mutual();
    const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    const put = (name: string): void => {
      writeFileSync(cert, pem(`${name}.crt`));
      writeFileSync(key, pem(`${name}.key`));
    };
    put('client');
    const client = clientOf(there.url, { user: { cert: { file: cert }, key: { file: key } } });
    const old = await watch(client);
    await list(client);
    expect(there.count()).toBe(1);
    put('client-rotated');
    await list(client);
    await list(client);
    expect(names(there)).toEqual(['first-client', 'first-client', 'second-client', 'second-client']);
    expect(there.count()).toBe(2);
    expect(await Promise.race([old.ended, sleep(0, 'open')])).toBe('open');
    old.abort.abort();
    await vi.waitFor(() => expect(there.open.size).toBe(0));
  });

  it('stays what it was while only half of it has changed', async () => {
    const there = await mutual();
    const cert = join(folder, 'tls.crt');
    writeFileSync(cert, pem('client.crt'));
    const client = clientOf(there.url, { user: { cert: { file: cert }, key: { file: fixture('tls/client.key') } } });
    await list(client);
    writeFileSync(cert, pem('client-rotated.crt'));
    await list(client);
    expect(names(there)).toEqual(['first-client', 'first-client']);
  });

  it('is missed by the server where there is none', async () => {
    const { url } = await mutual();
    await expect(list(clientOf(url))).rejects.toMatchObject({ kind: 'connection' });
    expect(await rejection(list(clientOf(url)))).toMatch(/certificate required|ECONNRESET|closed/i);
  });
});

describe('the certificate of the server', () => {
  it('is not trusted without its authority', async () => {
    const { url } = await server(stream);
    await expect(list(clientOf(url, { ca: undefined }))).rejects.toMatchObject({
      kind: 'connection',
      message: expect.stringMatching(
        /^SELF_SIGNED_CERT_IN_CHAIN localhost:\d+: .*an authority that the kubeconfig does not name$/,
      ) as unknown,
    });
  });

  it('is trusted by whoever does not care', async () => {
    const { url } = await server(stream);
    expect(await list(clientOf(url, { ca: undefined, insecure: true }))).toBe('whole');
  });

  it('has to be for the host, or for the name that the kubeconfig says', async () => {
    const { port } = await server(stream, { host: '127.0.0.2' });
    const url = `https://127.0.0.2:${port}`;
    await expect(list(clientOf(url))).rejects.toMatchObject({
      kind: 'connection',
      message: expect.stringMatching(/^ERR_TLS_CERT_ALTNAME_INVALID .*127\.0\.0\.2/) as unknown,
    });
    expect(await list(clientOf(url, { servername: 'localhost' }))).toBe('whole');
  });
});

it('B11 says who it is, and wants nothing compressed', async () => {
  const there = await server(stream);
  await list(clientOf(`${there.url}/k8s/`));
  expect(there.requests[0]).toMatchObject({
    path: '/k8s/list',
    headers: {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': expect.stringMatching(/^rxkube\//) as unknown,
    },
  });
});

import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
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
import { connectProxy, socksProxy, type TestProxy } from '../../test/fixtures/proxies.js';
import { passage } from '../../test/fixtures/servers.js';
import { nodeClient } from './client.js';
import { proxyFor, type Proxy } from './proxy.js';

afterEach(closeAll);

async function later(starting: Promise<TestProxy>): Promise<TestProxy> {
  const proxy = await starting;
  closeLater(proxy.close);
  return proxy;
}

const via = (url: string): Proxy | undefined => proxyFor(new URL('https://k8s.example.com'), url, {});

describe('which proxy', () => {
  const server = new URL('https://api.k8s.example.com:6443');

  it('is none by default', () => {
    expect(proxyFor(server, undefined, {})).toBeUndefined();
    expect(proxyFor(server, '', { HTTPS_PROXY: '', https_proxy: '' })).toBeUndefined();
  });

  it('is the proxy-url, whatever the environment says', () => {
    const environment = { HTTPS_PROXY: 'http://other:1', NO_PROXY: '*' };
    expect(proxyFor(server, 'http://proxy:3128', environment)).toMatchObject({
      protocol: 'http:',
      label: 'proxy:3128',
    });
  });

  it('is what the environment says', () => {
    expect(proxyFor(server, undefined, { HTTPS_PROXY: 'https://proxy' })).toMatchObject({
      protocol: 'https:',
      port: 443,
    });
    expect(proxyFor(server, undefined, { https_proxy: 'proxy:3128' })).toMatchObject({ protocol: 'http:', port: 3128 });
    expect(proxyFor(server, undefined, { HTTP_PROXY: 'http://proxy' })).toBeUndefined();
    expect(proxyFor(new URL('http://api'), undefined, { HTTP_PROXY: 'proxy' })).toMatchObject({ label: 'proxy:80' });
  });

  it('has its credentials apart', () => {
    expect(via('socks5h://me:se%20cret@proxy')).toEqual({
      protocol: 'socks5:',
      host: 'proxy',
      port: 1080,
      credentials: { username: 'me', password: 'se cret' },
      label: 'proxy:1080',
    });
  });

  it.each([
    ['*', true],
    ['example.com', true],
    ['.example.com', true],
    ['*.example.com', true],
    ['api.k8s.example.com', true],
    ['API.k8s.Example.com:6443', true],
    ['other, api.k8s.example.com', true],
    ['.api.k8s.example.com', false],
    ['api.k8s.example.com:443', false],
    ['ample.com', false],
    ['', false],
    [',', false],
  ])('NO_PROXY=%s: %s', (NO_PROXY, bypassed) => {
    expect(proxyFor(server, undefined, { HTTPS_PROXY: 'http://proxy', NO_PROXY }) === undefined).toBe(bypassed);
  });

  it.each([
    ['https://10.1.2.3', '10.0.0.0/8', true],
    ['https://10.1.2.3', '10.1.2.3', true],
    ['https://10.1.2.3:6443', '10.1.2.3:6443', true],
    ['https://10.1.2.3', '10.1.2.3:6443', false],
    ['https://10.1.2.3', '10.2.0.0/16', false],
    ['https://10.1.2.3', '10.0.0.0/99', false],
    ['https://[fd00::1]', 'fd00::/8', true],
    ['https://[fd00::1]', 'fd00::1', true],
    ['https://[fd00::1]:6443', '[fd00::1]:6443', true],
    ['https://[fd00::1]', '10.0.0.0/8', false],
    ['https://127.0.0.1:6443', '', true],
    ['https://localhost', '', true],
    ['https://[::1]', '', true],
  ])('%s with NO_PROXY=%s: %s', (url, no_proxy, bypassed) => {
    expect(proxyFor(new URL(url), undefined, { https_proxy: 'http://proxy', no_proxy }) === undefined).toBe(bypassed);
  });

  it.each([
    ['ftp://me:canary@proxy', 'proxy-url: not the URL of an http, https or socks5 proxy (ftp:)'],
    ['canary:canary@proxy', 'proxy-url: not the URL of an http, https or socks5 proxy (no scheme)'],
    ['http://', 'proxy-url: not the URL of an http, https or socks5 proxy (http:)'],
  ])('is refused where it is none: %s', (url, message) => {
    expect(() => via(url)).toThrow(new RangeError(message));
  });
});

describe('through a proxy', () => {
  it.each(['h2', 'h1', 'plain'] as const)('everything goes, watches and lists: %s', async (speaks) => {
    const there = await server(stream, { speaks });
    const proxy = await later(connectProxy({ authorization: `Basic ${Buffer.from('me:sécret').toString('base64')}` }));
    const client = clientOf(there.url, { proxy: via(`http://me:s%C3%A9cret@localhost:${proxy.port}`) });
    const watching = await watch(client);
    expect(await list(client)).toBe('whole');
    expect(proxy.count()).toBe(speaks === 'h2' ? 1 : 2);
    expect(proxy.asked[0]).toMatch(new RegExp(`^CONNECT localhost:${there.port} Basic `));
    watching.abort.abort();
    await vi.waitFor(() => expect(proxy.open.size).toBe(0));
  });

  it('that is reached by TLS itself', async () => {
    const there = await server(stream);
    const proxy = await later(connectProxy({ secure: true }));
    const client = clientOf(there.url, { proxy: via(`https://localhost:${proxy.port}`) });
    // Nobody has told Node to trust it.
    await expect(list(client)).rejects.toMatchObject({ kind: 'connection' });
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    closeLater(() => vi.unstubAllEnvs());
    const watching = await watch(client);
    expect(await list(client)).toBe('whole');
    expect(proxy.asked).toEqual([`CONNECT localhost:${there.port}`]);
    watching.abort.abort();
    await vi.waitFor(() => expect(proxy.open.size).toBe(0));
  });

  it.each([undefined, 'sécret'])('of SOCKS5: password %s', async (password) => {
    const there = await server(stream);
    const proxy = await later(socksProxy(password === undefined ? {} : { password }));
    const user = password === undefined ? '' : `me:${password}@`;
    const client = clientOf(there.url, { proxy: via(`socks5://${user}localhost:${proxy.port}`) });
    await watch(client);
    expect(await list(client)).toBe('whole');
    expect(proxy.asked).toEqual([...(password === undefined ? [] : [`me:${password}`]), `localhost:${there.port}`]);
    expect(there.requests[0]?.version).toBe('2.0');
  });

  const refusals: Record<string, readonly [scheme: string, words: string, proxy: () => Promise<TestProxy>]> = {
    'with 407': [
      'http',
      'answered 407 Proxy Authentication Required to CONNECT',
      () => connectProxy({ authorization: 'x' }),
    ],
    'with nonsense': [
      'http',
      'gave an answer that is not HTTP',
      () => connectProxy({ refuse: 'canary canary canary\r\n\r\n' }),
    ],
    'with silence': ['http', 'it closed the connection', () => connectProxy({ refuse: '' })],
    'with a reply of SOCKS5': ['socks5', '(host unreachable)', () => socksProxy({ reply: 4 })],
    'with wrong credentials': [
      'socks5',
      'refused the credentials of the proxy-url',
      () => socksProxy({ password: 'other' }),
    ],
  };
  it.each(Object.keys(refusals))('that refuses %s', async (name) => {
    const [scheme = '', words = '', start] = refusals[name] ?? [];
    const there = await server(stream);
    const proxy = await later(start?.() ?? connectProxy());
    const client = clientOf(there.url, { proxy: via(`${scheme}://me:canary@localhost:${proxy.port}`) });
    const error = await list(client).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'WatchError', kind: 'connection' });
    expect(inspect(error, { depth: 9 })).toContain(words);
    expect(inspect(error, { depth: 9 })).toContain(`proxy localhost:${proxy.port}`);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
    await vi.waitFor(() => expect(proxy.open.size).toBe(0));
  });

  it('that wants credentials which nobody has', async () => {
    const there = await server(stream);
    const proxy = await later(socksProxy({ password: 'x' }));
    await expect(list(clientOf(there.url, { proxy: via(`socks5://localhost:${proxy.port}`) }))).rejects.toThrow(
      `the proxy localhost:${proxy.port} wants credentials that the proxy-url does not have`,
    );
  });

  it('that says nothing: not for ever, and nothing stays behind', async () => {
    const silent = await passage(1);
    closeLater(silent.close);
    silent.freeze();
    const config = configOf('https://api.example.com', { proxy: via(`http://localhost:${silent.port}`) });
    const client = nodeClient(config, { ...QUICK, connect: 100 });
    await expect(list(client)).rejects.toMatchObject({ kind: 'timeout' });
    const sent = send(client);
    await vi.waitFor(() => expect(silent.open.size).toBe(1));
    sent.abort.abort(new Error('enough'));
    await expect(sent.response).rejects.toThrow('enough');
    await vi.waitFor(() => expect(silent.open.size).toBe(0));
  });
});

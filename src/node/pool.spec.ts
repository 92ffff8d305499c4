import { getActiveResourcesInfo } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  closeAll,
  closeLater,
  configOf,
  list,
  QUICK as LIMITS,
  send,
  server,
  stream,
  watch,
  type Sent,
} from '../../test/fixtures/client.js';
import { frames, passage, serve, serveFrames, type Handler } from '../../test/fixtures/servers.js';
import { WatchError } from '../errors.js';
import { nodeClient } from './client.js';
import type { NodeLimits } from './limits.js';

afterEach(closeAll);

/** What keeps the process alive, without what the test runner has. */
function sockets(): string[] {
  return getActiveResourcesInfo().filter((name) => /TCP|TLS|HTTP/.test(name));
}

describe('over HTTP/2', () => {
  it('puts 95 watches on a connection, and lists beside them', async () => {
    const { url, open, count, requests } = await server(stream);
    const client = nodeClient(configOf(url), LIMITS);
    await Promise.all(Array.from({ length: 96 }, (_, i) => watch(client, `/watch${i}`)));
    expect(open.size).toBe(2);
    for (let i = 0; i < 5; i++) expect(await list(client)).toBe('whole');
    expect(count()).toBe(2);
    expect(requests.every(({ version }) => version === '2.0')).toBe(true);
  });

  it('opens as many connections as 300 watches need', async () => {
    const { url, count } = await server(stream);
    const client = nodeClient(configOf(url), LIMITS);
    await Promise.all(Array.from({ length: 300 }, (_, i) => watch(client, `/watch${i}`)));
    expect(count()).toBe(4);
  });

  it('opens another connection where the server allows fewer streams', async () => {
    const { url, open } = await server(stream, { http2: { settings: { maxConcurrentStreams: 10 } } });
    const client = nodeClient(configOf(url), LIMITS);
    await Promise.all(Array.from({ length: 25 }, (_, i) => watch(client, `/watch${i}`)));
    expect(open.size).toBeLessThanOrEqual(5);
    expect(await list(client)).toBe('whole');
  });

  it('uses a place again that was given up', async () => {
    const { url, count } = await server(stream);
    const client = nodeClient(configOf(url), LIMITS);
    const first = await Promise.all(Array.from({ length: 95 }, (_, i) => watch(client, `/watch${i}`)));
    for (const { abort } of first) abort.abort();
    await sleep(20);
    await Promise.all(Array.from({ length: 95 }, (_, i) => watch(client, `/watch${i}`)));
    expect(count()).toBe(1);
  });

  it('keeps the other streams when one is reset', async () => {
    const { url, count } = await server((request, response) => {
      stream(request, response);
      if (request.path === '/watch-reset') setTimeout(() => response.stream?.destroy(new Error()), 20);
    });
    const client = nodeClient(configOf(url), LIMITS);
    const kept = await watch(client, '/watch');
    const reset = await watch(client, '/watch-reset');
    expect(await reset.ended).toMatchObject({ kind: 'connection' });
    expect(String(await reset.ended)).toContain('INTERNAL_ERROR');
    expect(await list(client)).toBe('whole');
    expect(count()).toBe(1);
    expect(await Promise.race([kept.ended, sleep(50, 'open')])).toBe('open');
  });

  it('leaves a connection that the server wants to close (GOAWAY), without losing what is on it', async () => {
    const { url, count, sessions } = await server((request, response) => {
      stream(request, response);
      if (request.path === '/watch-short') setTimeout(() => response.end('last'), 150);
    });
    const client = nodeClient(configOf(url), LIMITS);
    const watching = await watch(client, '/watch-short');
    for (const session of sessions) session.goaway();
    await sleep(50);
    expect(await list(client)).toBe('whole');
    expect(count()).toBe(2);
    expect(await watching.ended).toBe('end');
  });

  it('C6 makes a request again that the server has not looked at', async () => {
    let first = true;
    const { url, count, close } = await serveFrames((id, socket) => {
      if (!first) return void socket.write(Buffer.concat([frames.ok(id), frames.data(id, 'whole', true)]));
      first = false;
      socket.write(frames.goaway(0));
    });
    closeLater(close);
    const client = nodeClient(configOf(url), LIMITS);
    expect(await list(client)).toBe('whole');
    expect(count()).toBe(2);
  });

  it('C6 does so once, as a server may refuse for ever', async () => {
    const { url, count, close } = await serveFrames((_id, socket) => socket.write(frames.goaway(0)));
    closeLater(close);
    await expect(list(nodeClient(configOf(url), LIMITS))).rejects.toMatchObject({ kind: 'connection' });
    expect(count()).toBe(2);
  });

  it('makes no request again that the server has begun to answer', async () => {
    const { url, count, close } = await serveFrames((id, socket) => {
      socket.write(Buffer.concat([frames.ok(id), frames.data(id, 'open\n')]));
      setTimeout(() => socket.write(frames.goaway(0)), 20);
    });
    closeLater(close);
    const watching = await watch(nodeClient(configOf(url), LIMITS));
    expect(await watching.ended).toMatchObject({ kind: 'connection' });
    expect(count()).toBe(1);
  });

  it('C15 opens a fresh connection on request, and lets the old one drain', async () => {
    const { url, count, open } = await server(stream);
    const client = nodeClient(configOf(url), LIMITS);
    const old = await watch(client);
    await sleep(5);
    await watch(client, '/watch2', { attempt: { freshConnection: true } });
    await watch(client, '/watch3');
    expect(count()).toBe(2);
    old.abort.abort();
    await vi.waitFor(() => expect(open.size).toBe(1));
  });

  it('does not doubt a connection that is younger than the doubt', async () => {
    const { url, count } = await server(stream);
    const client = nodeClient(configOf(url), { ...LIMITS, fresh: 10_000 });
    await Promise.all(Array.from({ length: 9 }, () => watch(client, '/watch', { attempt: { freshConnection: true } })));
    expect(count()).toBe(1);
  });
});

describe('over HTTP/1.1', () => {
  it.each([
    ['a server that knows nothing else', { speaks: 'h1' }, {}],
    ['a plain server', { speaks: 'plain' }, {}],
    ['the option http1', {}, { http1: true }],
  ] as const)('gives each watch its own connection: %s', async (_name, options, more) => {
    const { url, open, requests } = await server(stream, options);
    const client = nodeClient(configOf(url, more), LIMITS);
    const watches = await Promise.all(Array.from({ length: 5 }, (_, i) => watch(client, `/watch${i}`)));
    expect(open.size).toBe(5);
    expect(requests.every(({ version }) => version === '1.1')).toBe(true);
    expect(await list(client)).toBe('whole');
    expect(await list(client)).toBe('whole');
    expect(open.size).toBe(6);
    for (const { abort } of watches) abort.abort();
    await vi.waitFor(() => expect(open.size).toBe(0));
  });
});

describe('when nobody needs it', () => {
  it.each([{}, { speaks: 'h1' }, { speaks: 'plain' }] as const)(
    'closes everything after a while: %o',
    async (options) => {
      const { url, open } = await server(stream, options);
      const client = nodeClient(configOf(url), LIMITS);
      const watching = await watch(client);
      await list(client);
      watching.abort.abort();
      await vi.waitFor(() => expect(open.size).toBe(0), { timeout: 1000 });
    },
  );

  const points: Record<string, (sent: Sent) => Promise<unknown>> = {
    'at once': () => Promise.resolve(),
    'while it connects': () => new Promise((resolve) => setImmediate(resolve)),
    'before the headers': () => sleep(60),
    'in the body': async ({ response }) => {
      const body = (await response).body[Symbol.asyncIterator]();
      await body.next();
    },
  };
  for (const speaks of ['h2', 'h1', 'plain'] as const) {
    it.each(Object.keys(points))(`F14 leaves nothing behind when it is aborted over ${speaks}: %s`, async (point) => {
      const silent: Handler = () => undefined;
      const { url, open, close } = await serve(point === 'in the body' ? stream : silent, { speaks });
      const client = nodeClient(configOf(url), LIMITS);
      const sent = send(client, '/watch');
      await points[point]?.(sent);
      const reason = new Error('enough');
      sent.abort.abort(reason);
      if (point !== 'in the body') await expect(sent.response).rejects.toBe(reason);
      await vi.waitFor(() => expect(open.size).toBe(0));
      await close();
      await vi.waitFor(() => expect(sockets()).toEqual([]));
    });

    it(`F14 lets go of a body that is not read to its end over ${speaks}`, async () => {
      const { url, open } = await server(stream, { speaks });
      const client = nodeClient(configOf(url), LIMITS);
      for await (const chunk of (await send(client, '/watch').response).body) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      await vi.waitFor(() => expect(open.size).toBe(0));
    });

    it(`rejects a pending read when it is aborted over ${speaks}`, async () => {
      const { url } = await server(stream, { speaks });
      const client = nodeClient(configOf(url), LIMITS);
      const watching = await watch(client);
      const reason = new Error('enough');
      watching.abort.abort(reason);
      expect(await watching.ended).toBe(reason);
    });
  }

  it('has nothing to do for a request that was aborted before it was made', async () => {
    const { url, count } = await server(stream);
    const signal = AbortSignal.abort(new Error('never wanted'));
    await expect(send(nodeClient(configOf(url), LIMITS), '/watch', { signal }).response).rejects.toThrow(
      'never wanted',
    );
    expect(count()).toBe(0);
  });
});

describe('a connection that breaks', () => {
  it.each(['h2', 'h1', 'plain'] as const)(
    'fails what is on it, and the next request uses another: %s',
    async (speaks) => {
      const { url, open, port } = await server(stream, { speaks });
      const client = nodeClient(configOf(url, { user: { token: 'canary' } }), LIMITS);
      const watching = await watch(client);
      for (const socket of open) socket.resetAndDestroy();
      const error = await watching.ended;
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
      expect(error).toBeInstanceOf(WatchError);
      expect(error).toMatchObject({ kind: 'connection' });
      expect(String(error)).toContain(`localhost:${port}`);
      expect(await list(client)).toBe('whole');
    },
  );

  it('says who refused the connection', async () => {
    const { url, port, close } = await serve(stream);
    await close();
    await expect(send(nodeClient(configOf(url)), '/list').response).rejects.toMatchObject({
      name: 'WatchError',
      kind: 'connection',
      message: `ECONNREFUSED localhost:${port}: the connection was refused`,
    });
  });

  it('fails all that wait for one connection', async () => {
    const { url, close } = await serve(stream);
    await close();
    const client = nodeClient(configOf(url));
    const results = await Promise.allSettled(Array.from({ length: 3 }, () => send(client, '/watch').response));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('does not wait for ever for a host that does not answer', async () => {
    const silent = await passage(1);
    closeLater(silent.close);
    silent.freeze();
    const client = nodeClient(configOf(`https://localhost:${silent.port}`), { ...LIMITS, connect: 100 });
    await expect(send(client, '/list').response).rejects.toMatchObject({
      kind: 'timeout',
      message: `no connection to localhost:${silent.port} within 0.1 s`,
    });
    await vi.waitFor(() => expect(silent.open.size).toBe(0));
  });
});

describe('a slow reader', () => {
  it.each(['h2', 'h1'] as const)('F2, W11 holds up its own stream, and nothing else: %s', async (speaks) => {
    const total = 32 * 1024 * 1024;
    let sent = 0;
    const { url } = await server(
      (request, response) => {
        response.writeHead(200);
        const pump = (): void => {
          while (sent < total) {
            sent += 65_536;
            if (!response.write(Buffer.alloc(65_536))) {
              response.once('drain', pump);
              return;
            }
          }
          response.end();
        };
        if (request.path.includes('watch')) pump();
        else response.end('whole');
      },
      { speaks },
    );
    const client = nodeClient(configOf(url), LIMITS);
    const body = (await send(client, '/watch').response).body[Symbol.asyncIterator]();
    let read = 0;
    await sleep(200);
    expect(sent).toBeLessThan(total / 2);
    expect(await list(client)).toBe('whole');
    for (let next = await body.next(); next.done !== true; next = await body.next()) read += next.value.length;
    expect(read).toBe(total);
  });
});

describe('liveness', () => {
  const QUICK: NodeLimits = { ...LIMITS, silence: 150, answer: 300 };

  it('F11, L18 ends all watches of a frozen connection at once, and goes on with a new one', async () => {
    const far = await server(stream);
    const near = await passage(far.port);
    closeLater(near.close);
    const client = nodeClient(configOf(`https://localhost:${near.port}`), QUICK);
    const watches = await Promise.all([watch(client, '/watch1'), watch(client, '/watch2')]);
    near.freeze();
    const errors = await Promise.all(watches.map(({ ended }) => ended));
    for (const error of errors) {
      expect(error).toMatchObject({
        kind: 'timeout',
        message: `no sign of life from localhost:${near.port} for 0.45 s`,
      });
    }
    near.thaw();
    await watch(client);
  });

  it('notices the reset that Node does not report, as two frames that it answers by itself came right before', async () => {
    let far: TLSSocket | undefined;
    const { url, close } = await serveFrames((id, socket) => {
      far = socket;
      socket.setNoDelay().write(Buffer.concat([frames.ok(id), frames.data(id, 'first')]));
    });
    closeLater(close);
    const near = await passage(Number(new URL(url).port));
    closeLater(near.close);
    const client = nodeClient(configOf(`https://localhost:${near.port}`), { ...LIMITS, silence: 3_000 });
    const watching = await watch(client);

    near.resetBehind(50);
    far?.write(frames.ping());
    far?.write(frames.ping());
    expect(await watching.ended).toMatchObject({
      kind: 'connection',
      message: `localhost:${near.port}: the connection takes nothing any more`,
    });
    await watch(client);
  });

  it.each([200, 401, 403, 404])('takes any answer for a sign of life: %i', async (status) => {
    const { url, count, requests } = await server((request, response) => {
      if (request.path.endsWith('/version')) response.writeHead(status).end('no');
      else stream(request, response);
    });
    const client = nodeClient(configOf(`${url}/k8s/`, { user: { token: 'canary' } }), QUICK);
    const watching = await watch(client);
    await sleep(500);
    expect(await Promise.race([watching.ended, sleep(0, 'open')])).toBe('open');
    const asked = requests.filter(({ path }) => path === '/k8s/version');
    expect(asked.length).toBeGreaterThanOrEqual(2);
    expect(asked[0]?.headers.authorization).toBe('Bearer canary');
    expect(count()).toBe(1);
  });

  it('asks nobody while the watch speaks, or when there is no watch', async () => {
    const { url, requests } = await server((request, response) => {
      response.writeHead(200);
      if (request.path === '/list') return void setTimeout(() => response.end('late'), 400);
      response.write('open\n');
      const speaking = setInterval(() => response.write('word\n'), 40);
      response.on('close', () => clearInterval(speaking));
    });
    const client = nodeClient(configOf(url), QUICK);
    const watching = await watch(client);
    await sleep(400);
    watching.abort.abort();
    expect(await list(client)).toBe('late');
    expect(requests.map(({ path }) => path)).toEqual(['/watch', '/list']);
  });

  it('asks beside 95 watches', async () => {
    const { url, count, requests } = await server(stream, { http2: { settings: { maxConcurrentStreams: 100 } } });
    const client = nodeClient(configOf(url), QUICK);
    await Promise.all(Array.from({ length: 95 }, (_, i) => watch(client, `/watch${i}`)));
    await vi.waitFor(() => expect(requests.some(({ path }) => path === '/version')).toBe(true));
    expect(count()).toBe(1);
  });
});

import { getActiveResourcesInfo } from 'node:process';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Connection, TRANSPORTS, type ReceivedAnswer, type Transport } from '../test/fixtures/answer.js';
import { Authority } from './certificates.js';
import type { Answer, Call } from './exchange.js';
import { listenHttp, type HttpOptions, type Listening } from './http.js';

const authority = new Authority();
const certificate = authority.issue({ name: 'server', usage: 'server', hosts: ['localhost', '127.0.0.1'] });

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

interface Served {
  readonly listening: Listening;
  readonly calls: Call[];
  readonly answers: Answer[];
  readonly url: string;
  connect(): Connection;
}

/** A server that leaves it to the test what it answers. */
async function serve(
  transport: Transport,
  handle: HttpOptions['handle'] = (_, answer) => answer.head(200, { 'content-type': 'text/plain' }),
): Promise<Served> {
  const calls: Call[] = [];
  const answers: Answer[] = [];
  const listening = await listenHttp({
    host: '127.0.0.1',
    port: 0,
    tls: transport === 'plain' ? undefined : certificate,
    handle: (call, answer) => {
      calls.push(call);
      answers.push(answer);
      handle(call, answer);
    },
  });
  toClose.push(() => listening.close());
  const url = `${transport === 'plain' ? 'http' : 'https'}://127.0.0.1:${listening.port}`;
  return {
    listening,
    calls,
    answers,
    url,
    connect: () => {
      const connection = new Connection(url, transport === 'plain' ? undefined : authority.cert, transport);
      toClose.push(() => connection.close());
      return connection;
    },
  };
}

/** The answer to the request that came last. */
function lastOf({ answers }: Served): Answer {
  const answer = answers.at(-1);
  if (answer === undefined) throw new Error('nothing came');
  return answer;
}

/** What keeps the process alive, without what the test runner has. */
function handles(): string[] {
  return getActiveResourcesInfo().filter((name) => /TCP|TLS|HTTP/.test(name));
}

const utf8 = (text: string): Buffer => Buffer.from(text);

describe.each(TRANSPORTS)('over %s', (transport) => {
  it('a request comes whole, with its body', async () => {
    const server = await serve(transport, (_, answer) => {
      answer.head(201, { 'content-type': 'application/json' });
      answer.end();
    });
    const connection = server.connect();
    await connection.send('POST', '/a?b=c', { authorization: 'Bearer x' }, { text: 'é'.repeat(100_000) }).over();
    await connection.get('/d', { accept: 'text/plain' }).over();
    const [post, get] = server.calls;
    expect(post).toMatchObject({ method: 'POST', url: '/a?b=c' });
    expect(post?.header('authorization')).toBe('Bearer x');
    expect(post?.header('accept')).toBeUndefined();
    expect(JSON.parse(post?.body ?? '')).toEqual({ text: 'é'.repeat(100_000) });
    expect(get).toMatchObject({ method: 'GET', url: '/d', body: '' });
  });

  it('an answer goes with its status, its headers and its bytes', async () => {
    const server = await serve(transport, (_, answer) => {
      answer.head(418, { 'content-type': 'text/plain', 'retry-after': '7' });
      for (const text of ['short ', 'and ', 'stout']) answer.write(utf8(text));
      answer.end();
    });
    const answer = await server.connect().get('/').over();
    expect(answer).toMatchObject({ status: 418, text: 'short and stout', state: 'ended' });
    expect(answer.headers).toMatchObject({ 'content-type': 'text/plain', 'retry-after': '7' });
  });

  it('headers go at once, and bytes when there are some', async () => {
    const server = await serve(transport);
    const answer = await server.connect().get('/').begun();
    expect(answer).toMatchObject({ status: 200, text: '', state: 'open' });
    lastOf(server).write(utf8('a'));
    await answer.until(({ text }) => text === 'a');
    lastOf(server).write(utf8('b'));
    await answer.until(({ text }) => text === 'ab');
    lastOf(server).end();
    expect((await answer.over()).state).toBe('ended');
  });

  it('D9 compressed, each write can be read as it comes', async () => {
    const server = await serve(transport, (_, answer) => answer.head(200, { 'content-encoding': 'gzip' }));
    const answer = await server.connect().get('/').begun();
    lastOf(server).write(utf8('a'));
    await answer.until(({ chunks }) => chunks.length > 0);
    expect(gunzipSync(answer.bytes).toString()).toBe('a');
    lastOf(server).write(utf8('b'));
    lastOf(server).end();
    expect(gunzipSync((await answer.over()).bytes).toString()).toBe('ab');
  });

  it('a body that is too large is refused', async () => {
    const server = await serve(transport);
    const answer = await server
      .connect()
      .send('POST', '/', {}, 'x'.repeat(4 * 1024 * 1024))
      .over();
    expect(answer.status).toBe(413);
    expect(server.calls).toEqual([]);
  });

  it('a client that goes is noticed, once', async () => {
    const server = await serve(transport);
    const answer = await server.connect().get('/').begun();
    const closed = new Promise<void>((resolve) => lastOf(server).onClose(resolve));
    answer.abort();
    await closed;
    const gone = lastOf(server);
    gone.write(utf8('too late'));
    gone.end();
    gone.cut('stream');
    gone.cut('connection');
  });

  it('the end of an answer is noticed as well', async () => {
    const server = await serve(transport);
    const answer = await server.connect().get('/').begun();
    const closed = new Promise<void>((resolve) => lastOf(server).onClose(resolve));
    lastOf(server).end();
    await closed;
    expect((await answer.over()).state).toBe('ended');
  });

  describe('a cut', () => {
    it('before anything is answered is a broken connection', async () => {
      const server = await serve(transport, (_, answer) => answer.cut('stream'));
      const answer = await server.connect().get('/').over();
      expect(answer.status).toBe(0);
      expect(answer.state).not.toBe('ended');
    });

    it.each(['stream', 'connection'] as const)(
      'of the %s, after the headers, comes after the headers',
      async (what) => {
        const server = await serve(transport, (_, answer) => {
          answer.head(200, {});
          answer.cut(what);
        });
        const answer = await server.connect().get('/').over();
        expect([answer.status, answer.text]).toEqual([200, '']);
        expect(answer.state).not.toBe('ended');
      },
    );

    it.each([
      ['stream', 1],
      ['stream', 100_000],
      ['stream', 3_000_000],
      ['connection', 1],
      ['connection', 100_000],
      ['connection', 3_000_000],
    ] as const)('of the %s, after %i bytes, delivers them all, and no end', async (what, size) => {
      const server = await serve(transport, (_, answer) => {
        answer.head(200, {});
        answer.write(utf8('x'.repeat(size)));
        answer.cut(what);
      });
      const answer = await server.connect().get('/').over();
      expect(answer.bytes.length).toBe(size);
      expect(answer.state).not.toBe('ended');
    });

    it('in the middle of a character leaves half of it', async () => {
      const server = await serve(transport, (_, answer) => {
        answer.head(200, {});
        answer.write(utf8('é').subarray(0, 1));
        answer.cut('stream');
      });
      expect((await server.connect().get('/').over()).bytes).toEqual(Buffer.of(0xc3));
    });

    it('of the connection ends all that goes over it', async () => {
      const server = await serve(transport);
      const connection = server.connect();
      const first = await connection.get('/a').begun();
      const answers = transport === 'h2' ? [first, await connection.get('/b').begun()] : [first];
      lastOf(server).cut('connection');
      for (const answer of answers) expect((await answer.over()).state).not.toBe('ended');
      await connection.gone();
    });

    it('leaves other connections alone', async () => {
      const server = await serve(transport);
      const kept = await server.connect().get('/kept').begun();
      const [keptAnswer] = server.answers;
      const cut = await server.connect().get('/cut').begun();
      lastOf(server).cut('connection');
      await cut.over();
      keptAnswer?.write(utf8('still here'));
      expect((await kept.until(({ text }) => text !== '')).state).toBe('open');
    });

    it('of everything ends everything', async () => {
      const server = await serve(transport);
      const answers = await Promise.all([server.connect(), server.connect()].map((one) => one.get('/').begun()));
      server.listening.cut();
      for (const answer of answers) expect((await answer.over()).state).not.toBe('ended');
      // It is still there.
      expect((await server.connect().get('/').begun()).status).toBe(200);
    });
  });

  it('a backlog grows with what is not read, and goes when it is', async () => {
    const server = await serve(transport);
    const answer = await server.connect().get('/').begun();
    answer.pause();
    const { length } = Buffer.alloc(8 * 1024 * 1024);
    for (let i = 0; i < 8; i++) lastOf(server).write(Buffer.alloc(length / 8));
    expect(lastOf(server).backlog).toBe(length);
    answer.resume();
    await answer.until(({ size }) => size === length);
    lastOf(server).end();
    await answer.over();
    expect(lastOf(server).backlog).toBe(0);
  });

  it('can refuse connections and take them again, on the same port', async () => {
    const server = await serve(transport);
    const open = await server.connect().get('/').begun();
    const [openAnswer] = server.answers;
    server.listening.refuse();
    server.listening.refuse();
    expect((await server.connect().get('/').over()).state).toBe('ECONNREFUSED');
    // Those that are there stay.
    openAnswer?.write(utf8('still here'));
    await open.until(({ text }) => text !== '');
    void server.listening.accept();
    server.listening.refuse();
    await Promise.all([server.listening.accept(), server.listening.accept()]);
    expect((await server.connect().get('/').begun()).status).toBe(200);
    expect(open.state).toBe('open');
  });

  it('closes whatever is open, and leaves nothing', async () => {
    const server = await serve(transport);
    const connections = [server.connect(), server.connect()];
    const answers = await Promise.all(connections.map((one) => one.get('/').begun()));
    await server.listening.close();
    for (const answer of answers) expect((await answer.over()).state).not.toBe('ended');
    for (const connection of connections) await connection.close();
    await vi.waitFor(() => expect(handles()).toEqual([]));
    await server.listening.close();
  });

  it.each([
    ['is about to take connections again', (listening: Listening) => void listening.accept()],
    [
      'has taken that back at once, and that again',
      (listening: Listening): void => {
        for (let i = 0; i < 3; i++) {
          void listening.accept();
          listening.refuse();
        }
      },
    ],
  ])('closes as well when it %s', async (_, change) => {
    const server = await serve(transport);
    server.listening.refuse();
    change(server.listening);
    await server.listening.close();
    await vi.waitFor(() => expect(handles()).toEqual([]));
    expect((await server.connect().get('/').over()).state).toBe('ECONNREFUSED');
  });

  it('closes as well when it has refused before', async () => {
    const server = await serve(transport);
    const connection = server.connect();
    const answer = await connection.get('/').begun();
    server.listening.refuse();
    await server.listening.close();
    await answer.over();
    await connection.close();
    await vi.waitFor(() => expect(handles()).toEqual([]));
  });
});

describe('HTTP/2', () => {
  it('a cut stream leaves the others of its connection alone', async () => {
    const server = await serve('h2');
    const connection = server.connect();
    const kept = await connection.get('/kept').begun();
    const [keptAnswer] = server.answers;
    const cut = await connection.get('/cut').begun();
    lastOf(server).write(utf8('a frame'));
    lastOf(server).cut('stream');
    expect((await cut.over()).text).toBe('a frame');
    expect(cut.state).not.toBe('ended');
    keptAnswer?.write(utf8('still here'));
    expect((await kept.until(({ text }) => text !== '')).state).toBe('open');
    expect((await connection.get('/new').begun()).status).toBe(200);
    expect(connection.lost).toBe(0);
  });

  it('carries 100 streams a connection, and 100 again when those have ended', async () => {
    const server = await serve('h2');
    const connection = server.connect();
    for (let round = 0; round < 2; round++) {
      const first = server.answers.length;
      const answers = await Promise.all(Array.from({ length: 100 }, () => connection.get('/').begun()));
      for (const answer of server.answers.slice(first)) answer.end();
      await Promise.all(answers.map((answer: ReceivedAnswer) => answer.over()));
    }
    expect(server.calls).toHaveLength(200);
    expect(connection.lost).toBe(0);
  });
});

describe('nonsense', () => {
  it.each(['plain', 'tls'] as const)('over %s is none of the server’s business', async (transport) => {
    const server = await serve(transport);
    const socket = connect(server.listening.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
    socket.resume().write('\u0000 this is not HTTP\r\n\r\n');
    await closed;
    expect((await server.connect().get('/').begun()).status).toBe(200);
  });

  it('a port that is taken is an error', async () => {
    const { listening } = await serve('plain');
    const again = listenHttp({ host: '127.0.0.1', port: listening.port, tls: undefined, handle: () => undefined });
    await expect(again).rejects.toThrow('EADDRINUSE');
  });
});

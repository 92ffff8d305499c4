import { afterAll, describe, expect, it } from 'vitest';
import type { Fault, Which } from '../../apiserver/index.js';
import { constant } from '../../operators/constant.js';
import type { Followed } from './scene.js';
import { asked, askedAt, configMap, follow, named, served, serverWith, status, closeScene } from './scene.js';

// How a watch is opened, and what an answer that is not the one asked for means: to a watch that had worked, and to one that never did.

afterAll(closeScene);

const json = { contentType: 'application/json' } as const;
const text = { contentType: 'text/plain; charset=utf-8' } as const;
const html = { body: '<html>please log in</html>', contentType: 'text/html' } as const;
type Refusal = Omit<Extract<Fault, { fault: 'status' }>, 'fault' | keyof Which>;

/** All but the first list. */
const relists = ({ lines }: Followed): string[] => lines.filter((line) => line.startsWith('init ')).slice(1);

describe.concurrent('a watch that had worked resumes at its position', () => {
  it.each<[string, Fault, string]>([
    ['C4 after a 429, as of a cache that is not ready', { fault: 'status', code: 429, ...text, body: 'wait' }, '429'],
    ['C5 after connections were refused', { fault: 'refuse', ms: 150 }, 'connection'],
    ['C6 after a connection that broke while it was opened', { fault: 'cut', at: 'request' }, 'connection'],
    ['C9 after a 403, and forgets nothing', { fault: 'status', code: 403 }, '403'],
    [
      'C10b after the 503 of a server that starts',
      {
        fault: 'status',
        code: 503,
        message: 'the request has been made before all known HTTP paths have been installed',
      },
      '503',
    ],
    ['C11 after a 405', { fault: 'status', code: 405 }, '405'],
    ['C12 after a 400', { fault: 'status', code: 400 }, '400'],
    ['C12 after a 422', { fault: 'status', code: 422 }, '422'],
    ['C13 after a 406', { fault: 'status', code: 406 }, '406'],
    ['C13 after a 415', { fault: 'status', code: 415 }, '415'],
    ['C14, W3 after a 500', { fault: 'status', code: 500 }, '500'],
    ['C15 after the 503 of a server that shuts down', { fault: 'status', code: 503 }, '503'],
    ['C16 after a login page', { fault: 'status', code: 200, ...html }, 'gateway'],
    ['C16 after a redirect, which is not followed', { fault: 'status', code: 302, ...html }, 'gateway'],
    ['C16 after the error page of a proxy', { fault: 'status', code: 502, ...html }, 'gateway'],
    ['F8 after a 500 in a frame', { fault: 'error', code: 500, reason: 'InternalError' }, '500'],
    ['F7 after a 429 in a frame', { fault: 'error', code: 429, reason: 'TooManyRequests' }, '429'],
    [
      'D8 after an ERROR frame with anything in it',
      { fault: 'malformed', text: '{"type":"ERROR","object":[1]}\n' },
      'undefined',
    ],
  ])('%s', async (_, fault, interrupted) => {
    const server = await serverWith('a');
    const at = server.resourceVersion;
    server.inject({ ...fault, verb: 'watch' });
    const followed = follow(server, { initialList: 'paged' });
    await followed.until(`interrupted ${interrupted}`);
    server.create(configMap('b'));
    await followed.until('apply b');

    expect(relists(followed)).toEqual([]);
    expect(new Set(asked(server).slice(1))).toEqual(new Set([`watch ${at}`]));
    expect(followed.lines.filter((line) => line.startsWith('delete'))).toEqual([]);
  });

  it.each<[string, Fault]>([
    ['C7, F7 a 429 in plain text', { fault: 'status', code: 429, retryAfter: 1, body: 'Too many requests', ...text }],
    ['F7, W4 an ERROR frame', { fault: 'error', code: 429, retryAfter: 1 }],
  ])('%s: … no sooner than it says', async (_, fault) => {
    const server = await serverWith('a');
    server.inject({ ...fault, verb: 'watch' });
    const followed = follow(server, { initialList: 'paged' });
    await followed.accepted('watch', fault.fault === 'error' ? 2 : 1);
    expect(askedAt(server, 3) - askedAt(server, 2)).toBeGreaterThanOrEqual(999);
    expect(relists(followed)).toEqual([]);
  });
});

describe.concurrent('a watch that had worked lists anew', () => {
  it.each<[string, Fault, string]>([
    [
      'C1, F6 after a 410 as a frame, which comes with a 200',
      { fault: 'error', code: 410, reason: 'Expired' },
      'expired',
    ],
    ['F6 after a 410 of Kubernetes 1.17', { fault: 'error', code: 410, reason: 'Gone' }, 'expired'],
    ['C2, L32 after a 410 as HTTP status', { fault: 'status', code: 410 }, 'expired'],
    ['C2 after a 410 in plain text, of a proxy', { fault: 'status', code: 410, body: 'gone', ...text }, 'expired'],
    ['F9 after StoreReadError', { fault: 'error', code: 500, reason: 'StoreReadError' }, 'stuck'],
    [
      'L33 after a "too large", as of a restored etcd',
      {
        fault: 'status',
        code: 504,
        ...json,
        body: status(504, 'Timeout', { details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }),
      },
      'rollback',
    ],
    ['C10 after a 404', { fault: 'status', code: 404, body: '404 page not found\n', ...text }, 'restart'],
  ])('%s', async (_, fault, cause) => {
    const server = await serverWith('a b');
    server.inject({ ...fault, verb: 'watch' });
    const followed = follow(server, { initialList: 'paged' });
    await followed.until('initDone');
    server.delete(named('a'));
    await followed.until('initDone', 2);

    const interrupted = expect.stringMatching(/^interrupted/) as string;
    // Neither `live`, which a 200 does not prove (C1), nor a deletion that nobody knows of (C10).
    expect(followed.lines.slice(4)).toEqual([interrupted, `init ${cause}`, 'initApply b', 'initDone']);
    expect(asked(server)[2]).toBe('list limit=500');
  });

  it('C14, L33 at the third 500 at one position', async () => {
    const server = await serverWith('a');
    server.inject({ fault: 'status', code: 500, verb: 'watch', times: 3 });
    const followed = follow(server, { initialList: 'paged' });
    await followed.until('initDone', 2);
    expect(followed.lines.filter((line) => line === 'interrupted 500')).toHaveLength(3);
    expect(relists(followed)).toEqual(['init stuck']);
  });

  it('C10 when its resource is back, and reports nothing deleted before', async () => {
    const server = await serverWith('a');
    const followed = follow(server);
    await followed.until('initDone');
    const removed = server.inject({ fault: 'status', code: 404, body: '404 page not found', ...text, times: Infinity });
    server.cut();
    await followed.until('interrupted 404', 3);
    expect(followed.lines.filter((line) => line.startsWith('delete'))).toEqual([]);
    removed.remove();
    await followed.until('initDone', 2);
    expect(relists(followed)).toEqual(['init restart']);
  });

  it('C11 again and again where there is no watch, as slow polling', async () => {
    const server = await serverWith('a');
    server.inject({ fault: 'status', code: 405, verb: 'watch', times: Infinity });
    const followed = follow(server, { initialList: 'paged' });
    await followed.until('initDone');
    server.create(configMap('b'));
    await followed.until('initDone', 2);
    expect(followed.lines.slice(2)).toEqual([
      'initDone',
      ...Array.from({ length: 3 }, () => 'interrupted 405'),
      'init stuck',
      'initApply a',
      'initApply b',
      'initDone',
    ]);
  });
});

describe.concurrent('a watch that never worked ends', () => {
  it.each<[string, Refusal, string]>([
    ['C8 with a 401, after fresh credentials were refused too', { code: 401 }, 'error 401'],
    ['C9, L17 with a 403', { code: 403 }, 'error 403'],
    ['C10, W7 with a 404', { code: 404, body: '404 page not found', ...text }, 'error 404'],
    ['C11 with a 405', { code: 405 }, 'error 405'],
    ['C12, W7 with a 400', { code: 400, message: 'no such field' }, 'error 400'],
    ['C12 with a 422', { code: 422 }, 'error 422'],
  ])('%s', async (_, refusal, expected) => {
    const server = await serverWith('a');
    server.inject({ fault: 'status', ...refusal, resource: 'configmaps', times: Infinity });
    const { lines, until } = follow(server, { initialList: 'paged', retry: undefined });
    await until(expected);
    expect(lines).toEqual(['init start', expected.replace('error', 'interrupted'), expected]);
  });

  it('L20 with one error in the words of the server, in however many lines these are', async () => {
    const server = await serverWith('a');
    const refused = JSON.parse(status(403, 'Forbidden', { message: 'you may not' })) as unknown;
    const body = JSON.stringify(refused, null, 2);
    server.inject({ fault: 'status', code: 403, body, ...json });
    const { lines, until, error } = follow(server, { retry: undefined });
    await until('error 403');
    expect(lines).toEqual(['init start', 'interrupted 403', 'error 403']);
    expect(String(error())).toMatch(/you may not \(403 Forbidden\)$/);
  });
});

it.concurrent('C1 is not live by a 200 alone: with the first frame, or a second later', async () => {
  const server = await serverWith('a');
  const followed = follow(server, { initialList: 'paged' });
  await followed.accepted('watch');
  expect(followed.lines).not.toContain('live');
  const accepted = Date.now();
  await followed.until('live');
  expect(Date.now() - accepted).toBeGreaterThanOrEqual(950);
});

it.concurrent('C3 a resourceVersion of the future is accepted, and silent until the server is there', async () => {
  const server = await serverWith('a');
  const future = Number(server.resourceVersion) + 2;
  const followed = follow(server, { resourceVersion: String(future) });
  await followed.until('live');
  for (const name of ['b', 'c', 'd']) server.create(configMap(name));
  await followed.until('apply d');
  expect(followed.lines).toEqual(['live', 'apply d']);
});

it.concurrent('C3 a resourceVersion of before a restore is found out by its silence, and the watch lists', async () => {
  const server = await serverWith('a');
  const followed = follow(server, { resourceVersion: String(Number(server.resourceVersion) + 1_000), idleLimit: 100 });
  await followed.until('initDone');
  expect(followed.lines).toEqual(['live', 'interrupted 504', 'init rollback', 'initApply a', 'initDone']);
});

describe.concurrent('C8 a 401', () => {
  it('is answered with fresh credentials at once, without an event', async () => {
    const server = await serverWith('a');
    server.inject({ fault: 'status', code: 401, verb: 'watch' });
    const followed = follow(server, { initialList: 'paged', retry: constant(10_000) });
    await followed.accepted('watch');
    expect(followed.lines).toEqual(['init start', 'initApply a', 'initDone']);
  });

  it('and another one: a failure', async () => {
    const server = await serverWith('a');
    server.inject({ fault: 'status', code: 401, verb: 'watch', times: 2 });
    const followed = follow(server, { initialList: 'paged' });
    await followed.accepted('watch');
    expect(followed.lines.slice(3)).toEqual(['interrupted 401']);
  });
});

it.concurrent('C16 does not follow a redirect: what it carries is not for others', async () => {
  const { server, cluster } = await served((_, response) => response.writeHead(302, { location: '/login' }).end());
  await follow(cluster).until('interrupted gateway');
  expect(server.requests.map(({ path }) => path).filter((path) => path.startsWith('/login'))).toEqual([]);
});

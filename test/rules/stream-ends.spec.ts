import { afterEach, describe, expect, it, vi } from 'vitest';
import { ManualClock, type Fault } from '../../apiserver/index.js';
import { closeAll, clientOf, send, server as serverOf } from '../fixtures/client.js';
import type { TestResponse } from '../fixtures/servers.js';
import { asked, configMap, follow, named, served, serverWith, closeScene } from './scene.js';

// How streams end, what is said of it, and what is left behind.

afterEach(closeScene);

afterEach(closeAll);

describe('F15, W8 every failure is told once, and to `observe` with the request that it ended:', () => {
  it.each<[string, Fault]>([
    ['a stream that is reset', { fault: 'cut', at: 'headers' }],
    ['a stream that ends too soon', { fault: 'end', at: 'headers' }],
    ['an ERROR frame', { fault: 'error', code: 500 }],
    ['a frame that is none', { fault: 'malformed' }],
    ['a refusal', { fault: 'status', code: 503 }],
    ['a connection that breaks', { fault: 'cut', at: 'request' }],
  ])('%s', async (_, fault) => {
    const server = await serverWith('a');
    const { events, observed, until } = follow(server);
    await until('initDone');
    server.inject({ ...fault, verb: 'watch' });
    server.cut();
    server.create(configMap('b'));
    await until('apply b');
    const told = events.flatMap((event) => (event.type === 'interrupted' ? [event] : []));
    const ends = observed.flatMap((observation) => (observation.type === 'end' ? [observation.error] : []));
    expect([told.length, ends.length]).toEqual([2, 2]);
    // A proper end is none of the request's: the watch makes an error of it, as it came too soon.
    const own = fault.fault === 'end' ? [told[0]?.error, undefined] : told.map(({ error }) => error);
    expect(ends).toEqual(own);
  });
});

it('F3 a broken stream is resumed after its last whole frame', async () => {
  const server = await serverWith('a');
  const { lines, until } = follow(server);
  await until('initDone');
  server.inject({ fault: 'cut', verb: 'watch', at: { frames: 1 } });
  server.cut();
  server.create(configMap('b'));
  const at = server.resourceVersion;
  server.create(configMap('c'));
  await until('apply c');
  expect(asked(server).at(-1)).toBe(`watch ${at}`);
  expect(lines.slice(3)).toEqual([
    ...['interrupted connection', 'live', 'apply b', 'interrupted connection', 'live', 'apply c'],
  ]);
});

it('F2 what the server cuts off because it was read slowly is resumed, and nothing of it is missing', async () => {
  const server = await serverWith('a');
  const large = 'x'.repeat(200_000);
  let slow = 0;
  const { lines, until } = follow(server, {
    first: ({ type }) => {
      if (type === 'apply' && slow++ < 3) for (const until = Date.now() + 40; Date.now() < until;);
    },
  });
  await until('initDone');
  for (let n = 0; n < 60; n++) server.patch(named('a'), { data: { n: String(n), large } });
  server.create(configMap('end'));
  await until('apply end');
  expect(lines.filter((line) => line === 'apply a')).toHaveLength(60);
  expect(lines.filter((line) => line.startsWith('init '))).toEqual(['init start']);
});

it('F11, J5, L33 a server whose etcd was restored is noticed although it is silent, and listed at ""', async () => {
  const clock = new ManualClock();
  const server = await serverWith('a', { clock });
  const old = server.snapshot();
  server.create(configMap('b'));
  const { lines, until, accepted } = follow(server, { idleLimit: 100 });
  await until('initDone');
  server.inject({ fault: 'noBookmarks', verb: 'watch', request: 2, times: Infinity });
  clock.advance(61_000);
  await until('bookmark');

  await server.restore(old);
  await accepted('watch', 2);
  await until('live');
  // The server waits 3 s for the revision that the question is about.
  await vi.waitUntil(() => asked(server).some((request) => request.startsWith('list limit=1 ')));
  clock.advance(3_100);
  await until('init rollback');
  await until('initDone', 2);
  expect(lines.slice(lines.indexOf('init rollback'))).toEqual(['init rollback', 'initApply a', 'initDone']);
  expect(asked(server).at(-1)).toBe('stream ""');
});

it('F12 undici’s own limits, 300 s for headers and between bytes, do not end a quiet watch', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const arrived = Promise.withResolvers<TestResponse>();
    const there = await serverOf((_, response) => arrived.resolve(response), { speaks: 'plain' });
    const { response } = send(clientOf(there.url), '/watch');
    const answer = await arrived.promise;
    await vi.advanceTimersByTimeAsync(400_000);
    answer.writeHead(200, { 'content-type': 'application/json' }).write('first');
    const body = (await response).body[Symbol.asyncIterator]();
    const text = async (): Promise<string> => Buffer.from((await body.next()).value as Uint8Array).toString();
    expect(await text()).toBe('first');
    await vi.advanceTimersByTimeAsync(400_000);
    answer.write('later');
    expect(await text()).toBe('later');
  } finally {
    vi.useRealTimers();
  }
});

describe('F13, F14 unsubscribing ends the request, and nothing is said after it:', () => {
  it.each([
    ['before the headers', false],
    ['in the middle of the stream', true],
  ])('%s', async (_, answers) => {
    const [arrived, gone] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const { server, cluster } = await served((__, response) => {
      response.on('close', () => gone.resolve(undefined));
      if (answers) response.writeHead(200, { 'content-type': 'application/json' }).write('{"type":');
      arrived.resolve(undefined);
    });
    const followed = follow(cluster);
    await (answers ? followed.accepted('watch') : arrived.promise);
    followed.subscription.unsubscribe();
    await gone.promise;
    await vi.waitUntil(() => server.open.size === 0);
    expect(followed.lines).toEqual(['init start']);
  });

  it('while it waits to try again', async () => {
    const server = await serverWith('a');
    server.inject({ fault: 'status', code: 503, resource: 'configmaps' });
    const followed = follow(server);
    await followed.until('interrupted 503');
    const before = asked(server).length;
    followed.subscription.unsubscribe();
    // Another watch is through all of that meanwhile.
    await follow(server).until('initDone');
    expect(asked(server)).toHaveLength(before + 1);
    expect(followed.lines).toEqual(['init start', 'interrupted 503']);
  });
});

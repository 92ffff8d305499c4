import { afterAll, describe, expect, it } from 'vitest';
import {
  asked,
  bookmark,
  configMap,
  follow,
  frame,
  MARKER,
  served,
  serverWith,
  status,
  wire,
  closeScene,
} from './scene.js';

// What the bytes of a watch may look like, and what is made of those that are no frames.

afterAll(closeScene);

const json = { 'content-type': 'application/json' };

describe.concurrent('D1 frames may be written in any way', () => {
  it.each([
    ['with blank lines and \\r\\n between them', '\r\n\n \r\n'],
    ['with one that was split by nothing', frame('BOOKMARK', bookmark('1000')).trimEnd()],
  ])('%s', async (_, text) => {
    const server = await serverWith('a');
    server.inject({ fault: 'malformed', text, verb: 'watch', at: { frames: 2 } });
    const { lines, until } = follow(server);
    await until('initDone');
    server.create(configMap('b'));
    await until('apply b');
    expect(lines.filter((line) => line.startsWith('interrupted'))).toEqual([]);
  });

  it.each([
    ['several at once, the last without a newline', (text: string) => [text]],
    ['byte by byte', (text: string) => Array.from(Buffer.from(text), (byte) => Uint8Array.of(byte))],
  ])('%s; D2 whatever that cuts in two', async (_, cut) => {
    const { cluster } = await served(({ path }, response) => {
      response.writeHead(200, json);
      if (!path.includes('sendInitialEvents')) return;
      const object = wire('a', '5', { data: { greeting: 'Grüße, 世界 🌍' } });
      for (const chunk of cut(frame('ADDED', object) + frame('BOOKMARK', bookmark('9', MARKER)).trimEnd()))
        response.write(chunk);
      response.end();
    });
    const { events, until } = follow(cluster);
    await until('initDone');
    expect(events[1]).toMatchObject({ object: { data: { greeting: 'Grüße, 世界 🌍' } } });
  });
});

describe.concurrent('the same position again after', () => {
  it.each([
    [
      'D3 an end in the middle of a frame, although it is a proper one',
      { fault: 'end' },
      /ended in the middle of a frame$/,
    ],
    ['F3 a reset in the middle of a frame', { fault: 'cut' }, /./],
  ] as const)('%s', async (_, fault, message) => {
    const server = await serverWith('a');
    const at = server.resourceVersion;
    server.inject({ ...fault, verb: 'watch', at: { bytes: 40 } });
    const { lines, until } = follow(server, { initialList: 'paged' });
    await until('initDone');
    server.create(configMap('b'));
    const failure = await until('interrupted connection');
    expect(failure?.type === 'interrupted' && failure.error.message).toMatch(message);
    await until('apply b');
    expect(lines.slice(3)).toEqual(['interrupted connection', 'live', 'apply b']);
    expect(asked(server)).toEqual(['list limit=500', `watch ${at}`, `watch ${at}`]);
  });
});

const noFrames: readonly (readonly [string, string])[] = [
  ['D5, L35 what is not JSON', '{"type":"ADDED","object":{\n'],
  ['D6 an object of another kind', frame('ADDED', wire('s', '77', { kind: 'Secret' }))],
  ['D7, L3 an object without a resourceVersion', frame('ADDED', wire('s', ''))],
  ['D7 an object without a name', frame('ADDED', wire('', '77'))],
  ['E10 a frame of unknown type', frame('RENAMED', wire('s', '77'))],
  ['D4 a frame of more than 16 MiB', frame('ADDED', wire('s', '77', { data: { x: 'x'.repeat(16 * 1024 * 1024) } }))],
];

describe.concurrent(
  'it is never skipped, as a change could hide in it: read again, and listed anew the second time',
  () => {
    it.each(noFrames)('%s', async (_, text) => {
      const server = await serverWith('a');
      const at = server.resourceVersion;
      server.inject({ fault: 'malformed', text, verb: 'watch', times: 2 });
      const { lines, until } = follow(server, { initialList: 'paged' });
      await until('initDone');
      // It would move the position past what was not understood, if that were skipped.
      server.create(configMap('b'));
      await until('initDone', 2);
      expect(lines.slice(3)).toEqual([
        ...['interrupted decode', 'interrupted decode'],
        ...['init stuck', 'initApply a', 'initApply b', 'initDone'],
      ]);
      expect(asked(server).slice(0, 4)).toEqual(['list limit=500', `watch ${at}`, `watch ${at}`, 'list limit=500']);
    });
  },
);

it.concurrent.each([
  ['D7, L34 a bookmark without a resourceVersion is a sign of life, and no position', bookmark('')],
  ['L8 so is one without anything', {}],
])('%s', async (_, object) => {
  const server = await serverWith('a');
  const at = server.resourceVersion;
  server.inject({ fault: 'malformed', text: frame('BOOKMARK', object), verb: 'watch' });
  const { lines, until, accepted } = follow(server, { initialList: 'paged' });
  await until('live');
  server.cut();
  await accepted('watch', 2);
  expect(asked(server)).toEqual(['list limit=500', `watch ${at}`, `watch ${at}`]);
  expect(lines).not.toContain('bookmark');
});

it.concurrent('E10 a bare Status in place of a frame is an ERROR', async () => {
  const server = await serverWith('a');
  const { until } = follow(server);
  await until('initDone');
  server.inject({ fault: 'malformed', text: `${status(410, 'Expired')}\n`, verb: 'watch' });
  server.cut();
  await until('interrupted 410');
  await until('init expired');
});

it.concurrent('D10 keeps a large number in text; one that is no text loses digits', async () => {
  const { cluster } = await served((_, response) => {
    const text = frame('ADDED', wire('a', '90071992547409931234', { data: { large: 0 } }));
    response.writeHead(200, json).write(text.replace('"large":0', '"large":9007199254740993'));
  });
  const { events, until } = follow(cluster);
  await until('initApply a');
  expect(events[1]).toMatchObject({
    object: { metadata: { resourceVersion: '90071992547409931234' }, data: { large: 9007199254740992 } },
  });
});

describe.concurrent('D12 the content type', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'application/vnd.example+json', undefined])(
    '%s is taken',
    async (type) => {
      const { cluster } = await served((_, response) =>
        response
          .writeHead(200, type === undefined ? {} : { 'content-type': type })
          .write(frame('ADDED', wire('a', '5'))),
      );
      await follow(cluster).until('initApply a');
    },
  );

  it.each(['text/html', 'application/vnd.kubernetes.protobuf;stream=watch', 'application/cbor-seq'])(
    '%s is not',
    async (type) => {
      const { cluster } = await served((_, response) =>
        response.writeHead(200, { 'content-type': type }).write(frame('ADDED', wire('a', '5'))),
      );
      const { lines, until } = follow(cluster);
      await until('interrupted gateway');
      expect(lines).toEqual(['init start', 'interrupted gateway']);
    },
  );
});

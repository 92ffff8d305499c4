import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WatchError } from '../errors.js';
import type { KubernetesObject } from '../events.js';
import type { WatchFrame } from '../protocol/messages.js';
import { createFrameDecoder, type FrameDecoderOptions } from './decoder.js';

const request = 'watch pods in namespace "default"';
const utf8 = new TextEncoder();

/** All frames of a body, and the error that it ends with, if any. */
function decode(chunks: readonly (string | Uint8Array)[], options: Partial<FrameDecoderOptions> = {}): Decoded {
  const decoder = createFrameDecoder({ request, ...options });
  const frames: WatchFrame[] = [];
  try {
    for (const chunk of chunks) {
      for (const frame of decoder.push(typeof chunk === 'string' ? utf8.encode(chunk) : chunk)) frames.push(frame);
    }
    for (const frame of decoder.end()) frames.push(frame);
    return { frames, error: undefined };
  } catch (error) {
    if (!(error instanceof WatchError)) throw error;
    return { frames, error };
  }
}

interface Decoded {
  readonly frames: WatchFrame[];
  readonly error: WatchError | undefined;
}

const pod = (name: string, resourceVersion = '1'): KubernetesObject =>
  ({ kind: 'Pod', apiVersion: 'v1', metadata: { name, uid: `uid-${name}`, resourceVersion } }) as KubernetesObject;
const added = (object: unknown): string => JSON.stringify({ type: 'ADDED', object });
const A = added(pod('a'));
const B = added(pod('b'));
const a = { type: 'ADDED', object: pod('a') };
const b = { type: 'ADDED', object: pod('b') };

describe('framing', () => {
  it.each([
    ['one frame a chunk', [`${A}\n`, `${B}\n`]],
    ['several frames a chunk', [`${A}\n${B}\n`]],
    ['a frame over many chunks', Array.from(`${A}\n${B}\n`)],
    ['D1 carriage returns', [`${A}\r\n${B}\r\n`]],
    ['D1 blank lines', ['\n\r\n', `${A}\n\n  \n${B}\n`, '\n \r\n']],
    ['D1 several values on a line', [`${A}${B}\n`]],
    ['D1 several values on a line, with blanks', [` ${A} \t${B} \r\n`]],
    ['D1, D3 several values and no newline at all', [`${A}${B}`]],
    ['D3 no newline at the end', [`${A}\n${B}`]],
    ['an empty chunk', ['', `${A}\n`, '', `${B}\n`]],
  ])('%s', (_, chunks) => {
    expect(decode(chunks)).toEqual({ frames: [a, b], error: undefined });
  });

  it('an empty body has no frames', () => {
    expect(decode([])).toEqual({ frames: [], error: undefined });
    expect(decode(['\n', ' \r'])).toEqual({ frames: [], error: undefined });
  });

  it('D2 a character over two chunks', () => {
    const bytes = utf8.encode(`${added(pod('é€𝄞'))}\n`);
    for (let cut = 0; cut < bytes.length; cut += 1) {
      const { frames } = decode([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(frames).toEqual([{ type: 'ADDED', object: pod('é€𝄞') }]);
    }
  });

  it('replaces what is not UTF-8, as Go does: one bad byte must not end a watch for ever', () => {
    const bytes = utf8.encode(`${added(pod('a#'))}\n`).map((byte) => (byte === 0x23 ? 0xff : byte));
    expect(decode([bytes]).frames).toMatchObject([{ object: { metadata: { name: 'a\ufffd' } } }]);
  });

  it.each([
    ['in the middle', '{"type":"ADDED","object":{"meta'],
    ['in a string with brackets', '{"type":"ADDED","object":{"a":"}}\\"}}'],
    ['in the middle of a character', utf8.encode('{"type":"ADDED","object":{"a":"é').subarray(0, -1)],
  ])('D3 a frame that was cut %s by the end is a broken connection', (_, tail) => {
    const { frames, error } = decode([`${A}\n`, tail]);
    expect(frames).toEqual([a]);
    expect(error).toMatchObject({
      kind: 'connection',
      message: 'watch pods in namespace "default": the stream ended in the middle of a frame',
    });
  });

  it('D3 what is whole before the cut is delivered, even on one line', () => {
    expect(decode([`${A}${B.slice(0, -1)}`])).toMatchObject({ frames: [a], error: { kind: 'connection' } });
  });

  it('any chunking of the same bytes yields the same frames and the same end', () => {
    const line = fc.oneof(
      { weight: 6, arbitrary: fc.string({ unit: 'binary' }).map((name) => added(pod(name))) },
      fc.constantFrom('', '\r', ' ', A + B, `${A}\r`, 'nonsense', '{"type":"ADDED"', added(pod('x'.repeat(200)))),
    );
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), fc.array(fc.nat(64)), (lines, newline, sizes) => {
        const bytes = utf8.encode(lines.join('\n') + (newline ? '\n' : ''));
        const chunks: Uint8Array[] = [];
        for (let start = 0, i = 0; start < bytes.length; i += 1) {
          const size = sizes.length === 0 ? bytes.length : (sizes[i % sizes.length] ?? 0) + (i % 2);
          chunks.push(bytes.subarray(start, start + size));
          start += size;
        }
        const options = { maxFrameBytes: 250 };
        const [whole, cut] = [decode([bytes], options), decode(chunks, options)];
        expect(cut.frames).toEqual(whole.frames);
        expect([cut.error?.kind, cut.error?.message]).toEqual([whole.error?.kind, whole.error?.message]);
      }),
    );
  });
});

describe('frames', () => {
  it.each(['ADDED', 'MODIFIED', 'DELETED'])('%s has the object that the server sent', (type) => {
    expect(decode([JSON.stringify({ type, object: pod('a') })]).frames).toEqual([{ type, object: pod('a') }]);
  });

  it.each([
    ['E7 a bookmark', { resourceVersion: '7' }, { resourceVersion: '7', initialEventsEnd: false }],
    ['D7 a bookmark without a resourceVersion', {}, { resourceVersion: '', initialEventsEnd: false }],
    ['L8 a bookmark without metadata', null, { resourceVersion: '', initialEventsEnd: false }],
    [
      'H3 the marker',
      { resourceVersion: '7', annotations: { 'k8s.io/initial-events-end': 'true' } },
      { resourceVersion: '7', initialEventsEnd: true },
    ],
    [
      'H3 a marker that says false is none',
      { resourceVersion: '7', annotations: { 'k8s.io/initial-events-end': 'false' } },
      { resourceVersion: '7', initialEventsEnd: false },
    ],
  ])('%s', (_, metadata, expected) => {
    const { frames } = decode([
      JSON.stringify({ type: 'BOOKMARK', object: { kind: 'Pod', apiVersion: 'v1', metadata } }),
    ]);
    expect(frames).toEqual([{ type: 'BOOKMARK', kind: 'Pod', ...expected }]);
  });

  it('a bookmark may not say its kind', () => {
    expect(decode(['{"type":"BOOKMARK","object":{}}']).frames).toMatchObject([{ kind: undefined }]);
  });

  it('C1 an ERROR frame has the words of its Status', () => {
    const object = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'too old resource version: 1 (12345)',
      reason: 'Expired',
      code: 410,
    };
    const { frames, error } = decode([JSON.stringify({ type: 'ERROR', object })]);
    expect(error).toBeUndefined();
    expect(frames).toMatchObject([
      {
        type: 'ERROR',
        error: {
          message: 'watch pods in namespace "default": too old resource version: 1 (12345) (410 Expired)',
          kind: 'status',
          code: 410,
          reason: 'Expired',
          status: { message: object.message, reason: 'Expired', code: 410 },
        },
      },
    ]);
  });

  it('F10 an ERROR frame has its causes and how long to wait', () => {
    const frame =
      '{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Timeout: Too large resource version: 99999, current: 12345","reason":"Timeout","details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1},"code":504}}';
    expect(decode([frame]).frames).toMatchObject([
      {
        error: {
          code: 504,
          retryAfter: 1000,
          status: { details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
        },
      },
    ]);
  });

  it.each(['{}', '{"kind":"Pod","secret":"canary"}', 'null', '"canary"', '[1]'])(
    'D8 an ERROR frame may have anything: %s',
    (object) => {
      const { frames } = decode([`{"type":"ERROR","object":${object}}`]);
      expect(frames).toMatchObject([{ type: 'ERROR', error: { kind: 'status', code: undefined, status: undefined } }]);
      expect(JSON.stringify(frames[0])).not.toContain('canary');
    },
  );

  it('E10 a Status in place of a frame is an ERROR frame', () => {
    const status = '{"kind":"Status","status":"Failure","message":"no","reason":"Forbidden","code":403}';
    expect(decode([status]).frames).toMatchObject([{ type: 'ERROR', error: { kind: 'status', code: 403 } }]);
  });

  it('a key __proto__ is harmless', () => {
    const { frames } = decode(['{"type":"ADDED","object":{"metadata":{"__proto__":{"polluted":true}}}}']);
    const { object } = frames[0] as { object: KubernetesObject };
    expect(Object.getPrototypeOf(object.metadata)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(decode(['{"__proto__":{"type":"ADDED","object":{}}}']).error?.kind).toBe('decode');
  });

  it('are converted where that was asked for', () => {
    const { frames } = decode([`${A}\n{"type":"BOOKMARK","object":{}}`], { convert: () => ({ kind: 'Converted' }) });
    expect(frames).toMatchObject([{ object: { kind: 'Converted' } }, { kind: 'Converted' }]);
  });
});

describe('what is not a frame is an error that does not quote it', () => {
  it.each([
    ['D5 no JSON', '{"type":"ADDED","object":{"password":canary}}'],
    ['D5 a frame cut short by a newline', '{"type":"ADDED","object":{"password":"canary\n'],
    ['a web page', '<html>canary</html>'],
    ['garbage after a frame', '{"type":"BOOKMARK","object":{}}canary'],
    ['a value that is no object', '"canary"'],
    ['an array', '[{"type":"ADDED","object":{"password":"canary"}}]'],
    ['E10 an unknown type', '{"type":"canary","object":{}}'],
    ['no type', '{"object":{"password":"canary"}}'],
    ['no object', '{"type":"ADDED","password":"canary"}'],
    ['null for an object', '{"type":"DELETED","object":null,"password":"canary"}'],
    ['a text for an object', '{"type":"MODIFIED","object":"canary"}'],
    ['an array for an object', '{"type":"MODIFIED","object":["canary"]}'],
    ['a bookmark without an object', '{"type":"BOOKMARK","password":"canary"}'],
  ])('%s', (_, line) => {
    for (const body of [[`${A}\n`, `${line}\n`, `${B}\n`], [`${A}\n${line}\n${B}\n`]]) {
      const { frames, error } = decode(body);
      expect(frames[0]).toEqual(a);
      expect(frames).not.toContainEqual(b);
      expect(error).toMatchObject({ kind: 'decode' });
      expect(error?.message).toMatch(/^watch pods in namespace "default": a frame /);
      expect(`${error?.message} ${String(error?.cause)} ${error?.stack}`).not.toContain('canary');
    }
  });

  it('D4 a frame may be as large as the limit, and no larger', () => {
    const options = { maxFrameBytes: A.length };
    expect(decode([`${A}\n${A}\n`], options).frames).toHaveLength(2);
    for (const chunks of [[`${A} \n`], [A, ' ', '\n'], Array.from(`${A} `)]) {
      expect(decode(chunks, options)).toMatchObject({
        frames: [],
        error: { kind: 'decode', message: `${request}: a frame of more than ${A.length} bytes` },
      });
    }
  });

  it('D4 gives up on a frame when it is too large, not when it ends', () => {
    const decoder = createFrameDecoder({ request });
    const mebibyte = new Uint8Array(1024 * 1024).fill(0x20);
    for (let i = 0; i < 16; i += 1) expect([...decoder.push(mebibyte)]).toEqual([]);
    expect(() => [...decoder.push(Uint8Array.of(0x20))]).toThrow('a frame of more than 16777216 bytes');
  });
});

describe('costs', () => {
  it('a consumer that stops midway through a chunk has not paid for the rest', () => {
    let converted = 0;
    const convert = <O>(object: O): O => {
      converted += 1;
      return object;
    };
    const burst = utf8.encode(`${A}\n`.repeat(100_000));
    const frames = createFrameDecoder({ request, convert }).push(burst)[Symbol.iterator]();
    for (let i = 0; i < 3; i += 1) frames.next();
    frames.return?.();
    expect(converted).toBe(3);
  });

  it('D4 a frame that comes byte by byte costs what its bytes cost', () => {
    const decoder = createFrameDecoder({ request });
    const bytes = utf8.encode(`${added({ metadata: {}, data: 'x'.repeat(500_000) })}\n`);
    let frames = 0;
    for (let i = 0; i < bytes.length; i += 1) frames += [...decoder.push(bytes.subarray(i, i + 1))].length;
    expect(frames).toBe(1);
  });
});

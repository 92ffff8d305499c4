import { describe, expect, it, vi } from 'vitest';
import { CONFIG_MAPS, RecordedAnswer, TestApi, type Query } from '../test/fixtures/answer.js';
import { ManualClock } from './clock.js';
import type { Answer } from './exchange.js';
import { Faults, type Actions, type At, type Fault } from './faults.js';
import { route } from './route.js';
import { Storage } from './storage.js';

/** A frame with a character of two bytes, of three and of four. */
const FRAMES = ['{"é":1}\n', '{"€":2}\n', '{"𝄞":3}\n'];
const BYTES = Buffer.from(FRAMES.join(''));
/** Where a frame ends: 9, 19 and 30 bytes. */
const ENDS = [9, 19, 30];

/** A server that answers every request with three frames, and then waits. */
class Scripted {
  readonly clock = new ManualClock(0);
  readonly actions = {
    compact: vi.fn<Actions['compact']>(),
    restart: vi.fn<Actions['restart']>(),
    restore: vi.fn<Actions['restore']>(),
    refuse: vi.fn<Actions['refuse']>(),
  };
  readonly faults = new Faults(this.clock, this.actions);
  /** How many requests got as far as the server itself. */
  handled = 0;
  /** Of the last one that did. */
  inner: Answer | undefined;

  watch(path = '/api/v1/namespaces/default/pods?watch=true', answer = new RecordedAnswer()): RecordedAnswer {
    return this.request('GET', path, answer);
  }

  request(method: string, path: string, answer = new RecordedAnswer()): RecordedAnswer {
    const info = route(method, path);
    if (info === undefined) throw new Error(`no request: ${method} ${path}`);
    this.faults.admit(info, answer, (_, to) => {
      this.handled++;
      this.inner = to;
      to.head(200, { 'content-type': 'application/json' });
      for (const frame of FRAMES) to.write(Buffer.from(frame));
    });
    return answer;
  }
}

/** What came of a watch with this fault: status, text, and how it stands. */
function hit(...faults: Fault[]): [status: number, text: string, state: RecordedAnswer['state']] {
  const server = new Scripted();
  for (const fault of faults) server.faults.inject(fault);
  const { status, text, state } = server.watch();
  return [status, text, state];
}

const whole = FRAMES.join('');

describe('a cut', () => {
  it('by default happens to the request: nothing is answered, and the server never hears of it', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'cut' });
    expect(server.watch()).toMatchObject({ status: 0, chunks: [], state: 'stream cut' });
    expect(server.handled).toBe(0);
  });

  it('F3 may happen after the headers, before any byte', () => {
    expect(hit({ fault: 'cut', at: 'headers' })).toEqual([200, '', 'stream cut']);
    expect(hit({ fault: 'cut', at: { bytes: 0 } })).toEqual([200, '', 'stream cut']);
    expect(hit({ fault: 'cut', at: { frames: 0 } })).toEqual([200, '', 'stream cut']);
  });

  it.each(Array.from({ length: BYTES.length }, (_, bytes) => bytes + 1))(
    'D2, D3, F3 may happen after %i bytes, in the middle of a frame or a character, or at the end of either',
    (bytes) => {
      const server = new Scripted();
      server.faults.inject({ fault: 'cut', at: { bytes } });
      const answer = server.watch();
      expect(answer.bytes).toEqual(BYTES.subarray(0, bytes));
      expect(answer.state).toBe('stream cut');
    },
  );

  it.each([1, 2, 3])('F3 may happen after %i frames', (frames) => {
    expect(hit({ fault: 'cut', at: { frames } })).toEqual([200, FRAMES.slice(0, frames).join(''), 'stream cut']);
  });

  it('is the same at the end of a frame and at the byte where it ends', () => {
    for (const [index, bytes] of ENDS.entries())
      expect(hit({ fault: 'cut', at: { bytes } })).toEqual(hit({ fault: 'cut', at: { frames: index + 1 } }));
  });

  it('waits for a byte, or a frame, that has not come yet', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'cut', at: { frames: 4 } });
    const answer = server.watch();
    expect(answer.state).toBe('open');
    server.inner?.write(Buffer.from('{}\n'));
    expect([answer.text, answer.state]).toEqual([`${whole}{}\n`, 'stream cut']);
  });

  it('of the connection takes everything with it', () => {
    expect(hit({ fault: 'cut', connection: true, at: { frames: 1 } })).toEqual([200, FRAMES[0], 'connection cut']);
  });

  it('leaves nothing for the server to say', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'cut', at: { frames: 1 } });
    const answer = server.watch();
    server.inner?.write(Buffer.from('{}\n'));
    server.inner?.end();
    expect([answer.text, answer.state]).toEqual([FRAMES[0], 'stream cut']);
  });
});

describe('an early end', () => {
  it.each<[Fault, [number, string, string]]>([
    [{ fault: 'end' }, [0, '', 'ended']],
    [{ fault: 'end', at: 'headers' }, [200, '', 'ended']],
    [{ fault: 'end', at: { bytes: 0 } }, [200, '', 'ended']],
    [{ fault: 'end', at: { bytes: 3 } }, [200, '{"é'.slice(0, 2) + '\ufffd', 'ended']],
    [{ fault: 'end', at: { bytes: 4 } }, [200, '{"é', 'ended']],
    [{ fault: 'end', at: { bytes: 9 } }, [200, FRAMES[0] ?? '', 'ended']],
    [{ fault: 'end', at: { frames: 2 } }, [200, FRAMES.slice(0, 2).join(''), 'ended']],
  ])('F1, F4, D3 %j', (fault, expected) => {
    expect(hit(fault)).toEqual(expected);
  });
});

describe('a delay', () => {
  it.each<[Fault, before: [number, string]]>([
    [{ fault: 'delay', ms: 500 }, [0, '']],
    [{ fault: 'delay', ms: 500, at: 'headers' }, [200, '']],
    [{ fault: 'delay', ms: 500, at: { bytes: 0 } }, [200, '']],
    [{ fault: 'delay', ms: 500, at: { bytes: 11 } }, [200, '{"é":1}\n{"']],
    [{ fault: 'delay', ms: 500, at: { bytes: 19 } }, [200, FRAMES.slice(0, 2).join('')]],
    [{ fault: 'delay', ms: 500, at: { frames: 1 } }, [200, FRAMES[0] ?? '']],
  ])('%j holds up what comes after it, and loses nothing of it', (fault, [status, text]) => {
    const server = new Scripted();
    server.faults.inject(fault);
    const answer = server.watch();
    expect(answer).toMatchObject({ status, text, state: 'open' });
    server.clock.advance(499);
    expect(answer).toMatchObject({ status, text, state: 'open' });
    server.clock.advance(1);
    expect(answer).toMatchObject({ status: 200, text: whole, state: 'open' });
  });

  it('holds up the end as well', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'delay', ms: 500, at: { frames: 2 } });
    const answer = server.watch();
    server.inner?.end();
    expect(answer.state).toBe('open');
    server.clock.advance(500);
    expect(answer).toMatchObject({ text: whole, state: 'ended' });
  });

  it('may happen several times on the way', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'delay', ms: 100, at: { frames: 1 } });
    server.faults.inject({ fault: 'delay', ms: 100, at: { bytes: 12 } });
    const answer = server.watch();
    const lengths = [answer.bytes.length];
    for (let i = 0; i < 2; i++) {
      server.clock.advance(100);
      lengths.push(answer.bytes.length);
    }
    expect(lengths).toEqual([9, 12, 30]);
  });

  it('in front of another fault holds that up, too: a slow 503', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'delay', ms: 500 });
    server.faults.inject({ fault: 'status', code: 503 });
    const answer = server.watch();
    expect(answer.status).toBe(0);
    server.clock.advance(500);
    expect(answer).toMatchObject({ status: 503, state: 'ended' });
    expect(server.handled).toBe(0);
  });

  it('in front of another fault at the same frame', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'delay', ms: 500, at: { frames: 2 } });
    server.faults.inject({ fault: 'cut', at: { frames: 2 } });
    const answer = server.watch();
    expect(answer).toMatchObject({ text: FRAMES.slice(0, 2).join(''), state: 'open' });
    server.clock.advance(500);
    expect(answer).toMatchObject({ text: FRAMES.slice(0, 2).join(''), state: 'stream cut' });
  });

  it('is over when the client goes', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'delay', ms: 500 });
    server.watch().leave();
    server.clock.advance(500);
    expect(server.handled).toBe(0);
  });

  it('counts as backlog, so that who is held up looks slow (F2)', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'delay', ms: 500, at: 'headers' });
    server.watch();
    expect(server.inner?.backlog).toBe(30);
    server.clock.advance(500);
    expect(server.inner?.backlog).toBe(0);
  });
});

describe('a freeze', () => {
  it.each<[Fault, before: [number, string]]>([
    [{ fault: 'freeze' }, [0, '']],
    [{ fault: 'freeze', at: 'headers' }, [200, '']],
    [{ fault: 'freeze', at: { bytes: 12 } }, [200, '{"é":1}\n{"\ufffd']],
    [{ fault: 'freeze', at: { frames: 2 } }, [200, FRAMES.slice(0, 2).join('')]],
  ])('F11 of one answer, %j, says nothing more, until all are thawed', (fault, [status, text]) => {
    const server = new Scripted();
    server.faults.inject(fault);
    const answer = server.watch();
    const other = server.watch();
    server.clock.advance(3_600_000);
    expect(answer).toMatchObject({ status, text, state: 'open' });
    expect(other.text).toBe(whole);
    server.faults.thaw();
    expect(answer).toMatchObject({ status: 200, text: whole, state: 'open' });
  });

  it('F11 of the server holds up what is open and what comes; a thaw delivers all of it, in its order', () => {
    const server = new Scripted();
    const open = server.watch();
    const { inner } = server;
    server.faults.freeze();
    for (const text of ['4\n', '5\n']) inner?.write(Buffer.from(text));
    inner?.end();
    const later = [server.watch(), server.watch()];
    expect(open).toMatchObject({ text: whole, state: 'open' });
    expect(later.map(({ status }) => status)).toEqual([0, 0]);
    expect(server.handled).toBe(1);
    server.faults.thaw();
    expect(open).toMatchObject({ text: `${whole}4\n5\n`, state: 'ended' });
    expect(later.map(({ text }) => text)).toEqual([whole, whole]);
  });

  it('lets requests in by the order in which they came', () => {
    const server = new Scripted();
    const order: string[] = [];
    server.faults.freeze();
    for (const name of ['a', 'b', 'c']) {
      const info = route('POST', `/api/v1/namespaces/${name}/pods`);
      if (info !== undefined)
        server.faults.admit(info, new RecordedAnswer(), ({ namespace }) => void order.push(namespace ?? ''));
    }
    server.faults.thaw();
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('twice is undone by one thaw, and a thaw of nothing does nothing', () => {
    const server = new Scripted();
    server.faults.thaw();
    const answer = server.watch();
    server.faults.freeze();
    server.faults.freeze();
    server.inner?.write(Buffer.from('4\n'));
    server.faults.thaw();
    expect(answer.text).toBe(`${whole}4\n`);
  });

  it('does not shorten delays when it ends, nor do they end it', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'delay', ms: 500, at: { frames: 1 } });
    const answer = server.watch();
    server.faults.thaw();
    server.clock.advance(499);
    expect(answer.text).toBe(FRAMES[0]);
    server.faults.freeze();
    server.clock.advance(1);
    expect(answer.text).toBe(FRAMES[0]);
    server.faults.thaw();
    expect(answer.text).toBe(whole);
  });

  it('closes nothing: what would cut a request waits as well', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'cut' });
    server.faults.freeze();
    const answer = server.watch();
    expect(answer.state).toBe('open');
    server.faults.thaw();
    expect(answer.state).toBe('stream cut');
  });

  it('holds nothing for clients that have gone', () => {
    const server = new Scripted();
    server.faults.freeze();
    server.watch().leave();
    server.faults.thaw();
    expect(server.handled).toBe(0);
  });
});

describe('a status', () => {
  const refused = (fault: Omit<Extract<Fault, { fault: 'status' }>, 'fault'>): RecordedAnswer => {
    const server = new Scripted();
    server.faults.inject({ fault: 'status', ...fault });
    const answer = server.watch();
    expect(server.handled).toBe(0);
    expect(answer.state).toBe('ended');
    return answer;
  };

  it.each([
    [400, 'BadRequest'],
    [401, 'Unauthorized'],
    [403, 'Forbidden'],
    [404, 'NotFound'],
    [405, 'MethodNotAllowed'],
    [409, 'Conflict'],
    [410, 'Expired'],
    [422, 'Invalid'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
    [504, 'Timeout'],
  ])('of %i is a Status with the reason %s', (code, reason) => {
    const answer = refused({ code });
    expect(answer.status).toBe(code);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.json).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason });
  });

  it('has the words and the reason that it is given', () => {
    const answer = refused({ code: 500, reason: 'StoreReadError', message: 'failed to read' });
    expect(answer.refusal).toBe('500 StoreReadError: failed to read');
  });

  it('C7 says when to come again, in a header and in the Status', () => {
    const answer = refused({ code: 429, retryAfter: 7 });
    expect(answer.headers['retry-after']).toBe('7');
    expect(answer.json['details']).toEqual({ retryAfterSeconds: 7 });
  });

  it('C16 may come from somebody else than an API server', () => {
    const answer = refused({ code: 200, body: '<html>Log in</html>', contentType: 'text/html' });
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html' },
      text: '<html>Log in</html>',
    });
    expect(refused({ code: 502, body: 'Bad Gateway' }).headers['content-type']).toMatch(/^text\/plain/);
    expect(refused({ code: 200, body: '' }).text).toBe('');
  });
});

describe('an ERROR frame', () => {
  it('C1 is by default a 410, the first that a watch says, and its last', () => {
    const [status, text, state] = hit({ fault: 'error' });
    expect([status, state]).toEqual([200, 'ended']);
    expect(JSON.parse(text)).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    expect(text.endsWith('}\n')).toBe(true);
  });

  it('may be another, later', () => {
    const [, text, state] = hit({
      fault: 'error',
      code: 500,
      reason: 'StoreReadError',
      message: 'failed to read',
      retryAfter: 3,
      at: { frames: 2 },
    });
    expect(state).toBe('ended');
    const [first, second, third] = text.split('\n');
    expect([`${first ?? ''}\n`, `${second ?? ''}\n`]).toEqual(FRAMES.slice(0, 2));
    expect(JSON.parse(third ?? '')).toMatchObject({
      object: { code: 500, reason: 'StoreReadError', message: 'failed to read', details: { retryAfterSeconds: 3 } },
    });
  });
});

describe('malformed bytes', () => {
  it('D5 are by default a frame that is no JSON, in front of the others', () => {
    const [status, text, state] = hit({ fault: 'malformed' });
    expect([status, state]).toEqual([200, 'open']);
    expect(text.endsWith(whole)).toBe(true);
    const [first = ''] = text.split('\n');
    expect(() => JSON.parse(first) as unknown).toThrow(SyntaxError);
  });

  it.each<[Fault, string]>([
    [{ fault: 'malformed', text: 'x\n', at: { frames: 1 } }, `${FRAMES[0] ?? ''}x\n${FRAMES.slice(1).join('')}`],
    [{ fault: 'malformed', text: 'x', at: { bytes: 10 } }, `${FRAMES[0] ?? ''}{x${whole.slice(9)}`],
    [{ fault: 'malformed', text: '', at: { bytes: 10 } }, whole],
  ])('D5 may be any, anywhere: %j', (fault, text) => {
    expect(hit(fault)).toEqual([200, text, 'open']);
  });
});

describe('a duplicate', () => {
  it('E4 is a frame that is sent twice', () => {
    const [first = '', second = '', third = ''] = FRAMES;
    expect(hit({ fault: 'duplicate', frame: 2 })).toEqual([200, first + second + second + third, 'open']);
  });

  it('together with a cut comes before it', () => {
    const [first = ''] = FRAMES;
    expect(hit({ fault: 'duplicate', frame: 1 }, { fault: 'cut', at: { frames: 1 } })).toEqual([
      200,
      first + first,
      'stream cut',
    ]);
  });
});

describe('lists', () => {
  const listing = (fault: Fault): RecordedAnswer => {
    const api = new TestApi();
    for (const name of 'abc') api.create(name);
    api.faults.inject(fault);
    return api.list();
  };
  const itemsIn = ({ text }: RecordedAnswer): number => text.split('"name":').length - 1;

  it.each([1, 2, 3])('B12 can be cut off after %i items', (frames) => {
    const answer = listing({ fault: 'cut', at: { frames } });
    expect([itemsIn(answer), answer.state]).toEqual([frames, 'stream cut']);
    expect(answer.text.endsWith('}')).toBe(true);
    expect(() => answer.json).toThrow(SyntaxError);
  });

  it('B12 can be cut off before the first item, and after the last byte', () => {
    expect(itemsIn(listing({ fault: 'cut', at: 'headers' }))).toBe(0);
    expect(itemsIn(listing({ fault: 'cut', at: { frames: 0 } }))).toBe(0);
    const { bytes } = listing({ fault: 'delay', ms: 1 });
    expect(bytes).toHaveLength(0);
    const size = new TestApi().list().bytes.length;
    const empty = new TestApi();
    empty.faults.inject({ fault: 'cut', at: { bytes: size } });
    expect(empty.list()).toMatchObject({ json: { items: [] }, state: 'stream cut' });
  });

  it('B12 can be ended early', () => {
    const answer = listing({ fault: 'end', at: { bytes: 100 } });
    expect([answer.bytes.length, answer.state]).toEqual([100, 'ended']);
  });

  it('never have more items than they have', () => {
    const answer = listing({ fault: 'cut', at: { frames: 4 } });
    expect([answer.items.length, answer.state]).toEqual([3, 'ended']);
  });

  it.each([
    [1, ['a@3', 'a@3', 'b@4', 'c@5']],
    [2, ['a@3', 'b@4', 'b@4', 'c@5']],
    [3, ['a@3', 'b@4', 'c@5', 'c@5']],
  ])('can have item %i twice, and are JSON all the same', (frame, items) => {
    expect(listing({ fault: 'duplicate', frame }).items).toEqual(items);
  });
});

describe('no bookmarks', () => {
  it('E7 are sent, except for the one that ends the initial events (H3)', () => {
    const api = new TestApi();
    api.create('a');
    api.faults.inject({ fault: 'noBookmarks' });
    const query: Query = {
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
      timeoutSeconds: 200,
    };
    const [without, with_] = [api.watch(query), api.watch(query)];
    api.clock.advance(150_000);
    api.change('a');
    api.clock.advance(50_000);
    expect(without.told).toEqual(['ADDED a@3', 'MARKER @3', 'MODIFIED a@4', 'ended']);
    expect(with_.told.filter((line) => line.startsWith('BOOKMARK'))).toHaveLength(4);
  });

  it('count as frames that were never there', () => {
    const api = new TestApi();
    api.create('a');
    api.faults.inject({ fault: 'noBookmarks' });
    api.faults.inject({ fault: 'cut', at: { frames: 1 } });
    const watch = api.watch({ resourceVersion: 3, allowWatchBookmarks: true, timeoutSeconds: 600 });
    api.clock.advance(300_000);
    expect(watch.state).toBe('open');
    api.change('a');
    expect(watch.told).toEqual(['MODIFIED a@4', 'stream cut']);
  });
});

describe('ignored parameters', () => {
  it('H7 are as if they had not been there', () => {
    const api = new TestApi();
    api.create('a');
    api.faults.inject({ fault: 'ignore', parameters: ['sendInitialEvents', 'resourceVersionMatch'] });
    const query = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', resourceVersion: 3 };
    expect(api.watch(query)).toMatchObject({ status: 200, told: [] });
    expect(api.watch(query).told).toEqual(['ADDED a@3']);
  });

  it('A4 make a list whole', () => {
    const api = new TestApi();
    for (const name of 'abc') api.create(name);
    api.faults.inject({ fault: 'ignore', parameters: ['limit'] });
    expect(api.list({ limit: 1 }).items).toHaveLength(3);
    expect(api.list({ limit: 1 }).items).toHaveLength(1);
  });

  it('do not make a list of a watch', () => {
    const api = new TestApi();
    api.create('a');
    api.faults.inject({ fault: 'ignore', parameters: ['watch'] });
    expect(api.watch({ resourceVersion: 3 })).toMatchObject({ state: 'open', told: [] });
  });
});

describe('what a server can do at any time', () => {
  it('can be done at a point of a request', () => {
    const server = new Scripted();
    const snapshot = new Storage(1).snapshot();
    const seen: [string, number][] = [];
    server.actions.compact.mockImplementation(() => void seen.push(['compact', server.handled]));
    server.actions.restart.mockImplementation(() => void seen.push(['restart', server.handled]));
    server.actions.restore.mockImplementation(() => void seen.push(['restore', server.handled]));
    server.faults.inject({ fault: 'compact' });
    server.faults.inject({ fault: 'restart', at: { frames: 2 } });
    server.faults.inject({ fault: 'restore', snapshot, at: 'headers' });
    expect(server.watch().text).toBe(whole);
    expect(seen).toEqual([
      ['compact', 0],
      ['restore', 1],
      ['restart', 1],
    ]);
    expect(server.actions.restore).toHaveBeenCalledWith(snapshot);
  });

  const snapshot = new Storage(1).snapshot();
  const doings: readonly Fault[] = [
    { fault: 'compact' },
    { fault: 'restart' },
    { fault: 'restore', snapshot },
    { fault: 'refuse', ms: 1 },
  ];
  const places: readonly (readonly [At, number])[] = [
    ['request', 0],
    ['headers', 0],
    [{ bytes: 0 }, 0],
    [{ bytes: 4 }, 4],
    [{ bytes: 12 }, 12],
    [{ bytes: 19 }, 19],
    [{ frames: 0 }, 0],
    [{ frames: 2 }, 19],
    [{ frames: 3 }, 30],
  ];

  it.each(
    doings.flatMap((fault) => places.map(([at, size]) => [fault.fault, JSON.stringify(at), size, fault, at] as const)),
  )('%s at %s is done when %i bytes are on their way', (name, _, size, fault, at) => {
    const server = new Scripted();
    const answer = new RecordedAnswer();
    let seen = -1;
    const see = (): void => void (seen = answer.bytes.length);
    for (const action of Object.values(server.actions)) action.mockImplementation(see);
    server.faults.inject({ ...fault, at } as Fault);
    server.watch(undefined, answer);
    expect(seen).toBe(size);
    expect(answer.status).toBe(at === 'request' && name === 'refuse' ? 0 : 200);
    // A refusal breaks off what asked for it; for all else that is up to the server.
    expect([answer.bytes.length, answer.state]).toEqual(name === 'refuse' ? [size, 'connection cut'] : [30, 'open']);
  });

  it('C5 can be to refuse connections for a while, which resets the one that asked', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'refuse', ms: 700, at: { frames: 1 } });
    expect(server.watch()).toMatchObject({ text: FRAMES[0], state: 'connection cut' });
    expect(server.actions.refuse).toHaveBeenCalledWith(700);
  });

  it('can happen between the request and what it would have seen', () => {
    const api = new TestApi({ watchCache: false });
    for (const name of 'abc') api.create(name);
    const faults = new Faults(api.clock, {
      compact: () => api.storage.compact(api.revision),
      restart: () => undefined,
      restore: () => undefined,
      refuse: () => undefined,
    });
    faults.inject({ fault: 'compact' });
    const handled = vi.fn(() => expect(api.storage.compacted).toBe(5));
    const info = route('GET', `${CONFIG_MAPS}?watch=true`);
    if (info !== undefined) faults.admit(info, new RecordedAnswer(), handled);
    expect(handled).toHaveBeenCalledOnce();
  });
});

describe('which requests', () => {
  const PODS = '/api/v1/namespaces/default/pods';
  /** Which of these requests, by number, are answered with a 503. */
  const hits = (which: Omit<Fault, 'fault'>, requests: readonly (readonly [string, string])[]): number[] => {
    const server = new Scripted();
    server.faults.inject({ fault: 'status', code: 503, ...which });
    return requests.flatMap(([method, path], index) =>
      server.request(method, path).status === 503 ? [index + 1] : [],
    );
  };
  const REQUESTS = [
    ['GET', PODS],
    ['GET', `${PODS}?watch=true`],
    ['GET', '/api/v1/namespaces/other/pods?watch=1'],
    ['GET', '/api/v1/namespaces/default/secrets'],
    ['GET', '/version'],
    ['POST', PODS],
    ['DELETE', PODS],
    ['DELETE', `${PODS}/a`],
    ['GET', '/api/v1/pods'],
  ] as const;

  it.each<[Omit<Fault, 'fault'>, number[]]>([
    [{}, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [{ verb: 'watch' }, [2, 3]],
    [{ verb: 'list' }, [1, 4, 9]],
    [{ verb: 'create' }, [6]],
    [{ verb: 'deletecollection' }, [7]],
    [{ resource: 'pods' }, [1, 2, 3, 6, 7, 8, 9]],
    [{ resource: 'pods', namespace: 'other' }, [3]],
    [{ namespace: 'default', verb: 'list' }, [1, 4]],
    [{ resource: 'nodes' }, []],
  ])('match %j', (which, expected) => {
    expect(hits({ ...which, times: Infinity }, REQUESTS)).toEqual(expected);
  });

  const same = Array.from({ length: 6 }, () => ['GET', PODS] as const);

  it.each<[Omit<Fault, 'fault'>, number[]]>([
    [{}, [1]],
    [{ request: 3 }, [3]],
    [{ times: 2 }, [1, 2]],
    [{ request: 2, times: 3 }, [2, 3, 4]],
    [{ request: 5, times: Infinity }, [5, 6]],
    [{ request: 9 }, []],
  ])('of those that match, %j', (which, expected) => {
    expect(hits(which, same)).toEqual(expected);
  });

  it('counts only those that match', () => {
    expect(hits({ verb: 'watch', request: 2 }, REQUESTS)).toEqual([3]);
  });

  it('tells how many it has hit', () => {
    const server = new Scripted();
    const injection = server.faults.inject({ fault: 'cut', request: 2, times: 2 });
    const counts = Array.from({ length: 5 }, () => {
      server.watch();
      return injection.hits;
    });
    expect(counts).toEqual([0, 1, 2, 2, 2]);
  });

  it('can be taken back, one fault or all', () => {
    const server = new Scripted();
    const injection = server.faults.inject({ fault: 'cut', times: Infinity });
    server.faults.inject({ fault: 'delay', ms: 1, times: Infinity });
    injection.remove();
    expect(server.watch()).toMatchObject({ state: 'open', status: 0 });
    server.faults.clear();
    expect(server.watch()).toMatchObject({ state: 'open', status: 200 });
    expect(injection.hits).toBe(0);
  });

  it('may have several faults, each with its own count', () => {
    const server = new Scripted();
    server.faults.inject({ fault: 'status', code: 503 });
    server.faults.inject({ fault: 'status', code: 500, times: 2 });
    expect([server.watch().status, server.watch().status, server.watch().status]).toEqual([503, 500, 200]);
  });
});

describe('faults that could not happen', () => {
  it.each<[unknown, string]>([
    [{ fault: 'explode' }, 'fault must be one of cut, end, freeze'],
    [{}, 'fault must be one of'],
    [
      { fault: 'cut', verb: 'lists' },
      'verb must be one of get, list, watch, create, update, patch, delete, deletecollection, got "lists"',
    ],
    [{ fault: 'cut', request: 0 }, 'request must be an integer ≥ 1, got 0'],
    [{ fault: 'cut', request: 1.5 }, 'request must be an integer ≥ 1, got 1.5'],
    [{ fault: 'cut', times: 0 }, 'times must be an integer ≥ 1 or Infinity, got 0'],
    [{ fault: 'cut', times: NaN }, 'times must be an integer ≥ 1 or Infinity, got NaN'],
    [{ fault: 'cut', at: 'body' }, `at must be 'request', 'headers', { bytes } or { frames }, got "body"`],
    [{ fault: 'cut', at: { lines: 1 } }, `at must be 'request', 'headers', { bytes } or { frames }, got {"lines":1}`],
    [{ fault: 'cut', at: { bytes: -1 } }, 'got {"bytes":-1}'],
    [{ fault: 'cut', at: { frames: 0.5 } }, 'got {"frames":0.5}'],
    [{ fault: 'cut', at: { frames: 1, bytes: 1 } }, 'got {"frames":1,"bytes":1}'],
    [{ fault: 'cut', at: {} }, 'got {}'],
    [{ fault: 'cut', at: null }, 'got null'],
    [{ fault: 'error', at: 'request' }, "error cannot happen at 'request': there is no body yet"],
    [{ fault: 'malformed', at: 'request' }, "malformed cannot happen at 'request'"],
    [{ fault: 'delay', ms: -1 }, 'ms must be a number ≥ 0, got -1'],
    [{ fault: 'delay' }, 'ms must be a number ≥ 0, got undefined'],
    [{ fault: 'refuse', ms: Infinity }, 'ms must be a number ≥ 0, got Infinity'],
    [{ fault: 'status', code: 99 }, 'code must be an HTTP status, got 99'],
    [{ fault: 'status' }, 'code must be an HTTP status, got undefined'],
    [{ fault: 'error', code: 1000 }, 'code must be an HTTP status, got 1000'],
    [{ fault: 'status', code: 429, retryAfter: -1 }, 'retryAfter must be a number ≥ 0, got -1'],
    [{ fault: 'duplicate', frame: 0 }, 'frame must be an integer ≥ 1, got 0'],
    [{ fault: 'ignore' }, 'parameters must be an array of names, got undefined'],
    [{ fault: 'ignore', parameters: 'limit' }, 'parameters must be an array of names, got "limit"'],
    [{ fault: 'restore' }, 'snapshot must be one that the server took, got undefined'],
    [{ fault: 'restore', snapshot: {} }, 'snapshot must be one that the server took, got {}'],
  ])('%j: %s', (fault, message) => {
    const server = new Scripted();
    expect(() => server.faults.inject(fault as Fault)).toThrow(message);
    expect(server.watch().text).toBe(whole);
  });
});

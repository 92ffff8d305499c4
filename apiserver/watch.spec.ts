import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  CONFIG_MAPS,
  definition,
  RecordedAnswer,
  search,
  TestApi,
  widget,
  type Query,
  type TestApiOptions,
} from '../test/fixtures/answer.js';
import type { Json } from './objects.js';
import { DEFINITIONS } from './resources.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const SECOND = 1_000;
const MINUTE = 60_000;
const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';

/** As rxkube and client-go ask for a list that is streamed. */
const STREAMED = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: true };
/** Long enough for what a test is about not to end by itself. */
const LONG = { timeoutSeconds: 100_000 };

/** Holds a@3 … and stands at the last of them. */
function withObjects(names: string, options: TestApiOptions = {}): TestApi {
  const api = new TestApi(options);
  for (const name of names) api.create(name);
  return api;
}

/** A watch of what happens from now on. */
function fromNow(api: TestApi, query: Query = {}): RecordedAnswer {
  return api.watch({ resourceVersion: api.revision, ...query });
}

function withWidgets(): TestApi {
  const api = new TestApi();
  define(api);
  for (const name of ['v', 'w']) {
    const target = { collection: api.collection('widgets.example.com'), version: 'v1', namespace: 'default' };
    api.registry.create(target, widget(name));
  }
  return api;
}

function define(api: TestApi): void {
  api.registry.create({ collection: api.collection(DEFINITIONS), version: 'v1', namespace: undefined }, definition());
}

function undefine(api: TestApi): void {
  const collection = api.collection(DEFINITIONS);
  api.registry.delete({ collection, version: 'v1', namespace: undefined, name: 'widgets.example.com' });
}

describe('a watch at a resourceVersion', () => {
  it('E6 begins with what happened since, and goes on with what happens', () => {
    const api = withObjects('ab');
    api.change('a');
    api.delete('b');
    const watch = api.watch({ resourceVersion: 3 });
    expect(watch.status).toBe(200);
    expect(watch.headers['content-type']).toBe('application/json');
    expect(watch.told).toEqual(['ADDED b@4', 'MODIFIED a@5', 'DELETED b@6']);
    api.create('b');
    api.change('b');
    expect(watch.told.slice(3)).toEqual(['ADDED b@7', 'MODIFIED b@8']);
  });

  it('D1 writes a frame a line, and a line a chunk', () => {
    const api = withObjects('a');
    const watch = fromNow(api);
    api.change('a', { data: { text: 'two\nlines' } });
    api.delete('a');
    expect(watch.chunks).toHaveLength(2);
    for (const chunk of watch.chunks)
      expect(chunk.toString().split('\n')).toEqual([expect.stringMatching(/^{.*}$/), '']);
  });

  it('is silent when nothing happens', () => {
    const watch = fromNow(withObjects('a'));
    expect(watch).toMatchObject({ status: 200, state: 'open', chunks: [] });
  });

  it('J4 hears of its own resource only', () => {
    const api = withObjects('a');
    const watch = fromNow(api);
    api.createNamespace('other');
    api.create('b', {}, 'other');
    expect(watch.told).toEqual([]);
    expect(api.watch({ resourceVersion: 3 }, '/api/v1/configmaps').told).toEqual(['ADDED b@5']);
  });

  it('frames carry whole objects, with their type, whatever the kind', () => {
    const api = withWidgets();
    api.create('a', { data: { key: 'value' } });
    expect(api.watch({ resourceVersion: api.revision - 1 }).frames).toMatchObject([
      { type: 'ADDED', object: { kind: 'ConfigMap', apiVersion: 'v1', data: { key: 'value' } } },
    ]);
    expect(api.watch({ resourceVersion: api.revision - 3 }, WIDGETS).frames).toMatchObject([
      { type: 'ADDED', object: { kind: 'Widget', apiVersion: 'example.com/v1', metadata: { name: 'v' } } },
      { type: 'ADDED', object: { kind: 'Widget', apiVersion: 'example.com/v1', metadata: { name: 'w' } } },
    ]);
  });

  it('E2 a deletion carries its own resourceVersion, and the object as it was', () => {
    const api = withObjects('a');
    api.change('a', { data: { last: 'words' } });
    const watch = fromNow(api);
    api.delete('a');
    expect(watch.frames).toMatchObject([
      { type: 'DELETED', object: { metadata: { name: 'a', resourceVersion: '5' }, data: { last: 'words' } } },
    ]);
  });

  it('a write that changes nothing is no event', () => {
    const api = withObjects('a');
    const watch = fromNow(api);
    api.change('a', { data: null });
    expect(watch.told).toEqual([]);
  });

  it('any resumption sees exactly what it missed, or a 410', () => {
    const write = fc.record({ name: fc.constantFrom('a', 'b', 'c'), isDeletion: fc.boolean(), other: fc.boolean() });
    fc.assert(
      fc.property(fc.array(write, { minLength: 5, maxLength: 60, size: 'max' }), fc.boolean(), (writes, watchCache) => {
        const api = new TestApi({ history: 4, watchCache });
        const whole = fromNow(api);
        let namespaces = 0;
        for (const { name, isDeletion, other } of writes) {
          const isThere = api.collection('configmaps').get(`default/${name}`) !== undefined;
          if (other) api.createNamespace(`other-${namespaces++}`);
          else if (!isThere) api.create(name);
          else if (isDeletion) api.delete(name);
          else api.change(name);
        }
        const all = whole.told;
        const atOf = (line: string): number => Number(line.split('@')[1]);
        let expired = 0;
        for (let revision = 2; revision <= api.revision; revision++) {
          const { told } = api.watch({ resourceVersion: revision });
          const missed = all.filter((line) => atOf(line) > revision);
          if (told[0]?.startsWith('ERROR') === true) {
            expired++;
            expect(missed.length).toBeGreaterThan(4);
            expect(told).toEqual(['ERROR 410 Expired', 'ended']);
          } else expect(told).toEqual(missed);
        }
        expect(expired > 0).toBe(all.length > 4);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['J2 a resourceVersion that is no number', { resourceVersion: 'x' }, 500],
    ['A8 resourceVersionMatch', { resourceVersionMatch: 'NotOlderThan', resourceVersion: 3 }, 422],
    ['sendInitialEvents without it', { sendInitialEvents: true }, 422],
    ['sendInitialEvents with Exact', { ...STREAMED, resourceVersionMatch: 'Exact', resourceVersion: 3 }, 422],
    ['a label selector that is none', { labelSelector: 'a b' }, 400],
    ['a field selector that is none', { fieldSelector: 'spec.color=red' }, 400],
  ])('C12 with %s is refused before it begins', (_, query: Query, status) => {
    const watch = withObjects('a').watch(query);
    expect(watch).toMatchObject({ status, state: 'ended' });
    expect(watch.json).toMatchObject({ kind: 'Status', code: status });
  });
});

describe('a watch at "" or "0"', () => {
  it.each([[{}], [{ resourceVersion: '' }], [{ resourceVersion: 0 }]])('A11 %j begins with what there is', (query) => {
    const api = withObjects('ba');
    api.change('a');
    const watch = api.watch(query);
    expect(watch.told).toEqual(['ADDED a@5', 'ADDED b@3']);
    api.change('b');
    expect(watch.told.slice(2)).toEqual(['MODIFIED b@6']);
  });

  it('H8 is taken for a streaming list where the server knows those', () => {
    expect(withObjects('a').watch({ allowWatchBookmarks: true }).told).toEqual(['ADDED a@3', 'MARKER @3']);
    expect(withObjects('a', { watchList: false }).watch({ allowWatchBookmarks: true }).told).toEqual(['ADDED a@3']);
  });

  it('H8 with sendInitialEvents=false is what happens from now on', () => {
    const api = withObjects('a');
    const watch = api.watch({ resourceVersion: 0, ...STREAMED, sendInitialEvents: false });
    api.change('a');
    expect(watch.told).toEqual(['MODIFIED a@4']);
  });
});

describe('a streaming list', () => {
  it('H1, H3, H4 is all objects in the order of their names, the marker, and what happens then', () => {
    const api = withObjects('ba');
    api.createNamespace('other');
    const watch = api.watch(STREAMED);
    api.change('b');
    api.delete('a');
    expect(watch.told).toEqual(['ADDED a@4', 'ADDED b@3', 'MARKER @5', 'MODIFIED b@6', 'DELETED a@7']);
  });

  it('H3 of nothing is the marker alone', () => {
    const watch = new TestApi().watch(STREAMED);
    expect(watch.frames).toEqual([
      {
        type: 'BOOKMARK',
        object: expect.objectContaining({
          kind: 'ConfigMap',
          apiVersion: 'v1',
          metadata: expect.objectContaining({
            resourceVersion: '2',
            annotations: { 'k8s.io/initial-events-end': 'true' },
          }) as unknown,
        }) as unknown,
      },
    ]);
  });

  it('has no marker for who takes no bookmarks', () => {
    expect(withObjects('a').watch({ ...STREAMED, allowWatchBookmarks: false }).told).toEqual(['ADDED a@3']);
  });

  it('H1 not older than a past revision is the present', () => {
    const api = withObjects('ab');
    api.delete('a');
    expect(api.watch({ ...STREAMED, resourceVersion: 3 }).told).toEqual(['ADDED b@4', 'MARKER @5']);
    expect(api.watch({ ...STREAMED, resourceVersion: 5 }).told).toEqual(['ADDED b@4', 'MARKER @5']);
  });

  it('is of what is selected, and so is what follows', () => {
    const api = new TestApi();
    api.create('a', { metadata: { labels: { app: 'web' } } });
    api.create('b');
    const watch = api.watch({ ...STREAMED, labelSelector: 'app=web' });
    api.change('b', { metadata: { labels: { app: 'web' } } });
    api.change('a', { metadata: { labels: { app: 'api' } } });
    expect(watch.told).toEqual(['ADDED a@3', 'MARKER @4', 'ADDED b@5', 'DELETED a@6']);
  });

  it('has its bookmarks after it as any watch has', () => {
    const api = withObjects('a');
    const watch = api.watch({ ...STREAMED, timeoutSeconds: 100 });
    api.clock.advance(100 * SECOND);
    expect(watch.told).toEqual(['ADDED a@3', 'MARKER @3', 'BOOKMARK @3', 'BOOKMARK @3', 'ended']);
  });

  it('F10 in the future is a 200, silence, and a 504 in a frame after 3 s', () => {
    const api = withObjects('a');
    const watch = api.watch({ ...STREAMED, resourceVersion: 9 });
    api.clock.advance(3 * SECOND - 1);
    expect(watch).toMatchObject({ status: 200, told: [] });
    api.clock.advance(1);
    expect(watch.told).toEqual(['ERROR 504 Timeout', 'ended']);
    expect(watch.frames[0]?.object['details']).toMatchObject({ causes: [{ reason: 'ResourceVersionTooLarge' }] });
  });

  it('F10 in a future that comes is given within these 3 s', () => {
    const api = withObjects('a');
    const watch = api.watch({ ...STREAMED, resourceVersion: 4 });
    api.create('b');
    api.clock.advance(3 * SECOND);
    api.change('a');
    expect(watch.told).toEqual(['ADDED a@3', 'ADDED b@4', 'MARKER @4', 'MODIFIED a@5']);
  });

  it('H6 is refused where the server knows none', () => {
    const { refusal } = withObjects('a', { watchList: false }).watch(STREAMED);
    expect(refusal).toMatch(
      /^422 Invalid: .*sendInitialEvents is forbidden for watch unless the WatchList feature gate/,
    );
  });
});

describe('history', () => {
  it('C1 a resourceVersion beyond the window is a 200, a 410 in a frame, and the end', () => {
    const api = withObjects('a', { history: 10 });
    for (let i = 0; i < 100; i++) api.change('a');
    const watch = api.watch({ resourceVersion: api.revision - 11 });
    expect(watch.status).toBe(200);
    expect(watch.told).toEqual(['ERROR 410 Expired', 'ended']);
    expect(watch.frames[0]?.object['message']).toBe(
      `too old resource version: ${api.revision - 11} (${api.revision - 10})`,
    );
    expect(api.watch({ resourceVersion: api.revision - 10 }).told).toHaveLength(10);
  });

  it('is a window on the changes of the resource, however many there are of others', () => {
    const api = withObjects('a', { history: 10 });
    for (let i = 0; i < 100; i++) api.createNamespace(`other-${i}`);
    expect(api.watch({ resourceVersion: 2 }).told).toEqual(['ADDED a@3']);
  });

  it.each([
    ['with a watch cache', true],
    ['without one', false],
  ])('begins anew with a restart, %s: %s', (_, watchCache) => {
    const api = withObjects('ab', { watchCache });
    api.storage.forgetCaches();
    // The cache begins with what there is: from there everything is known, from before nothing. etcd forgets nothing.
    expect(api.watch({ resourceVersion: 3 }).told).toEqual(watchCache ? ['ERROR 410 Expired', 'ended'] : ['ADDED b@4']);
    expect(api.watch({ resourceVersion: 4 }).told).toEqual([]);
    api.change('a');
    expect(api.watch({ resourceVersion: 4 }).told).toEqual(['MODIFIED a@5']);
    expect(api.watch({ resourceVersion: 3 }).told.length).toBe(2);
  });

  it('goes on over a restart for who has seen everything, though other resources were written to', () => {
    const api = withObjects('a');
    api.createNamespace('other');
    api.storage.forgetCaches();
    expect(api.watch({ resourceVersion: 3 }).told).toEqual(['ERROR 410 Expired', 'ended']);
    expect(api.watch({ resourceVersion: 4 }).told).toEqual([]);
  });

  it('a compaction takes away nothing that the watch cache has', () => {
    const api = withObjects('ab');
    api.storage.compact(4);
    expect(api.watch({ resourceVersion: 3 }).told).toEqual(['ADDED b@4']);
  });

  it('a compaction is a 410 without a watch cache: for who has missed a change that is gone', () => {
    const api = withObjects('abcd', { watchCache: false });
    api.storage.compact(5);
    const watch = api.watch({ resourceVersion: 3 });
    expect(watch.told).toEqual(['ERROR 410 Expired', 'ended']);
    expect(watch.frames[0]?.object['message']).toBe('The resourceVersion for the provided watch is too old.');
    // The change at 5 is not gone.
    expect(api.watch({ resourceVersion: 4 }).told).toEqual(['ADDED c@5', 'ADDED d@6']);
    expect(api.watch({ resourceVersion: 5 }).told).toEqual(['ADDED d@6']);
  });

  it('a compaction ends no watch that is open', () => {
    const api = withObjects('a', { watchCache: false });
    const watch = fromNow(api);
    api.storage.compact(3);
    api.change('a');
    expect(watch.told).toEqual(['MODIFIED a@4']);
  });
});

describe('the future', () => {
  it('C3 is accepted, and silent until it is past', () => {
    const api = withObjects('a');
    const watch = api.watch({ resourceVersion: 5, allowWatchBookmarks: true, ...LONG });
    api.create('b');
    api.create('c');
    expect(watch.told).toEqual([]);
    api.create('d');
    expect(watch.told).toEqual(['ADDED d@6']);
  });

  it('C3 has no bookmarks, not even at the end', () => {
    const api = withObjects('a');
    const watch = api.watch({ resourceVersion: 9, allowWatchBookmarks: true, timeoutSeconds: 200 });
    api.clock.advance(200 * SECOND);
    expect(watch.told).toEqual(['ended']);
  });

  it('F11 is where a watch finds itself after a restore: silent, and when the revisions come again, wrong', () => {
    const api = withObjects('a');
    const snapshot = api.storage.snapshot();
    api.change('a');
    api.create('b');
    const { revision } = api;
    api.storage.restore(snapshot);
    expect(api.revision).toBe(revision - 2);
    const watch = api.watch({ resourceVersion: revision, allowWatchBookmarks: true, ...LONG });
    api.clock.advance(5 * MINUTE);
    api.create('other-1');
    api.create('other-2');
    expect(watch.told).toEqual([]);
    api.create('other-3');
    expect(watch.told).toEqual([`ADDED other-3@${revision + 1}`]);
    // What asks "not older than" learns of it (state-machine.md, rollback).
    const probe = api.list({ limit: 1, resourceVersion: 99, resourceVersionMatch: 'NotOlderThan' });
    api.clock.advance(3 * SECOND);
    expect(probe.status).toBe(504);
  });
});

describe('bookmarks', () => {
  it('E7 come every 60 s and 2 s before the end, with the newest revision of all and no object', () => {
    const api = withObjects('a');
    const watch = fromNow(api, { allowWatchBookmarks: true, timeoutSeconds: 150 });
    const at = (seconds: number): readonly string[] => {
      api.clock.advance(seconds * SECOND);
      return watch.told;
    };
    expect(at(59)).toEqual([]);
    expect(at(1)).toEqual(['BOOKMARK @3']);
    api.createNamespace('other');
    api.create('b', {}, 'other');
    expect(at(60)).toEqual(['BOOKMARK @3', 'BOOKMARK @5']);
    expect(at(27)).toHaveLength(2);
    expect(at(1).slice(2)).toEqual(['BOOKMARK @5']);
    expect(at(2).slice(3)).toEqual(['ended']);
    expect(watch.frames[0]?.object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
    expect(at(600)).toHaveLength(4);
  });

  it('come to nobody who does not take them', () => {
    const api = withObjects('a');
    const watch = fromNow(api, { timeoutSeconds: 200 });
    api.clock.advance(200 * SECOND);
    expect(watch.told).toEqual(['ended']);
  });

  it('let what nothing happens to be resumed after everything else was forgotten (E8)', () => {
    const api = withObjects('a', { history: 5 });
    const watch = fromNow(api, { allowWatchBookmarks: true, fieldSelector: 'metadata.name=b', timeoutSeconds: 60 });
    for (let i = 0; i < 50; i++) api.change('a');
    api.clock.advance(60 * SECOND);
    const { resourceVersion } = watch.frames.at(-1)?.object.metadata ?? {};
    expect(api.watch({ resourceVersion: 3 }).told).toEqual(['ERROR 410 Expired', 'ended']);
    expect(api.watch({ resourceVersion: String(resourceVersion) })).toMatchObject({ told: [], state: 'open' });
  });
});

describe('the end', () => {
  it.each([1, 2, 3, 300])('A9 comes %i s after the beginning, if so many are asked for', (timeoutSeconds) => {
    const api = withObjects('a');
    const watch = fromNow(api, { timeoutSeconds });
    api.clock.advance(timeoutSeconds * SECOND - 1);
    expect(watch.state).toBe('open');
    api.clock.advance(1);
    expect(watch.state).toBe('ended');
    api.change('a');
    expect(watch.told).toEqual(['ended']);
  });

  it.each([
    [0, 30],
    [0.5, 45],
    [0.999_999_999, 60],
  ])('A9 comes after 30 to 60 min if nothing is asked for (by chance %d: %i)', (chance, minutes) => {
    vi.spyOn(Math, 'random').mockReturnValue(chance);
    const api = withObjects('a');
    const watches = [fromNow(api), fromNow(api, { timeoutSeconds: 0 })];
    api.clock.advance(minutes * MINUTE - SECOND);
    expect(watches.map(({ state }) => state)).toEqual(['open', 'open']);
    api.clock.advance(SECOND);
    expect(watches.map(({ state }) => state)).toEqual(['ended', 'ended']);
  });

  it('comes to all watches of a resource that is told to end them', () => {
    const api = withObjects('a');
    const watches = [fromNow(api), api.watch(STREAMED)];
    api.collection('configmaps').end();
    expect(watches.map(({ state }) => state)).toEqual(['ended', 'ended']);
    expect(fromNow(api).state).toBe('open');
  });

  it('C10 comes with the removal of a custom resource: DELETED for each object, an orderly end, then a 404', () => {
    const api = withWidgets();
    const before = api.revision;
    const watch = api.watch({ resourceVersion: before }, WIDGETS);
    undefine(api);
    expect(watch.told).toEqual([`DELETED v@${before + 2}`, `DELETED w@${before + 3}`, 'ended']);
    const { status, text } = api.watch({ resourceVersion: before }, WIDGETS);
    expect([status, text]).toEqual([404, '404 page not found\n']);
  });

  it('C10 is followed by a 410 for the old revision when the custom resource comes back', () => {
    const api = withWidgets();
    const before = api.revision;
    undefine(api);
    define(api);
    expect(api.list({}, WIDGETS).items).toEqual([]);
    expect(api.watch({ resourceVersion: before }, WIDGETS).told).toEqual(['ERROR 410 Expired', 'ended']);
    expect(api.watch({ resourceVersion: api.revision }, WIDGETS).told).toEqual([]);
  });

  it('is not felt by a watch whose client has gone: nothing is kept for it', () => {
    const api = withObjects('a');
    const watch = fromNow(api, { allowWatchBookmarks: true, timeoutSeconds: 300 });
    watch.leave();
    const write = vi.spyOn(watch, 'write');
    const end = vi.spyOn(watch, 'end');
    api.change('a');
    api.clock.advance(300 * SECOND);
    expect(write).not.toHaveBeenCalled();
    expect(end).not.toHaveBeenCalled();
  });
});

describe('selectors', () => {
  const web = { metadata: { labels: { app: 'web' } } };
  const api = { metadata: { labels: { app: 'api' } } };

  it('E3 make ADDED of what begins to match, and DELETED of what no longer does', () => {
    const server = new TestApi();
    const watch = fromNow(server, { labelSelector: 'app=web' });
    server.create('a', web); // 3
    server.change('a'); // 4
    server.change('a', api); // 5
    server.change('a'); // 6
    server.change('a', web); // 7
    server.delete('a'); // 8
    server.create('a', api); // 9
    server.delete('a');
    expect(watch.told).toEqual(['ADDED a@3', 'MODIFIED a@4', 'DELETED a@5', 'ADDED a@7', 'DELETED a@8']);
  });

  it('E3 what leaves is told as it was last, under the revision of the write that took it out', () => {
    const server = new TestApi();
    server.create('a', { ...web, data: { key: 'old' } });
    const watch = fromNow(server, { labelSelector: 'app=web' });
    server.change('a', { ...api, data: { key: 'new' } });
    expect(watch.frames).toMatchObject([
      {
        type: 'DELETED',
        object: { metadata: { resourceVersion: '4', labels: { app: 'web' } }, data: { key: 'old' } },
      },
    ]);
  });

  it('E3 say the same of the past', () => {
    const server = new TestApi();
    server.create('a', web);
    server.create('b', api);
    server.change('a', api);
    server.change('b', web);
    expect(server.watch({ resourceVersion: 2, labelSelector: 'app=web' }).told).toEqual([
      'ADDED a@3',
      'DELETED a@5',
      'ADDED b@6',
    ]);
    expect(server.watch({ resourceVersion: 3, labelSelector: 'app=web' }).told).toEqual(['DELETED a@5', 'ADDED b@6']);
  });

  it('A12 may select one object by its name', () => {
    const server = withObjects('ab');
    const watch = fromNow(server, { fieldSelector: 'metadata.name=b' });
    server.change('a');
    server.change('b');
    server.delete('a');
    server.delete('b');
    server.create('b');
    expect(watch.told).toEqual(['MODIFIED b@6', 'DELETED b@8', 'ADDED b@9']);
  });

  it('watches that select differently are told differently of one change', () => {
    const server = new TestApi();
    server.create('a', web);
    const watches = ['app=web', 'app=api', 'app', '!app'].map((labelSelector) => fromNow(server, { labelSelector }));
    server.change('a', api);
    expect(watches.map(({ told }) => told)).toEqual([['DELETED a@4'], ['ADDED a@4'], ['MODIFIED a@4'], []]);
  });
});

describe('metadata only', () => {
  const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

  it('is the metadata of each frame, bookmarks too', () => {
    const api = withObjects('a');
    const watch = api.watch({ ...STREAMED, timeoutSeconds: 70 }, CONFIG_MAPS, { accept });
    const full = fromNow(api);
    api.change('a', { data: { key: 'value' }, metadata: { labels: { app: 'web' } } });
    api.clock.advance(60 * SECOND);
    expect(watch.told).toEqual(['ADDED a@3', 'MARKER @3', 'MODIFIED a@4', 'BOOKMARK @4']);
    for (const { object } of watch.frames) {
      expect(object).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
      expect(object).not.toHaveProperty('data');
    }
    expect(watch.frames[2]?.object.metadata['labels']).toEqual({ app: 'web' });
    expect(full.frames[0]?.object).toMatchObject({ kind: 'ConfigMap', data: { key: 'value' } });
  });
});

describe('slow readers', () => {
  /** Nobody reads what is written from now on. */
  const stuck = (api: TestApi, query: Query = {}): RecordedAnswer => {
    const answer = new RecordedAnswer();
    answer.isStuck = true;
    return api.send(answer, 'GET', `${CONFIG_MAPS}?${search({ watch: true, ...query })}`);
  };
  const large = (text: string): Json => ({ data: { text: text.repeat(1024 * 1024) } });

  it('F2 are disconnected in order once 4 MiB wait for them, and nobody else is', () => {
    const api = withObjects('a');
    const slow = stuck(api, { resourceVersion: api.revision });
    const quick = fromNow(api);
    for (const text of 'xyzx') api.change('a', large(text));
    expect(slow.told).toHaveLength(5);
    expect(slow.state).toBe('ended');
    api.change('a');
    expect(slow.told).toHaveLength(5);
    expect(quick.told).toHaveLength(5);
    expect(quick.state).toBe('open');
  });

  it('who has read again is not slow', () => {
    const api = withObjects('a');
    const slow = stuck(api, { resourceVersion: api.revision });
    for (const text of 'xyz') api.change('a', large(text));
    slow.backlog = 0;
    for (const text of 'abc') api.change('a', large(text));
    expect(slow.state).toBe('open');
  });

  it('a large initial state makes nobody slow: it could not have been read yet', () => {
    const api = new TestApi();
    for (const name of 'abcdef') api.create(name, large(name));
    const watch = stuck(api, STREAMED);
    api.change('a');
    expect(watch.state).toBe('open');
    expect(watch.told).toHaveLength(8);
    for (const text of 'xyzx') api.change('a', large(text));
    expect(watch.state).toBe('ended');
  });

  it('neither does a large past', () => {
    const api = withObjects('a');
    for (const text of 'abcdef') api.change('a', large(text));
    const watch = stuck(api, { resourceVersion: 3 });
    expect(watch.told).toHaveLength(6);
    api.change('a');
    expect(watch.state).toBe('open');
  });
});

import {
  asyncScheduler,
  concat,
  endWith,
  finalize,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  NEVER,
  of,
  range,
  Subscription,
  switchMap,
  takeUntil,
  tap,
  throwError,
  timer,
  type Observable,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { frames, line, marbles, page, reset, scripted, thing, type Thing } from '../../test/double.js';
import { Neighbours } from '../neighbours.js';
import type { WatchFrame, WatchParams } from '../protocol/messages.js';
import { watch$ } from '../watch.js';
import { StreamLimit } from './stream-limit.js';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

const WATCH: WatchParams = { resourceVersion: '7', timeoutSeconds: 300 };
const LIST: WatchParams = { resourceVersion: '', timeoutSeconds: 1800, sendInitialEvents: true };
const accepted = timer(5).pipe(map(() => frames.open));

/** Notes what happens to streams that share a limit. */
class Scene {
  readonly log: string[] = [];
  readonly all: Subscription = new Subscription();
  readonly #limit: StreamLimit;
  readonly #streams = new Map<string, Subscription>();

  constructor(atOnce: number) {
    this.#limit = new StreamLimit(atOnce);
  }

  /** Accepted after 5 ms, and then what is given. */
  watch(name: string, then: Observable<WatchFrame<Thing>> = NEVER): void {
    this.#play(name, WATCH, concat(accepted, then));
  }

  /** Never answered. */
  hang(name: string): void {
    this.#play(name, WATCH, NEVER);
  }

  /** A streaming list that takes so many milliseconds, and goes on as a watch. */
  list(name: string, takes: number): void {
    const objects = interval(100).pipe(
      map((n) => frames.added(thing(name, n + 1))),
      takeUntil(timer(takes)),
      endWith(frames.marker(9)),
    );
    this.#play(name, LIST, concat(accepted, objects, NEVER));
  }

  leave(name: string): void {
    this.#streams.get(name)?.unsubscribe();
  }

  at(ms: number, happens: () => void): void {
    this.all.add(timer(ms).subscribe(happens));
  }

  #play(name: string, params: WatchParams, answer: Observable<WatchFrame<Thing>>): void {
    const note = (what: string): void => void this.log.push(`${String(asyncScheduler.now())} ${name} ${what}`);
    const watch = ({ timeoutSeconds }: WatchParams): Observable<WatchFrame<Thing>> => {
      note(`asks for ${String(timeoutSeconds)} s`);
      return answer;
    };
    const stream = this.#limit.share(params, watch).subscribe({
      next: (frame) => {
        if (frame.type === 'OPEN') note(frame.warnings === undefined ? 'is open' : 'is open, warned');
        if (frame.type === 'BOOKMARK') note('is listed');
      },
      error: () => note('fails'),
      complete: () => note('ends'),
    });
    this.#streams.set(name, stream);
    this.all.add(stream);
  }
}

/** Plays for so many milliseconds, and says what happened. Would never return if something that renews itself stayed behind. */
function played(atOnce: number, ms: number, play: (scene: Scene) => void): readonly string[] {
  const scene = new Scene(atOnce);
  marbles(({ flush }) => {
    play(scene);
    timer(ms).subscribe(() => scene.all.unsubscribe());
    flush();
  })();
  return scene.log;
}

describe('of streams that share a limit', () => {
  it('as many as may be open are left alone', () => {
    const log = played(2, HOUR, (scene) => {
      scene.watch('a');
      scene.watch('b');
    });
    expect(log).toEqual(['0 a asks for 300 s', '0 b asks for 300 s', '5 a is open', '5 b is open']);
  });

  it('one more has the place of the one that was open longest, when its turn is over', () => {
    const log = played(2, HOUR, (scene) => {
      scene.watch('a');
      scene.at(SECOND, () => scene.watch('b'));
      scene.at(2 * SECOND, () => scene.watch('c'));
    });
    expect(log.slice(4)).toEqual(['12005 a ends', '12005 c asks for 12 s', '12010 c is open, warned']);
  });

  it('one that was open that long already gives way at once, and no other does', () => {
    const log = played(2, HOUR, (scene) => {
      scene.watch('a');
      scene.watch('b');
      scene.at(MINUTE, () => scene.watch('c'));
    });
    expect(log.slice(4)).toEqual(['60000 a ends', '60000 c asks for 12 s', '60005 c is open, warned']);
  });

  it('those that wait have their turns in the order in which they came', () => {
    const log = played(1, 40 * SECOND, (scene) => {
      for (const name of ['a', 'b', 'c', 'd']) scene.watch(name);
    });
    expect(log.filter((entry) => entry.includes('asks'))).toEqual([
      '0 a asks for 300 s',
      '12005 b asks for 12 s',
      '24010 c asks for 12 s',
      '36015 d asks for 12 s',
    ]);
  });

  const later = timer(SECOND).pipe(ignoreElements());
  const broken = throwError(() => reset);
  it.each<[string, Observable<never>]>([
    ['ends', later],
    ['fails', concat(later, broken)],
  ])('one that %s by itself makes room at once', (ends, then) => {
    const log = played(1, 10 * SECOND, (scene) => {
      scene.watch('a', then);
      scene.watch('b', then);
    });
    expect(log.slice(2)).toEqual([
      `1005 a ${ends}`,
      '1005 b asks for 12 s',
      '1010 b is open, warned',
      `2010 b ${ends}`,
    ]);
  });

  it('one that is let go of makes room at once', () => {
    const log = played(1, 10 * SECOND, (scene) => {
      scene.watch('a');
      scene.watch('b');
      scene.at(SECOND, () => scene.leave('a'));
    });
    expect(log.slice(2)).toEqual(['1000 b asks for 12 s', '1005 b is open, warned']);
  });

  it('one that waits asks for no more than it would anyway', () => {
    const asked: number[] = [];
    const limit = new StreamLimit(1);
    marbles(({ flush }) => {
      const all = merge(
        limit.share(WATCH, () => concat(accepted, NEVER)),
        limit.share({ ...WATCH, timeoutSeconds: 3 }, ({ timeoutSeconds }) => {
          asked.push(timeoutSeconds);
          return NEVER;
        }),
      );
      all.pipe(takeUntil(timer(MINUTE))).subscribe();
      flush();
    })();
    expect(asked).toEqual([3]);
  });

  it.each([
    [1, 'only 1 watch may be open at once (streamsAtOnce): this one takes turns of 12 s with others'],
    [2, 'only 2 watches may be open at once (streamsAtOnce): this one takes turns of 12 s with others'],
  ])('%d at once: one that waited says so, after what the server warned of', (atOnce, words) => {
    const limit = new StreamLimit(atOnce);
    const told: unknown[] = [];
    marbles(({ flush }) => {
      const warned = concat(of({ ...frames.open, warnings: ['v1 is old'] }), NEVER);
      const all = range(0, atOnce + 1).pipe(mergeMap(() => limit.share(WATCH, () => warned)));
      all.pipe(takeUntil(timer(MINUTE))).subscribe((frame) => told.push(frame));
      flush();
    })();
    expect(told[atOnce - 1]).toEqual({ type: 'OPEN', warnings: ['v1 is old'] });
    expect(told[atOnce]).toEqual({ type: 'OPEN', warnings: ['v1 is old', expect.stringContaining(words)] });
  });

  it('one that no longer waits leaves nothing behind: none has to end for it', () => {
    const log = played(1, HOUR, (scene) => {
      scene.watch('a');
      scene.at(SECOND, () => scene.watch('b'));
      scene.at(2 * SECOND, () => scene.leave('b'));
    });
    expect(log).toEqual(['0 a asks for 300 s', '5 a is open']);
  });

  it('one that was not answered yet does not give way', () => {
    const log = played(2, HOUR, (scene) => {
      scene.hang('a');
      scene.at(SECOND, () => scene.watch('b'));
      scene.at(MINUTE, () => scene.watch('c'));
    });
    expect(log.slice(2)).toEqual([
      '1005 b is open',
      '60000 b ends',
      '60000 c asks for 12 s',
      '60005 c is open, warned',
    ]);
  });

  it('a list is not cut short, and gives way soon after it is complete', () => {
    const log = played(2, HOUR, (scene) => {
      scene.list('long', 30 * SECOND);
      scene.list('short', 100);
      scene.watch('a');
      scene.watch('b');
    });
    expect(log.slice(4)).toEqual([
      '105 short is listed',
      '1505 short ends',
      '1505 a asks for 12 s',
      '1510 a is open, warned',
      '13510 a ends',
      '13510 b asks for 12 s',
      '13515 b is open, warned',
      '30005 long is listed',
    ]);
  });

  it('a list that had to wait has as much time as any, and its stream goes on where nobody else waits', () => {
    const log = played(1, HOUR, (scene) => {
      scene.list('a', 100);
      scene.list('b', MINUTE);
      scene.list('c', 100);
    });
    expect(log).toEqual([
      '0 a asks for 1800 s',
      '5 a is open',
      '105 a is listed',
      '1505 a ends',
      '1505 b asks for 1800 s',
      '1510 b is open, warned',
      '61510 b is listed',
      '61510 b ends',
      '61510 c asks for 1800 s',
      '61515 c is open, warned',
      '61615 c is listed',
    ]);
  });
});

interface WorldOptions {
  readonly atOnce?: number;
  readonly random?: number;
  readonly every?: number;
  readonly bookmarks?: boolean;
}

/**
 * A server as it should be, and watches of it that share a limit. Its revision is the time, as much happens elsewhere; here it has one
 * object, which changes every so many milliseconds.
 */
class World {
  /** Every stream that was opened, and how old the state was that it went on from. */
  readonly streams: { readonly from: string; readonly at: number; readonly behind: number }[] = [];
  /** Questions whether the server is there, by who asked. */
  readonly probes: string[] = [];
  readonly told = new Map<string, string[]>();
  readonly listedAt: number[] = [];
  mostOpen = 0;
  readonly #limit: StreamLimit;
  readonly #neighbours: Neighbours;
  readonly #every: number;
  readonly #bookmarks: boolean;
  #open = 0;

  constructor({ atOnce = 5, random = 0.5, every = Infinity, bookmarks = true }: WorldOptions) {
    this.#limit = new StreamLimit(atOnce);
    this.#neighbours = new Neighbours(() => random);
    this.#every = every;
    this.#bookmarks = bookmarks;
  }

  watch(from: string): Observable<unknown> {
    const told: string[] = [];
    this.told.set(from, told);
    const source = {
      ...scripted({}, this.#neighbours),
      from,
      api: {
        list: () => {
          this.probes.push(from);
          return timer(5).pipe(map(() => page(this.#revision, [])));
        },
        watch: (params: WatchParams) => this.#limit.share(params, (asked) => this.#serve(from, asked)),
      },
    };
    return watch$(source).pipe(
      tap((event) => {
        told.push(line(event));
        if (event.type === 'initDone') this.listedAt.push(asyncScheduler.now());
      }),
    );
  }

  get #revision(): number {
    return asyncScheduler.now() + 1;
  }

  #serve(from: string, { resourceVersion, sendInitialEvents, timeoutSeconds }: WatchParams) {
    const lists = sendInitialEvents === true;
    const now = this.#revision;
    const since = lists ? now : Number(resourceVersion);
    this.streams.push({ from, at: now, behind: now - since });
    this.mostOpen = Math.max(this.mostOpen, ++this.#open);
    const state = lists ? [frames.added(thing('a', 1)), frames.marker(now)] : [];
    return timer(5).pipe(
      switchMap(() => concat(of(frames.open, ...state), merge(this.#changes(since), this.#marks(timeoutSeconds)))),
      takeUntil(timer(timeoutSeconds * SECOND)),
      finalize(() => this.#open--),
    );
  }

  #changes(since: number): Observable<WatchFrame<Thing>> {
    if (this.#every === Infinity) return NEVER;
    const next = Math.floor(since / this.#every) + 1;
    const missed = Math.floor(this.#revision / this.#every) - next + 1;
    const coming = timer((next + missed) * this.#every - this.#revision, this.#every);
    return concat(range(next, missed), coming.pipe(map((n) => next + missed + n))).pipe(
      map((n) => frames.modified(thing('a', n * this.#every))),
    );
  }

  /** Every minute, and shortly before the end. What happens in this very moment may not have been sent yet. */
  #marks(timeoutSeconds: number): Observable<WatchFrame<Thing>> {
    if (!this.#bookmarks) return NEVER;
    const last = timer((timeoutSeconds - 2) * SECOND);
    return merge(interval(MINUTE), last).pipe(map(() => frames.bookmark(this.#revision - 1)));
  }
}

/** So many watches, for so long. */
function watched(watches: number, ms: number, options: WorldOptions): World {
  const world = new World(options);
  marbles(({ flush }) => {
    const all = range(1, watches).pipe(mergeMap((n) => world.watch(`watch ${String(n)}`)));
    all.pipe(takeUntil(timer(ms))).subscribe();
    flush();
  })();
  return world;
}

describe('for hours, more watches than may be open', () => {
  const perMinute = ({ streams }: World, from: string): number => {
    const starts = streams.filter((stream) => stream.from === from).map(({ at }) => at);
    return Math.max(...starts.map((start) => starts.filter((at) => at >= start && at < start + MINUTE).length));
  };

  it.each<WorldOptions & { readonly watches: number; readonly bookmarks: boolean }>([
    { watches: 6, random: 0, bookmarks: true },
    { watches: 6, random: 0.999, bookmarks: true },
    { watches: 8, random: 0.5, bookmarks: true },
    { watches: 20, random: 0.5, bookmarks: true },
    { watches: 40, random: 0.5, bookmarks: true },
    { watches: 6, random: 0.5, bookmarks: false },
    { watches: 20, random: 0.5, bookmarks: false },
  ])('list once and never fail where nothing happens: $watches, $random, bookmarks: $bookmarks', (scene) => {
    const { watches, bookmarks } = scene;
    const world = watched(watches, HOUR, scene);
    expect(world.mostOpen).toBe(5);
    for (const [from, told] of world.told) {
      expect(told.slice(0, 3)).toEqual(['init start', 'initApply a@1', expect.stringMatching(/^initDone/)]);
      expect(told.slice(3).filter((event) => !/^(live|bookmark) /.test(event))).toEqual([]);
      expect(perMinute(world, from)).toBeLessThanOrEqual(6);
    }
    // A server that sends no bookmarks is asked now and then whether it is there.
    expect(world.probes.length).toBeLessThanOrEqual(bookmarks ? 0 : world.streams.length);
    // What is quiet must not fall behind: it would expire.
    if (bookmarks) expect(Math.max(...world.streams.map(({ behind }) => behind))).toBeLessThan(90 * SECOND);
    // The first lists take turns of their own, or the last would come after minutes.
    expect(world.listedAt).toHaveLength(watches);
    expect(Math.max(...world.listedAt)).toBeLessThan((watches / 5) * 1_600);
  });

  it.each([1, 2, 5, 7])('are told all changes, once and in order, %d of 8 at once', (atOnce) => {
    const every = 7_777;
    const world = watched(8, HOUR, { atOnce, every });
    for (const told of world.told.values()) {
      const versions = told.filter((event) => event.startsWith('apply')).map((event) => Number(event.split('@')[1]));
      const first = versions[0] ?? 0;
      expect(versions).toEqual(versions.map((_, n) => first + n * every));
      expect(first).toBeLessThan(30_000);
      expect(versions.at(-1)).toBeGreaterThan(HOUR - 100_000);
    }
  });
});

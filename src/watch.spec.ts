import {
  asyncScheduler,
  BehaviorSubject,
  concat,
  config,
  map,
  NEVER,
  of,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
  type EMPTY,
  type Observable,
} from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WatchError } from './errors.js';
import type { Interrupted, WatchEvent } from './events.js';
import { Neighbours } from './neighbours.js';
import type { Observation, WatchOptions } from './options.js';
import type { ListPage, WatchFrame } from './protocol/messages.js';
import {
  failing,
  frames,
  gone,
  line,
  logged,
  marbles,
  page,
  refusal,
  reset,
  scripted,
  thing,
  type Thing,
} from '../test/double.js';
import { diagram, says } from '../test/events.js';
import { watch$ } from './watch.js';

const { open, added, modified, deleted, bookmark, marker, error } = frames;

/** What a letter of a server's diagram sends. */
const sent: Record<string, WatchFrame<Thing>> = {
  o: open,
  a: added(thing('a', 3)),
  m: marker(5),
  b: added(thing('b', 6)),
  c: modified(thing('a', 7)),
  d: deleted(thing('a', 8)),
  k: bookmark(9),
  M: marker(12),
  g: error(gone),
};

/** What a letter of an expected diagram says. */
const said = {
  i: 'init start',
  e: 'init expired',
  r: 'init restart',
  A: 'initApply a@3',
  B: 'initApply b@6',
  D: 'initDone 5',
  E: 'initDone 12',
  b: 'apply b@6',
  c: 'apply a@7',
  d: 'delete a@8',
  k: 'bookmark 9',
  l: 'live 5',
  m: 'live 6',
  n: 'live 7',
  x: 'interrupted ECONNRESET #1 800',
  g: 'interrupted Expired (410) #1 100',
  p: 'paused',
};

type WatchFrames = Observable<WatchFrame<Thing>>;

const lines = map((event: WatchEvent) => line(event));
const isInterrupted = (event: WatchEvent): event is Interrupted => event.type === 'interrupted';

it(
  'watch$ says what its diagram says',
  marbles(({ cold, expectObservable, expectSubscriptions }) => {
    const { sources, expected } = diagram('src/watch.ts');
    const sent = {
      o: frames.open,
      a: frames.added(thing('a', 1)),
      b: frames.added(thing('b', 2)),
      I: frames.marker(9),
      c: frames.added(thing('c', 10)),
      C: frames.deleted(thing('c', 11)),
    };
    const [first, second] = sources.map((source) => cold(source.trim(), sent, reset));
    if (first === undefined || second === undefined) throw new Error('two connections were expected');

    const { init, initApply, initDone, apply, live, delete: deleted } = says();
    const x = expect.objectContaining({ type: 'interrupted', error: reset, retryIn: 800 }) as WatchEvent<
      Thing,
      'things'
    >;
    expectObservable(watch$(scripted({ watches: [first, second] })), '1s !').toBe(expected, {
      i: init(),
      a: initApply(thing('a', 1)),
      b: initApply(thing('b', 2)),
      I: initDone(9),
      c: apply(thing('c', 10)),
      x,
      l: live(10),
      C: deleted(thing('c', 11)),
    });
    expectSubscriptions(first.subscriptions).toBe('^---------!');
    expectSubscriptions(second.subscriptions).toBe('810ms ^ 189ms !');
  }),
);

describe('watch$: the life of a watch', () => {
  it(
    'L13, L14 lists, says changes, backs off after a cut, resumes at the last resourceVersion, lists anew after a 410',
    marbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const list1 = cold(' -(oam)-b-#', sent, reset);
      const list1subs = '  ^--------!';
      const watch2 = cold('          -o-d---(g|)', sent);
      const watch2subs = ' 9ms 800ms ^------!'; //                      0.8 s of backoff
      const list3 = cold('                             -(obM)', sent);
      const list3subs = '  9ms 800ms -------      100ms ^----!'; //     the first 410 is routine: soon
      const unsub = '      9ms 800ms -------      100ms -----!';
      const expected = '   i(AD)--b-x 799ms ---(md)g 99ms e(BE)';
      const source = scripted({ watches: [list1, watch2, list3] });

      expectObservable(watch$(source).pipe(lines), unsub).toBe(expected, said);
      expectSubscriptions(list1.subscriptions).toBe(list1subs);
      expectSubscriptions(watch2.subscriptions).toBe(watch2subs);
      expectSubscriptions(list3.subscriptions).toBe(list3subs);
      flush();
      expect(source.requests).toEqual(['stream ', 'watch 6', 'stream ']);
    }),
  );

  it(
    'lists page by page where the server refuses streaming lists, and watches from the first page on (H6, A5, A6)',
    marbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const stream = cold(' -#', sent, refusal(422, 'Invalid'));
      const streamsubs = '  ^!';
      const page1 = cold('   --(p|)', { p: page(5, [thing('a', 3)], 'more') });
      const page1subs = '   -^-!';
      const page2 = cold('     --(p|)', { p: page(7, [thing('b', 6)]) });
      const page2subs = '   ---^-!';
      const watch3 = cold('      ----o-c', sent);
      const watch3subs = '  -----^------!';
      const unsub = '       ------------!';
      const expected = '    i--A-(BD)--(lc)';
      const source = scripted({ lists: [page1, page2], watches: [stream, watch3] });

      expectObservable(watch$(source).pipe(lines), unsub).toBe(expected, said);
      expectSubscriptions(stream.subscriptions).toBe(streamsubs);
      expectSubscriptions(page1.subscriptions).toBe(page1subs);
      expectSubscriptions(page2.subscriptions).toBe(page2subs);
      expectSubscriptions(watch3.subscriptions).toBe(watch3subs);
      flush();
      expect(source.requests).toEqual(['stream ', 'list limit=500', 'list limit=500 continue=more', 'watch 5']);
    }),
  );

  it(
    'is cold: each subscription is a watch of its own',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold('-(oam)', sent);
      const second = cold('-(obm)', sent);
      const watched = watch$(scripted({ watches: [first, second] })).pipe(lines);
      expectObservable(watched, '  ^------!').toBe('  i(AD)', said);
      expectObservable(watched, '  --^----!').toBe('  --i(BD)', said);
      expectSubscriptions(first.subscriptions).toBe('^------!');
      expectSubscriptions(second.subscriptions).toBe('--^----!');
    }),
  );

  it(
    'goes on without a word but `live` when the server closes a healthy watch (F1)',
    marbles(({ cold, expectObservable, flush }) => {
      const first = cold('  -(oam)--- 10s k-|', sent);
      const second = cold('                  -o---c', sent);
      const unsub = '       --------- 10s -------------!';
      const expected = '    i(AD)---- 10s k------(nc)';
      const source = scripted({ watches: [first, second] });
      expectObservable(watch$(source).pipe(lines), unsub).toBe(expected, { ...said, n: 'live 9' });
      flush();
      expect(source.requests).toEqual(['stream ', 'watch 9']);
    }),
  );

  it(
    'says that it is live a second after the server accepted it, or with the first frame (C1)',
    marbles(({ cold, expectObservable }) => {
      const watches = [cold('-(oam)#', sent, reset), cold('-o 10s |', sent)];
      const expected = '      i(AD)-x 800ms 1s l';
      expectObservable(watch$(scripted({ watches })).pipe(lines), '3s !').toBe(expected, said);
    }),
  );

  it(
    'starts at a resourceVersion that was seen before, without a list',
    marbles(({ cold, expectObservable, flush }) => {
      const source = scripted({ watches: [cold('-o-c', sent)] });
      expectObservable(watch$(source, { resourceVersion: '6' }).pipe(lines), '-----!').toBe('---(mc)', said);
      flush();
      expect(source.requests).toEqual(['watch 6']);
    }),
  );
});

describe('watch$: failures and what is agreed about them', () => {
  it(
    'C9, W7 errors loudly when a watch that never worked is refused (403), in the words of the server',
    marbles(({ cold, flush }) => {
      const forbidden = refusal(403, 'Forbidden');
      const { log } = logged(watch$(scripted({ watches: [cold('--#', undefined, forbidden)] })));
      flush();
      expect(log).toEqual(['0 init start', '2 interrupted Forbidden (403) #1 Infinity', '2 error Forbidden (403)']);
    }),
  );

  it(
    'C9, L17 waits and resumes when a watch that had worked is refused (403)',
    marbles(({ cold, flush }) => {
      const forbidden = refusal(403, 'Forbidden');
      const watches = [cold('(oam)#', sent, reset), failing(forbidden), failing(forbidden), cold('(oc)', sent)];
      const source = scripted({ watches });
      const { log } = logged(watch$(source), 20_000);
      flush();
      expect(log).toEqual([
        '0 init start',
        '0 initApply a@3',
        '0 initDone 5',
        '5 interrupted ECONNRESET #1 800',
        '805 interrupted Forbidden (403) #1 800',
        '1605 interrupted Forbidden (403) #2 1600',
        '3205 live 5',
        '3205 apply a@7',
      ]);
      expect(source.requests).toEqual(['stream ', 'watch 5', 'watch 5', 'watch 5']);
    }),
  );

  it(
    'lets a consumer downstream answer, as long as the event is being delivered',
    marbles(({ cold, expectSubscriptions, flush }) => {
      const second = cold('(oam)', sent);
      const answers: boolean[] = [];
      const observed: Observation[] = [];
      const events = watch$(scripted({ watches: [failing(reset), second] }), {
        observe: (observation) => observed.push(observation),
      }).pipe(
        tap((event) => {
          if (!isInterrupted(event)) return;
          answers.push(event.recovery.retryIn(300));
          timer(1).subscribe(() => {
            answers.push(event.recovery.retryIn(10));
          });
        }),
      );
      logged(events, 400);
      flush();
      expect(answers).toEqual([true, false]);
      expect(observed.filter(({ type }) => type === 'lateAnswer')).toEqual([
        { from: 'things', type: 'lateAnswer', attempt: 1 },
      ]);
      expectSubscriptions(second.subscriptions).toBe('300ms ^ 99ms !');
    }),
  );

  it(
    'gives up for good when somebody says so, whatever others answer',
    marbles(({ flush }) => {
      const answers: boolean[] = [];
      const events = watch$(scripted({ watches: [failing(reset)] })).pipe(
        tap((event) => {
          if (isInterrupted(event))
            answers.push(event.recovery.giveUp(), event.recovery.retryIn(10), event.recovery.giveUp());
        }),
      );
      const { log } = logged(events);
      flush();
      expect(answers).toEqual([true, false, true]);
      expect(log).toEqual(['0 init start', '0 interrupted ECONNRESET #1 800', '0 error ECONNRESET']);
    }),
  );

  it(
    'G4 takes a policy as an option: it sets the intent, and sees what the watch would do',
    marbles(({ flush }) => {
      const intents: number[] = [];
      const retry = ({ attempt, retryIn }: Interrupted): number => {
        intents.push(retryIn);
        return attempt < 3 ? attempt * 1000 : Infinity;
      };
      const { log } = logged(
        watch$(scripted({ watches: [failing(reset), failing(reset), failing(reset)] }), { retry }),
      );
      flush();
      expect(intents).toEqual([800, 1600, 3200]);
      expect(log).toEqual([
        '0 init start',
        '0 interrupted ECONNRESET #1 1000',
        '1000 interrupted ECONNRESET #2 2000',
        '3000 interrupted ECONNRESET #3 Infinity',
        '3000 error ECONNRESET',
      ]);
    }),
  );

  it(
    'lets a policy wait out a first refusal',
    marbles(({ cold, flush }) => {
      const watches = [failing(refusal(404, 'NotFound')), cold('(oam|)', sent)];
      const { log } = logged(watch$(scripted({ watches }), { retry: () => 5000 }), 5001);
      flush();
      expect(log).toEqual([
        '0 init start',
        '0 interrupted NotFound (404) #1 5000',
        '5000 initApply a@3',
        '5000 initDone 5',
        '5000 interrupted the server closed the watch after 0 ms and 2 frames #2 5000',
      ]);
    }),
  );

  it.each([
    ['NaN', () => NaN, 'retry must be milliseconds ≥ 0 or Infinity, got NaN'],
    ['a negative number', () => -1, 'retry must be milliseconds ≥ 0 or Infinity, got -1'],
    [
      'an exception',
      () => {
        throw new Error('policy broke');
      },
      'policy broke',
    ],
  ])('errors when a policy answers %s', (_, retry, message) => {
    marbles(({ flush }) => {
      const { log } = logged(watch$(scripted({ watches: [failing(reset)] }), { retry }));
      flush();
      expect(log).toEqual(['0 init start', `0 error ${message}`]);
    })();
  });

  it(
    'C7, F7 waits at least as long as the server asked, and never less than 100 ms',
    marbles(({ cold, flush }) => {
      const busy = refusal(429, 'TooManyRequests', {}, 5000);
      const watches = [failing(busy), failing(reset), cold('(oam)', sent)];
      const { log } = logged(watch$(scripted({ watches }), { retry: () => 0 }), 6000);
      flush();
      expect(log).toEqual([
        '0 init start',
        '0 interrupted TooManyRequests (429) #1 5000',
        '5000 interrupted ECONNRESET #2 100',
        '5100 initApply a@3',
        '5100 initDone 5',
      ]);
    }),
  );

  it.each([
    [0, 800],
    [0.5, 1200],
    [0.999, 1599],
  ])('G1, L14, L16 draws the first wait from 0.8 to 1.6 s: by chance %d %i ms', (chance, expected) => {
    marbles(({ flush }) => {
      const busy = refusal(503, 'ServiceUnavailable');
      const source = scripted({ watches: [failing(busy)] }, new Neighbours(() => chance));
      const { log } = logged(watch$(source), expected);
      flush();
      expect(log).toEqual(['0 init start', `0 interrupted ServiceUnavailable (503) #1 ${expected}`]);
    })();
  });

  it('L27 waits for weeks where a policy says so: what is too long for a timer does not fire at once', async () => {
    vi.useFakeTimers();
    try {
      const source = scripted({ watches: [failing(reset)] });
      const subscription = watch$(source, { retry: () => 2 ** 40 }).subscribe();
      await vi.advanceTimersByTimeAsync(24 * 3_600_000);
      expect(source.requests).toEqual(['stream ']);
      subscription.unsubscribe();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it(
    'tells how long it has been failing, from the first failure since it was healthy',
    marbles(({ cold, flush }) => {
      const failingFor: number[] = [];
      const healthy = cold('(oam) 20s #', sent, reset);
      const watches = [failing(reset), failing(reset), healthy, failing(reset)];
      watch$(scripted({ watches }))
        .pipe(takeUntil(timer(23_500)))
        .subscribe((event) => {
          if (isInterrupted(event)) failingFor.push(event.failingFor);
        });
      flush();
      expect(failingFor).toEqual([0, 800, 0, 800]);
    }),
  );

  it(
    'passes on what is not a failure of the watch, and does not retry it: our bugs are not the weather',
    marbles(({ flush }) => {
      const bug = new TypeError('a bug');
      const { log } = logged(watch$(scripted({ watches: [throwError(() => bug)] })));
      flush();
      expect(log).toEqual(['0 init start', '0 error a bug']);
    }),
  );

  it(
    'F5, W1 starts no sooner than 5 s after the last start when a server closes with frames after seconds',
    marbles(({ cold, flush }) => {
      const watches = [cold('(oam) 1995ms |', sent), cold('(oc) 1996ms |', sent)];
      const source = scripted({ watches });
      const starts: number[] = [];
      logged(
        watch$(source, {
          observe: ({ type }) => {
            if (type === 'request') starts.push(asyncScheduler.now());
          },
        }),
        10_001,
      );
      flush();
      expect(starts).toEqual([0, 5000, 10_000]);
    }),
  );

  it(
    'lists anew when a server closes three times at once without a frame: the resourceVersion may be the reason (F4)',
    marbles(({ cold, flush }) => {
      const source = scripted({
        watches: [
          cold('(oam)#', sent, reset),
          cold('(o|)', sent),
          cold('(o|)', sent),
          cold('(o|)', sent),
          cold('(obM)', sent),
        ],
      });
      const { log } = logged(watch$(source), 20_000);
      flush();
      expect(log.slice(4)).toEqual([
        '805 interrupted the server closed the watch after 0 ms and 0 frames #1 800',
        '1605 interrupted the server closed the watch after 0 ms and 0 frames #2 1600',
        '3205 interrupted the server closed the watch after 0 ms and 0 frames #3 3200',
        '6405 init stuck',
        '6405 initApply b@6',
        '6405 initDone 12',
      ]);
    }),
  );
});

describe('watch$: what a server may cost', () => {
  const starts = (retry?: (failure: Interrupted) => number): number[] => {
    const noted: number[] = [];
    marbles(({ cold, flush }) => {
      // Healthy for ten seconds, then broken in one way after the other: every life makes the next failure attempt 1.
      const page = new WatchError('a login page', { kind: 'gateway' });
      const cycle = (): WatchFrames[] => [
        cold('(oam) 9996ms |', sent),
        failing(refusal(403, 'Forbidden')),
        failing(page),
        failing(gone),
        cold('(oaM|)', sent),
      ];
      const watches = Array.from({ length: 100 }, cycle).flat();
      logged(
        watch$(scripted({ watches }), {
          ...(retry && { retry }),
          observe: ({ type }) => {
            if (type === 'request') noted.push(asyncScheduler.now());
          },
        }),
        300_000,
      );
      flush();
    })();
    return noted;
  };
  const mostInAMinute = (times: readonly number[]): number =>
    Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length));

  it('A10 is at most 20 requests a minute, whatever it thinks of', () => {
    expect(mostInAMinute(starts())).toBeLessThanOrEqual(20);
  });

  it(
    'A10 is not counted by the page: a list of a hundred of them takes no longer',
    marbles(({ flush }) => {
      const pages = Array.from({ length: 100 }, (_, i) =>
        of(page(5, [thing(`a${i}`, 3)], i < 99 ? `t${i}` : undefined)),
      );
      const { log } = logged(watch$(scripted({ lists: pages }), { initialList: 'paged' }), 1_000);
      flush();
      expect(log).toHaveLength(102);
      expect(log.at(-1)).toBe('0 initDone 5');
    }),
  );

  it(
    'B9 asks for what follows an empty page, but not without a pause: it may be empty, too, and so on for ever',
    marbles(({ flush }) => {
      let asked = 0;
      const pages = Array.from({ length: 100 }, (_, i) => of(page(5, [], `t${i}`)).pipe(tap(() => asked++)));
      const { log } = logged(watch$(scripted({ lists: pages }), { initialList: 'paged' }), 1_050);
      flush();
      expect(log).toEqual(['0 init start']);
      expect(asked).toBe(11);
    }),
  );

  it('is what a policy says, if there is one', () => {
    expect(mostInAMinute(starts(() => 100))).toBeGreaterThan(20);
  });
});

describe('watch$: silence', () => {
  it(
    'F11 asks whether the server lives when bookmarks stop coming, and opens the stream anew if it does',
    marbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const stream = cold('(oam)---k', sent);
      const again = cold('o 5s c', sent);
      const probe = (revision: number): Observable<ListPage<Thing>> => cold('-(p|)', { p: page(revision, []) });
      const source = scripted({ watches: [stream, again], lists: [probe(9), probe(7)] });
      expectObservable(watch$(source).pipe(lines), '250s !').toBe('(iAD)---k 91s l 4s c', { ...said, l: 'live 9' });
      expectSubscriptions(stream.subscriptions).toBe('^ 90008ms !');
      flush();
      expect(source.requests).toEqual([
        'stream ',
        'list limit=1 resourceVersion=9 resourceVersionMatch=NotOlderThan',
        'watch 9 freshConnection=true',
        // No bookmark came on it either: the question goes on, the stream stays.
        'list limit=1 resourceVersion=7 resourceVersionMatch=NotOlderThan',
      ]);
    }),
  );

  it(
    'F11, J5 notices it, too, where each stream ends properly before the limit: those without a frame are one silence',
    marbles(({ cold, flush }) => {
      const tooLarge = refusal(504, 'Timeout', { details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }, 1000);
      const silent = (): Observable<WatchFrame<Thing>> => cold('o 29s |', sent);
      const source = scripted({
        watches: [cold('(oam)k 29s |', sent), silent(), silent(), silent(), cold('o', sent), cold('(obm)', sent)],
        lists: [cold('#', undefined, tooLarge)],
      });
      const { log } = logged(watch$(source), 125_000);
      flush();
      expect(log.filter((entry) => !entry.includes('live')).slice(4)).toEqual([
        '119006 interrupted Timeout (504) #1 100',
        '119106 init rollback',
        '119106 initApply b@6',
        '119106 initDone 5',
      ]);
    }),
  );

  it(
    'F11, J5 notices a server that was restored from a backup: it has not reached our resourceVersion',
    marbles(({ cold, flush }) => {
      const tooLarge = refusal(504, 'Timeout', { details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }, 1000);
      const source = scripted({
        watches: [cold('(oam)k', sent), cold('(obm)', sent)],
        lists: [cold('3s #', undefined, tooLarge)],
      });
      const { log } = logged(watch$(source), 100_000);
      flush();
      expect(log.slice(4)).toEqual([
        '93005 interrupted Timeout (504) #1 100',
        '93105 init rollback',
        '93105 initApply b@6',
        '93105 initDone 5',
      ]);
    }),
  );

  it(
    'F11 takes a fresh connection when nobody answers the question',
    marbles(({ cold, flush }) => {
      const source = scripted({ watches: [cold('(oam)k', sent), cold('(oc)', sent)], lists: [NEVER] });
      const { log } = logged(watch$(source), 120_000);
      flush();
      expect(log.slice(4)).toEqual([
        '100005 interrupted no answer within 10000 ms #1 800',
        '100805 live 9',
        '100805 apply a@7',
      ]);
      expect(source.requests[2]).toBe('watch 9 freshConnection=true');
    }),
  );

  it(
    'A9, W12 ends a watch itself 15 s after the time that the server was asked to end it at',
    marbles(({ cold, expectSubscriptions, flush }) => {
      const deaf = cold('o', sent);
      const source = scripted({ watches: [deaf, cold('o', sent)] });
      logged(watch$(source, { resourceVersion: '5', timeoutSeconds: { min: 60, max: 60 } }), 80_000);
      expectSubscriptions(deaf.subscriptions).toBe('^ 74999ms !');
      flush();
      expect(source.requests).toEqual(['watch 5', 'watch 5 freshConnection=true']);
    }),
  );

  it(
    'H7, W6 lists by pages when no marker comes for 120 s after the last object',
    marbles(({ cold, flush }) => {
      const source = scripted({
        watches: [cold('o 30s a', sent)],
        lists: [cold('(p|)', { p: page(5, [thing('a', 3)]) })],
      });
      const { log } = logged(watch$(source), 200_000);
      flush();
      expect(log).toEqual([
        '0 init start',
        '30001 initApply a@3',
        '150001 init restart',
        '150001 initApply a@3',
        '150001 initDone 5',
      ]);
    }),
  );

  it(
    'lists by pages 10 s after a server sent what does not belong before the marker: it ignores the parameter (H7)',
    marbles(({ cold, flush }) => {
      const source = scripted({ watches: [cold('(oa)-c--b', sent)] });
      logged(watch$(source), 11_000);
      flush();
      expect(source.requests).toEqual(['stream ', 'list limit=500']);
    }),
  );
});

describe('watch$: pauseWhile and wakeOn', () => {
  it(
    'rests while it is paused, without a request, and resumes at the last resourceVersion',
    marbles(({ cold, hot, expectObservable, expectSubscriptions, flush }) => {
      const pauseWhile = hot('--------t--- 100ms f', { t: true, f: false });
      const first = cold('    -(oam)-b', sent);
      const firstsubs = '     ^-------!';
      const second = cold('                      --o--d', sent);
      const secondsubs = '    ------------ 100ms ^------!';
      const expected = '      i(AD)--bp--- 100ms -----(md)';
      const unsub = '         ------------ 100ms -------!';
      const source = scripted({ watches: [first, second] });
      expectObservable(watch$(source, { pauseWhile }).pipe(lines), unsub).toBe(expected, said);
      expectSubscriptions(first.subscriptions).toBe(firstsubs);
      expectSubscriptions(second.subscriptions).toBe(secondsubs);
      flush();
      expect(source.requests).toEqual(['stream ', 'watch 6']);
    }),
  );

  it(
    'begins paused, and a 410 after a pause is nobody’s failure: it lists without an interruption',
    marbles(({ cold, hot, flush }) => {
      const pauseWhile = concat(of(true), hot('1s f 1s t 1s f', { t: true, f: false }));
      const source = scripted({ watches: [cold('(oam)', sent), cold('(og)', sent), cold('(obM)', sent)] });
      const { log } = logged(watch$(source, { pauseWhile }), 5000);
      flush();
      expect(log).toEqual([
        '0 init start',
        '0 paused',
        '1000 initApply a@3',
        '1000 initDone 5',
        '2001 paused',
        '3002 init expired',
        '3002 initApply b@6',
        '3002 initDone 12',
      ]);
    }),
  );

  it(
    'G4 ends a wait within a second when `wakeOn` emits, but not before the server’s Retry-After is over',
    marbles(({ hot, cold, flush }) => {
      const wakeOn = hot('100ms w 2s w', { w: 0 });
      const busy = refusal(503, 'ServiceUnavailable', {}, 3000);
      const watches = [failing(reset), failing(busy), cold('(oam)', sent)];
      const { log } = logged(watch$(scripted({ watches }), { wakeOn, retry: () => 60_000 }), 70_000);
      flush();
      expect(log.map((entry) => entry.split(' ')[0])).toEqual(['0', '0', '100', '3100', '3100']);
    }),
  );

  it(
    'G4 a pause ends a wait, and so does unsubscribing',
    marbles(({ hot, flush }) => {
      const pauseWhile = hot('100ms t 99ms f', { t: true, f: false });
      const source = scripted({ watches: [failing(reset)] });
      const { log } = logged(watch$(source, { pauseWhile, retry: () => 60_000 }), 1_000);
      flush(); // would last a minute if the wait went on
      expect(asyncScheduler.now()).toBeLessThan(2_000);
      expect(log).toEqual(['0 init start', '0 interrupted ECONNRESET #1 60000', '100 paused']);
      expect(source.requests).toEqual(['stream ', 'stream ']);
    }),
  );

  it(
    'errors with the error of either',
    marbles(({ flush }) => {
      const broken = throwError(() => new Error('hidden broke'));
      const paused = logged(watch$(scripted({}), { pauseWhile: broken }));
      const woken = logged(watch$(scripted({}), { wakeOn: broken }));
      flush();
      expect([...paused.log, ...woken.log]).toEqual(['0 error hidden broke', '0 error hidden broke']);
    }),
  );
});

describe('watch$: the watches of one cluster', () => {
  it(
    'knock together: while nobody answers, fifty watches ask hardly more often than one, and a success wakes all within a second',
    marbles(({ flush }) => {
      const tries: number[] = [];
      let up = false;
      const neighbours = new Neighbours(pseudoRandom());
      const subscriptions = Array.from({ length: 50 }, () => {
        const source = scripted({}, neighbours);
        const api = {
          ...source.api,
          watch: () => {
            tries.push(asyncScheduler.now());
            return up ? concat(of(open, added(thing('a', 3)), marker(5)), NEVER) : failing(reset);
          },
        };
        return logged(watch$({ ...source, api }));
      });
      timer(60_000).subscribe(() => {
        up = true;
      });
      timer(70_000).subscribe(() => {
        for (const { subscription } of subscriptions) subscription.unsubscribe();
      });
      flush();
      const during = tries.filter((at) => at > 10_000 && at < 60_000).length;
      expect(during).toBeGreaterThan(10);
      expect(during).toBeLessThan(50); // alone, each would try some 14 times: 700
      const answered = tries.filter((at) => at >= 60_000);
      expect(answered).toHaveLength(50);
      expect(Math.max(...answered) - Math.min(...answered)).toBeLessThanOrEqual(1000);
      expect(Math.max(...answered)).toBeLessThan(65_000);
    }),
  );

  it(
    'do not take the end of a stream for an outage: it says nothing about who can connect',
    marbles(({ cold, expectSubscriptions, flush }) => {
      const neighbours = new Neighbours(() => 0);
      const second = cold('                       (oam)', sent);
      const secondsubs = '                 801ms ^ 198ms !';
      const cut = cold('              (oam) 790ms #', sent, reset);
      const waiting = scripted({ watches: [failing(reset), second] }, neighbours);
      logged(watch$(scripted({ watches: [cut] }, neighbours)), 1000);
      timer(1).subscribe(() => {
        logged(watch$(waiting), 999);
      });
      expectSubscriptions(second.subscriptions).toBe(secondsubs);
      flush();
      expect(waiting.requests).toEqual(['stream ', 'stream ']);
    }),
  );

  it(
    'H6, L37 learn from each other that a resource has no streaming lists, for an hour',
    marbles(({ cold, flush }) => {
      const neighbours = new Neighbours(() => 0);
      const one = scripted({ watches: [failing(refusal(422, 'Invalid'))] }, neighbours);
      const two = scripted({}, neighbours);
      const three = scripted({ watches: [cold('(om)', sent)] }, neighbours);
      watch$(one).subscribe().unsubscribe();
      watch$(two).subscribe().unsubscribe();
      timer(3_600_001).subscribe(() => {
        watch$(three).subscribe().unsubscribe();
      });
      flush();
      expect([one.requests, two.requests, three.requests]).toEqual([
        ['stream ', 'list limit=500'],
        ['list limit=500'],
        ['stream '],
      ]);
    }),
  );
});

describe('watch$: consumers', () => {
  const burst = (): Thing[] => Array.from({ length: 100_000 }, (_, i) => thing(`n${String(i)}`, i + 1));

  it('stops a synchronous burst at take(3), and decodes no more of it', () => {
    let pulled = 0;
    const stream = concat(of(open), of(...burst().slice(0, 1000).map(added))).pipe(tap(() => pulled++));
    const seen: string[] = [];
    watch$(scripted({ watches: [stream] }))
      .pipe(take(3), lines)
      .subscribe((text) => seen.push(text));
    expect(seen).toEqual(['init start', 'initApply n0@1', 'initApply n1@2']);
    expect(pulled).toBe(3);
  });

  it('stops within a page', () => {
    const seen: string[] = [];
    const lists = [of(page(5, burst()))];
    watch$(scripted({ lists }), { initialList: 'paged' })
      .pipe(take(3), lines)
      .subscribe((text) => seen.push(text));
    expect(seen).toHaveLength(3);
  });

  afterEach(() => {
    config.onUnhandledError = null;
  });

  it(
    'is not corrupted by a subscriber that throws: RxJS reports it, the watch goes on',
    marbles(({ cold, flush }) => {
      const unhandled: unknown[] = [];
      config.onUnhandledError = (error) => unhandled.push(error);
      const source = scripted({ watches: [cold('(oam)b-c#', sent, reset), cold('(od)', sent)] });
      const seen: string[] = [];
      const subscription = watch$(source).subscribe((event) => {
        seen.push(line(event));
        if (event.type === 'apply') throw new Error('consumer broke');
      });
      timer(2000).subscribe(() => {
        subscription.unsubscribe();
      });
      flush();
      expect(seen).toEqual([
        'init start',
        'initApply a@3',
        'initDone 5',
        'apply b@6',
        'apply a@7',
        'interrupted ECONNRESET #1 800',
        'live 7',
        'delete a@8',
      ]);
      expect(unhandled).toHaveLength(2);
      expect(source.requests).toEqual(['stream ', 'watch 7']);
    }),
  );

  it(
    'F13, F14 lets go of everything at whatever moment it is unsubscribed from',
    marbles(({ cold, flush }) => {
      for (let ms = 0; ms < 1000; ms += 7) {
        const watches = [cold('-(oam)-b-#', sent, reset), cold('-o-d---(g|)', sent), cold('-(obM)', sent)];
        const { subscription } = logged(watch$(scripted({ watches })));
        timer(ms).subscribe(() => {
          subscription.unsubscribe();
          for (const { subscriptions } of watches) {
            for (const { unsubscribedFrame } of subscriptions) expect(unsubscribedFrame).toBeLessThan(Infinity);
          }
        });
      }
      flush(); // would never return if a timer stayed behind: the deadlines renew themselves
    }),
  );

  it(
    'can be paused by its own consumer in the middle of a page: the page is delivered first',
    marbles(({ cold, flush }) => {
      const pauseWhile = new BehaviorSubject(false);
      const lists = [cold('-(p|)', { p: page(5, [thing('a', 3), thing('b', 6)]) })];
      const events = watch$(scripted({ lists }), { initialList: 'paged', pauseWhile }).pipe(
        tap((event) => {
          if (event.type === 'initApply') pauseWhile.next(true);
        }),
      );
      const { log } = logged(events);
      flush();
      expect(log).toEqual(['0 init start', '1 initApply a@3', '1 initApply b@6', '1 initDone 5', '1 paused']);
    }),
  );
});

describe('watch$: observe', () => {
  it(
    'is told of every request, its answer, its end and every relist',
    marbles(({ cold, flush }) => {
      const observed: Observation[] = [];
      const source = scripted({ watches: [cold('-(oam)-b-#', sent, reset), cold('-o', sent)] });
      const { subscription } = logged(
        watch$(source, { as: 'mine', observe: (observation) => observed.push(observation) }),
      );
      timer(1000).subscribe(() => {
        subscription.unsubscribe();
      });
      flush();
      const from = 'mine';
      expect(observed).toEqual([
        { from, type: 'request', verb: 'watch', resourceVersion: '' },
        { from, type: 'response', verb: 'watch', after: 1 },
        { from, type: 'end', verb: 'watch', lived: 8, frames: 3, error: reset },
        { from, type: 'request', verb: 'watch', resourceVersion: '6' },
        { from, type: 'response', verb: 'watch', after: 1 },
        { from, type: 'end', verb: 'watch', lived: 190, frames: 0 },
      ]);
    }),
  );

  it(
    'reports what it throws, and the watch does not feel it',
    marbles(({ cold, flush }) => {
      const unhandled = vi.fn();
      config.onUnhandledError = unhandled;
      const observe = (): never => {
        throw new Error('observer broke');
      };
      const { log } = logged(watch$(scripted({ watches: [cold('(oam)', sent)] }), { observe }), 10);
      flush();
      config.onUnhandledError = null;
      expect(log).toEqual(['0 init start', '0 initApply a@3', '0 initDone 5']);
      expect(unhandled).toHaveBeenCalled();
    }),
  );
});

describe('A11, L41 watch$: wrong options fail at once', () => {
  const wrong: readonly (readonly [WatchOptions, string])[] = [
    [{ pageSize: 0 }, 'pageSize must be a whole number ≥ 1, got 0'],
    [{ pageSize: 1.5 }, 'pageSize must be a whole number ≥ 1, got 1.5'],
    [{ resourceVersion: '' }, 'resourceVersion must be one that was seen, got ""'],
    [{ resourceVersion: '0' }, 'resourceVersion must be one that was seen, got "0"'],
    [{ as: '' }, 'as must not be empty, got ""'],
    [{ timeoutSeconds: { min: 0, max: 10 } }, 'timeoutSeconds.min must be a whole number ≥ 1, got 0'],
    [{ timeoutSeconds: { min: 20, max: 10 } }, 'timeoutSeconds.max must be ≥ min (20), got 10'],
    [{ idleLimit: NaN }, 'idleLimit must be a whole number ≥ 1, got NaN'],
    [{ markerLimit: -5 }, 'markerLimit must be a whole number ≥ 1, got -5'],
    [{ initialList: 'all' as 'paged' }, 'initialList must be one of streaming, paged, got "all"'],
    [{ freshness: 'old' as 'any' }, 'freshness must be one of latest, any, got "old"'],
    [{ retry: 5 as unknown as () => number }, 'retry must be a function, got number'],
    [{ observe: 'log' as unknown as () => void }, 'observe must be a function, got "log"'],
    [{ pauseWhile: true as unknown as typeof EMPTY }, 'pauseWhile must be an Observable, got boolean'],
    [{ wakeOn: 'online' as unknown as typeof EMPTY }, 'wakeOn must be an Observable, got "online"'],
  ];

  it.each(wrong)('%j', (options, message) => {
    const source = scripted({});
    expect(() => watch$(source, options)).toThrow(message);
    expect(source.requests).toEqual([]);
  });
});

/** Numbers in [0, 1) that are the same in every run. */
function pseudoRandom(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

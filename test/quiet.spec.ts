import { asyncScheduler, concat, interval, map, NEVER, of, switchMap, takeUntil, timer, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Neighbours } from '../src/neighbours.js';
import type { ListPage, WatchFrame, WatchParams } from '../src/protocol/messages.js';
import { watch$ } from '../src/watch.js';
import { frames, logged, marbles, page, scripted, thing, type ScriptedSource, type Thing } from './double.js';

/** An hour in which nothing happens. */
const HOUR = 3_600_000;
const MINUTE = 60_000;

interface Request {
  readonly what: string;
  readonly at: number;
  readonly timeout: number;
}

/** A server as it should be: it closes each watch at its timeout exactly, and has one object. */
function server(
  random: number,
  bookmarks: (from: number) => Observable<WatchFrame<Thing>>,
): ScriptedSource & {
  readonly asked: readonly Request[];
} {
  const asked: Request[] = [];
  const watch = ({
    resourceVersion,
    timeoutSeconds,
    sendInitialEvents,
  }: WatchParams): Observable<WatchFrame<Thing>> => {
    const what = sendInitialEvents === true ? 'list' : `watch ${resourceVersion}`;
    asked.push({ what, at: asyncScheduler.now(), timeout: timeoutSeconds * 1000 });
    const state = sendInitialEvents === true ? [frames.added(thing('a', 3)), frames.marker(5)] : [];
    const from = sendInitialEvents === true ? 5 : Number(resourceVersion);
    const answer = concat(of(frames.open, ...state), bookmarks(from));
    return timer(5).pipe(
      switchMap(() => answer),
      takeUntil(timer(timeoutSeconds * 1000)),
    );
  };
  const source = scripted({}, new Neighbours(() => random));
  // Who hears nothing asks now and then whether the server lives: that is a request, and neither a list nor a connection.
  const list = (): Observable<ListPage<Thing>> => of(page(5, []));
  return { ...source, asked, api: { list, watch } };
}

/** Once a minute, and much happens elsewhere. */
const everyMinute = (from: number): Observable<WatchFrame<Thing>> =>
  interval(MINUTE).pipe(map((n) => frames.bookmark(from + 10 * (n + 1))));
const never = (): Observable<WatchFrame<Thing>> => NEVER;

describe('an hour in which nothing happens', () => {
  it.each([0, 0.5, 0.999])('is one list, and a watch after each timeout of the server (random: %d)', (random) => {
    marbles(({ flush }) => {
      const source = server(random, everyMinute);
      const { log } = logged(watch$(source), HOUR);
      flush();

      const said = log.map((line) => line.replace(/^\d+ /, ''));
      expect(said.slice(0, 3)).toEqual(['init start', 'initApply a@3', 'initDone 5']);
      expect(said.slice(3).filter((line) => !/^(bookmark|live) \d+$/.test(line))).toEqual([]);
      const lives = said.filter((line) => line.startsWith('live')).length;
      expect(lives).toBe(source.asked.length - 1);

      const [list, ...watches] = source.asked;
      expect(list).toMatchObject({ what: 'list', at: 0 });
      expect(watches.every(({ what }) => what.startsWith('watch '))).toBe(true);
      for (const [n, { at }] of watches.entries()) {
        const before = source.asked[n];
        const ended = (before?.at ?? 0) + (before?.timeout ?? 0);
        // Not all watches of a cluster in one instant, but soon.
        expect(at - ended).toBeGreaterThanOrEqual(0);
        expect(at - ended).toBeLessThanOrEqual(100);
      }
      const last = source.asked.at(-1);
      expect((last?.at ?? 0) + (last?.timeout ?? 0)).toBeGreaterThan(HOUR);
    })();
  });

  it.each([0, 0.5, 0.999])(
    'is the same with a server that sends nothing at all, but for one doubt (random: %d)',
    (random) => {
      marbles(({ flush }) => {
        const source = server(random, never);
        const { log } = logged(watch$(source), HOUR);
        flush();

        // It had bookmarks until then, so their absence is looked into once: asked whether it lives, the server says so.
        const [list, doubted, ...watches] = source.asked;
        expect([list?.what, doubted?.what]).toEqual(['list', 'watch 5']);
        expect(doubted?.at).toBeGreaterThanOrEqual(90_000);
        expect(doubted?.at).toBeLessThanOrEqual(90_200);
        for (const [n, { what, at }] of watches.entries()) {
          const before = source.asked[n + 1];
          expect(what).toBe('watch 5');
          expect(at - (before?.at ?? 0) - (before?.timeout ?? 0)).toBeLessThanOrEqual(100);
        }
        expect(log.map((line) => line.replace(/^\d+ /, ''))).toEqual([
          'init start',
          'initApply a@3',
          'initDone 5',
          ...source.asked.slice(1).map(() => 'live 5'),
        ]);
      })();
    },
  );

  it(
    'resumes each time from the last bookmark, which is why nothing expires',
    marbles(({ flush }) => {
      const source = server(0, everyMinute);
      logged(watch$(source), HOUR);
      flush();
      // The list goes on as a watch for half an hour, with 29 bookmarks; each watch after it is there for four minutes, with three.
      expect(source.asked.map(({ what }) => what)).toEqual([
        'list',
        ...Array.from({ length: 8 }, (_, n) => `watch ${String(5 + 290 + 30 * n)}`),
      ]);
    }),
  );
});

import { merge } from 'rxjs';
import { describe, it } from 'vitest';
import { connectionState } from '../operators/connection-state.js';
import { watch$ } from '../src/watch.js';
import { like, list, watchTest } from './index.js';

const listing = like({ phase: 'listing', ready: false });
const relisting = like({ phase: 'listing', ready: true });
const live = like({ phase: 'live', ready: true });
const paused = like({ phase: 'paused', ready: true });
const failing = (attempt: number, retryIn: number): unknown =>
  like({ phase: 'interrupted', ready: true, attempt, retryIn });

describe('connectionState', () => {
  it(
    'tells that a watch lists, is live, is interrupted, and is live again',
    watchTest(({ watch, expectThat }) => {
      const things = watch(['--1-c-#', '--d'], { 1: list('a', 'b') });
      const expected = '    {sl}-v---x 801ms v';

      expectThat(watch$(things).pipe(connectionState())).toBe(expected, {
        s: like({ phase: 'listing', scopes: new Map() }),
        l: listing,
        v: live,
        x: failing(1, 800),
      });
    }),
  );

  it(
    'stays interrupted through the init of a relist, until the server says something',
    watchTest(({ watch, expectThat }) => {
      const things = watch(['1-!', '---%', '--[a-]'], { 1: list('a') });
      const expected = '     {llv}-x 102ms y 1601ms -r-v';

      expectThat(watch$(things).pipe(connectionState())).toBe(expected, {
        l: listing,
        v: live,
        x: failing(1, 100),
        y: failing(2, 1600),
        r: relisting,
      });
    }),
  );

  it(
    'tells every attempt, and a pause',
    watchTest(({ watch, hot, expectThat }) => {
      const things = watch(['1-#', '#', '-a'], { 1: list() });
      const pauses = hot('    802ms ---t--f', { t: true, f: false });
      const expected = '{llv}-x 799ms y--p 97ms v';

      expectThat(watch$(things, { pauseWhile: pauses }).pipe(connectionState())).toBe(expected, {
        l: listing,
        v: live,
        x: failing(1, 800),
        y: failing(2, 1600),
        p: paused,
      });
    }),
  );

  it(
    'tells the worst of several watches, and each of them',
    watchTest(({ watch, expectThat }) => {
      const one = watch(['1---#', '-a'], { 1: list() });
      const two = watch(['--1'], { 1: list() });
      const expected = ' {slll}-v-x 800ms v';

      expectThat(merge(watch$(one), watch$(two)).pipe(connectionState())).toBe(expected, {
        s: like({ scopes: new Map() }),
        l: listing,
        v: like({
          phase: 'live',
          ready: true,
          scopes: new Map([
            ['things', live],
            ['things 2', live],
          ]),
        }),
        x: like({
          phase: 'interrupted',
          scopes: new Map([
            ['things', failing(1, 800)],
            ['things 2', live],
          ]),
        }),
      });
    }),
  );
});

import { merge, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { list, refuse, watchTest } from '../marbles/index.js';
import type { Connection } from '../src/store/connections.js';
import { watchEach } from '../src/watch-each.js';
import { watch$ } from '../src/watch.js';
import { marbles, reset, thing } from '../test/double.js';
import { diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { connectionState, type ConnectionState } from './connection-state.js';

const { apply, bookmark, interrupted, live, paused } = says();

const START: Connection = { phase: 'listing', ready: false };
const LIVE: Connection = { phase: 'live', ready: true };
const failing = (attempt: number, ready = true): Connection => ({
  phase: 'interrupted',
  ready,
  error: reset,
  attempt,
  retryIn: 800,
});
const state = (worst: Connection, scopes: Record<string, Connection> = { things: worst }): ConnectionState => ({
  ...worst,
  scopes: new Map(Object.entries(scopes)),
});

describe('connectionState', () => {
  itIsAnOperator(connectionState, (n) => (n % 2 === 0 ? interrupted({ attempt: n + 1 }) : live(n)));

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const { source, expected } = diagram('operators/connection-state.ts');
      const e1 = cold(source, { ...script(), b: apply(thing('b', 10)), x: interrupted() });
      const e1subs = '^';

      expectObservable(e1.pipe(connectionState())).toBe(expected, {
        s: state(START, {}),
        i: state(START),
        l: state(LIVE),
        x: state(failing(1)),
      });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'tells that a watch lists, is live, is interrupted, and is live again',
    watchTest(({ watch, expectThat }) => {
      const things = watch(['--1-c-#', '--d'], { 1: list('a', 'b') });
      const expected = '    {si}-l---x 801ms l';

      expectThat(watch$(things).pipe(connectionState())).toBe(expected, {
        s: state(START, {}),
        i: state(START),
        l: state(LIVE),
        x: state(failing(1)),
      });
    }),
  );

  it(
    'stays interrupted through the init of a relist, until the server says something',
    watchTest(({ watch, expectThat }) => {
      const things = watch(['1-!', '---%', '--[a-]'], { 1: list('a') });
      const expected = '    {sil}-x 102ms y 1601ms -r-l';

      expectThat(watch$(things).pipe(connectionState())).toBe(expected, {
        s: state(START, {}),
        i: state(START),
        l: state(LIVE),
        x: state({ ...failing(1), error: refuse(410).error, retryIn: 100 }),
        y: state({ ...failing(2), error: refuse(503).error, retryIn: 1600 }),
        r: state({ phase: 'listing', ready: true }),
      });
    }),
  );

  it(
    'tells every attempt, a pause, and what follows it',
    watchTest(({ watch, hot, expectThat }) => {
      const things = watch(['--#', '--#', '-a', '-a']);
      const pauses = hot('   -----  802ms t--f 96ms t 299ms f', { t: true, f: false });
      const expected = '     s-x 801ms y--p   97ms l-p 300ms l';

      expectThat(watch$(things, { resourceVersion: '1', pauseWhile: pauses }).pipe(connectionState())).toBe(expected, {
        s: state(START, {}),
        x: state(failing(1, false)),
        y: state({ ...failing(2, false), retryIn: 1600 }),
        p: state({ phase: 'paused', ready: false }),
        l: state({ phase: 'live', ready: false }),
      });
    }),
  );

  it('is live with a bookmark, too', () => {
    const { values } = record(of(paused(), bookmark(5)).pipe(connectionState()));
    expect(values.at(-1)).toEqual(state({ phase: 'live', ready: false }));
  });

  it(
    'tells the one that failed most often, of several that do',
    marbles(({ cold, expectObservable }) => {
      const two = says('two');
      const e1 = cold('-x--y-', { x: interrupted(), y: interrupted({ attempt: 4 }) });
      const e2 = cold('--x---', { x: two.interrupted({ attempt: 3 }) });
      const expected = 'sab-c-';

      expectObservable(merge(e1, e2).pipe(connectionState())).toBe(expected, {
        s: state(START, {}),
        a: state(failing(1, false)),
        b: state(failing(3, false), { things: failing(1, false), two: failing(3, false) }),
        c: state(failing(4, false), { things: failing(4, false), two: failing(3, false) }),
      });
    }),
  );

  it(
    'tells the worst of several watches, each of them, and that all were ready',
    watchTest(({ watch, cold, hot, expectThat }) => {
      const one = watch(['   --1---#', '-a'], { 1: list() });
      const two = watch('    ---1', { 1: list() }, { from: 'two' });
      const pauses = hot('   --------t', { t: true });
      const selected = cold('x 899ms y', { x: [two], y: [] });
      const expected = '     {sab}-cd--e-f 798ms g 92ms h';
      const quiet: Connection = { phase: 'paused', ready: true };
      const all$ = merge(watch$(one), watchEach(selected, { pauseWhile: pauses }));

      expectThat(all$.pipe(connectionState())).toBe(expected, {
        s: state(START, {}),
        a: state(START, { things: START }),
        b: state(START, { things: START, two: START }),
        c: state(START, { things: LIVE, two: START }),
        d: state(LIVE, { things: LIVE, two: LIVE }),
        e: state(failing(1), { things: failing(1), two: LIVE }),
        f: state(failing(1), { things: failing(1), two: quiet }),
        g: state(quiet, { things: LIVE, two: quiet }),
        h: state(LIVE, { things: LIVE }),
      });
    }),
  );
});

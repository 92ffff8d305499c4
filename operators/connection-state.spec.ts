import { merge } from 'rxjs';
import { describe, it } from 'vitest';
import { marbles, reset, thing } from '../test/double.js';
import { diagram, itIsAnOperator, says, script } from '../test/events.js';
import type { Connection } from '../src/store/connections.js';
import { connectionState, type ConnectionState } from './connection-state.js';

const { init, initApply, initDone, apply, bookmark, interrupted, live, paused } = says();

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
    'stays interrupted through the init of a relist, until the server says something',
    marbles(({ cold, expectObservable }) => {
      const e1 = cold(' -i-I-xi--y-i--a-I-', {
        i: init('expired'),
        I: initDone(1),
        x: interrupted(),
        y: interrupted({ attempt: 2 }),
        a: initApply(thing('a', 1)),
      });
      const expected = 'si-l-x---y----r-l-';

      expectObservable(e1.pipe(connectionState())).toBe(expected, {
        s: state(START, {}),
        i: state(START),
        x: state(failing(1)),
        y: state(failing(2)),
        r: state({ phase: 'listing', ready: true }),
        l: state(LIVE),
      });
    }),
  );

  it(
    'tells every attempt, a pause, and what follows it',
    marbles(({ cold, expectObservable }) => {
      const e1 = cold(' -x-y-p-m-p-l-', {
        x: interrupted(),
        y: interrupted({ attempt: 2 }),
        p: paused(),
        m: bookmark(5),
        l: live(6),
      });
      const expected = 'sx-y-p-l-p-l-';

      expectObservable(e1.pipe(connectionState())).toBe(expected, {
        s: state(START, {}),
        x: state(failing(1, false)),
        y: state(failing(2, false)),
        p: state({ phase: 'paused', ready: false }),
        l: state({ phase: 'live', ready: false }),
      });
    }),
  );

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
    marbles(({ cold, expectObservable }) => {
      const two = says('two');
      const e1 = cold('-i-I---x---l------', { i: init(), I: initDone(1), x: interrupted(), l: live(4) });
      const e2 = cold('--i--I---p-----RD-', {
        i: two.init(),
        I: two.initDone(2),
        p: two.paused(),
        R: two.init('removed'),
        D: two.initDone(3),
      });
      const expected = 'sabc-d-e-f-g----h-';
      const quiet: Connection = { phase: 'paused', ready: true };

      expectObservable(merge(e1, e2).pipe(connectionState())).toBe(expected, {
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

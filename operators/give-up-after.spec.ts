import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import { marbles, reset, type Thing } from '../test/double.js';
import { Answers, diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { giveUpAfter } from './give-up-after.js';

const { interrupted } = says();

/** The n-th x of a diagram is the n-th attempt. */
function numbered(marbles: string): string {
  let n = 0;
  return marbles.replace(/x/g, () => String(++n));
}

describe('giveUpAfter', () => {
  itIsAnOperator(() => giveUpAfter({ attempts: 1 }));

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const { source, expected } = diagram('operators/give-up-after.ts');
      const recovery = new Answers();
      const failure = (attempt: number): WatchEvent<Thing, 'things'> => interrupted({ attempt, recovery });
      const events = {
        ...script(),
        1: failure(1),
        2: failure(2),
        3: failure(3),
        y: { ...failure(3), retryIn: Infinity },
      };
      const e1 = cold(numbered(source), events, reset);
      const e1subs = '^-------------!';

      expectObservable(e1.pipe(giveUpAfter({ attempts: 3 }))).toBe(numbered(expected), events, reset);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      flush();
      expect(recovery.given).toEqual(['give up']);
    }),
  );

  it.each([
    { limit: { attempts: 3 }, attempt: 2, failingFor: 1e9, givesUp: false },
    { limit: { failingFor: 1000 }, attempt: 1e9, failingFor: 999, givesUp: false },
    { limit: { failingFor: 1000 }, attempt: 1, failingFor: 1000, givesUp: true },
    { limit: { failingFor: 0 }, attempt: 1, failingFor: 0, givesUp: true },
    { limit: { attempts: 3, failingFor: 1000 }, attempt: 3, failingFor: 1, givesUp: true },
    { limit: { attempts: 3, failingFor: 1000 }, attempt: 1, failingFor: 2000, givesUp: true },
  ])('with $limit at attempt $attempt after $failingFor ms: $givesUp', ({ limit, attempt, failingFor, givesUp }) => {
    const recovery = new Answers();
    record(of(interrupted({ recovery, attempt, failingFor })).pipe(giveUpAfter(limit)));
    expect(recovery.given).toEqual(givesUp ? ['give up'] : []);
  });

  it('leaves an event alone where it was too late to give up', () => {
    const recovery = new Answers();
    recovery.open = false;
    const event = interrupted({ recovery });
    expect(record(of(event).pipe(giveUpAfter({ attempts: 1 }))).values[0]).toBe(event);
  });

  it('refuses limits that are none', () => {
    expect(() => giveUpAfter({})).toThrow(new TypeError('giveUpAfter needs a limit: attempts, failingFor or both'));
    expect(() => giveUpAfter({ attempts: 0 })).toThrow(new RangeError('attempts must be ≥ 1, got 0'));
    expect(() => giveUpAfter({ failingFor: NaN })).toThrow(new RangeError('failingFor must be ≥ 0, got NaN'));
    expect(() => giveUpAfter({ attempts: Infinity })).toThrow(new RangeError('attempts must be finite, got Infinity'));
  });
});

import { merge, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { marbles, thing } from '../test/double.js';
import { Answers, diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { backoffWith } from './backoff-with.js';
import { exponential } from './exponential.js';

const { interrupted, apply } = says();

describe('backoffWith', () => {
  itIsAnOperator(() => backoffWith(() => 0));

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const { source, expected } = diagram('operators/backoff-with.ts');
      const [first, second] = [new Answers(), new Answers()];
      const [x1, x2] = [interrupted({ recovery: first }), interrupted({ attempt: 2, recovery: second })];
      const e1 = cold(source.replace(/x([^x]*)$/, 'X$1'), { ...script(), x: x1, X: x2 });

      expectObservable(e1.pipe(backoffWith(exponential({ min: 500, jitter: false })))).toBe(expected, {
        ...script(),
        y: { ...x1, retryIn: 500 },
        z: { ...x2, retryIn: 1000 },
      });
      expectSubscriptions(e1.subscriptions).toBe('^');
      flush();
      expect([first.given, second.given]).toEqual([[500], [1000]]);
    }),
  );

  it('answers for each watch of a merge, with the whole event', () => {
    const [mine, yours] = [new Answers(), new Answers()];
    const all = merge(
      of(interrupted({ recovery: mine })),
      of(says('two').interrupted({ recovery: yours, attempt: 5 })),
    );
    record(all.pipe(backoffWith(({ from, attempt, retryIn }) => (from === 'two' ? attempt * 10 : retryIn))));
    expect([mine.given, yours.given]).toEqual([[800], [50]]);
  });

  it('leaves an event alone whose answer came too late', () => {
    const recovery = new Answers();
    recovery.open = false;
    const event = interrupted({ recovery });
    expect(record(of(event).pipe(backoffWith(() => 5))).values[0]).toBe(event);
  });

  it('leaves every other event alone', () => {
    const event = apply(thing('a', 1));
    expect(record(of(event).pipe(backoffWith(() => NaN))).values[0]).toBe(event);
  });

  it.each([NaN, -1, undefined as unknown as number])('refuses %s from a policy, and does not pass it on', (answer) => {
    const recovery = new Answers();
    const { errors } = record(of(interrupted({ recovery })).pipe(backoffWith(() => answer)));
    expect(errors).toEqual([new RangeError(`policy must return milliseconds ≥ 0 or Infinity, got ${String(answer)}`)]);
    expect(recovery.given).toEqual([]);
  });

  it(
    'turns what a policy throws into an error, and lets go of its source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --c--x--c--', { ...script(), x: interrupted() });
      const e1subs = '  ^----!     ';
      const expected = '--c--#     ';
      const broken = (): number => {
        throw new Error('broken');
      };

      expectObservable(e1.pipe(backoffWith(broken))).toBe(expected, script(), new Error('broken'));
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );
});

import { merge, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { list, watchTest } from '../marbles/index.js';
import type { Policy } from '../src/events.js';
import { watch$ } from '../src/watch.js';
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

  it(
    'answers for each watch of a merge, with the whole event',
    watchTest(({ watch, expectThat, expectConnections }) => {
      const mine = watch([' 1---#', '-a'], { 1: list('a') });
      const yours = watch(['1-#', '#', '-b'], { 1: list('b') }, { cluster: 'other', from: 'other' });
      const expected = '   {11}-!-! 497ms ! 302ms {~a} 697ms {~b}';
      const policy: Policy = ({ from, attempt, retryIn }) => (from === 'other' ? attempt * 500 : retryIn);

      expectThat(merge(watch$(mine), watch$(yours)).pipe(backoffWith(policy))).toBe(expected);
      expectConnections(mine).toBe('^---!', '804ms ^');
      expectConnections(yours).toBe('^-!', '502ms (^!)', '1502ms ^');
    }),
  );

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
    watchTest(({ watch, expectThat, expectRequests }) => {
      const things = watch(['0-c--#', '-c']);
      const expected = '     0-c--#';
      const broken = (): number => {
        throw new Error('broken');
      };

      expectThat(watch$(things).pipe(backoffWith(broken))).toBe(expected, { '#': new Error('broken') });
      expectRequests(things).toBe('list');
    }),
  );
});

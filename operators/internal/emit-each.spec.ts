import { NEVER, Observable, Subject, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { marbles } from '../../test/double.js';
import { record } from '../../test/events.js';
import { emitEach } from './emit-each.js';

const letters = () => (value: string) => value.split('');
const broken = (): never => {
  throw new Error('broken');
};

describe('emitEach', () => {
  it(
    'emits each value that is made of one, in order',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --a-----b----c--|', { a: 'xyz', b: '', c: 'x' });
      const e1subs = '  ^---------------!';
      const expected = '--(xyz)------x--|';

      expectObservable(e1.pipe(emitEach(letters))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'passes an error, and lets go of its source when it is unsubscribed from',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --a--#');
      const e1subs = ['^----!', '^---!-'];
      const expected = '--a--#';
      const cut = '     --a---';
      const unsub = '   ----!-';

      expectObservable(e1.pipe(emitEach(letters))).toBe(expected);
      expectObservable(e1.pipe(emitEach(letters)), unsub).toBe(cut);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'turns what the user throws into an error, and lets go of its source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --a--b--|');
      const e1subs = '  ^-!      ';
      const expected = '--#      ';

      expectObservable(e1.pipe(emitEach(() => broken))).toBe(expected, undefined, new Error('broken'));
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it('turns what its set-up throws into an error', () => {
    expect(record(NEVER.pipe(emitEach(broken))).errors).toEqual([new Error('broken')]);
  });

  it('stops a synchronous source, and what is left of an array, on take(3)', () => {
    let emitted = 0;
    const endless = new Observable<string>((subscriber) => {
      while (!subscriber.closed) {
        emitted += 1;
        subscriber.next('ab');
      }
    });

    expect(record(endless.pipe(emitEach(letters), take(3)))).toMatchObject({
      values: ['a', 'b', 'a'],
      end: 'completed',
    });
    expect(emitted).toBe(2);
  });

  it('keeps the order where a consumer makes the source emit, and completes last', () => {
    const source = new Subject<string>();
    const values: string[] = [];
    source.pipe(emitEach(letters)).subscribe({
      next: (value) => {
        values.push(value);
        if (value === 'a') {
          source.next('xy');
          source.complete();
        }
      },
      error: broken,
      complete: () => values.push('|'),
    });

    source.next('abc');
    expect(values.join('')).toBe('abcxy|');
  });

  it('is done with what waits when it is unsubscribed from meanwhile', () => {
    const source = new Subject<string>();
    const recorded = record(source.pipe(emitEach(letters), take(1)));
    source.next('ab');
    source.next('c');
    expect(recorded).toMatchObject({ values: ['a'], end: 'completed' });
  });
});

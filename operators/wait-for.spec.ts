import { from, merge, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import { gone, line, marbles, thing, type Thing } from '../test/double.js';
import { diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { isDeleted } from './conditions.js';
import { waitFor } from './wait-for.js';

const { init, initApply, initDone, apply, delete: deleted, interrupted } = says();
const named = (name: string) => (object: Thing | undefined) => object?.metadata.name === name;
const at = (version: number) => (object: Thing | undefined) => Number(object?.metadata.resourceVersion) >= version;

/** What a condition that is never met is asked, as `a@1`, or `nothing`. */
function asked(...events: readonly WatchEvent<Thing>[]): string[] {
  const questions: string[] = [];
  const { values, end } = record(
    from(events).pipe(
      waitFor((object) => {
        questions.push(object === undefined ? 'nothing' : line(apply(object)).replace('apply ', ''));
        return false;
      }),
    ),
  );
  expect({ values, end }).toEqual({ values: [], end: 'completed' });
  return questions;
}

describe('waitFor', () => {
  itIsAnOperator(() => waitFor(named('t5')));

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const { source, expected } = diagram('operators/wait-for.ts');
      const e1 = cold(source, script());
      const e1subs = '^------!';

      expectObservable(e1.pipe(waitFor(named('b')))).toBe(expected, { b: thing('b', 2) });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'waits over interruptions and relists, for the first state that meets the condition',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const events = {
        ...script(),
        x: interrupted(),
        u: initApply(thing('a', 20)),
        v: apply(thing('a', 21)),
        w: apply(thing('a', 22)),
      };
      const e1 = cold(' -iaI-x-iu-x-iaI-v-w', events);
      const e1subs = '  ^---------------!  ';
      // What `u` says is taken back: its list was cut short.
      const expected = '----------------(a|)';

      expectObservable(e1.pipe(waitFor(at(20)))).toBe(expected, { a: thing('a', 21) });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'emits undefined where nothing is there: of a complete list, or after a deletion',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -i---I---', script());
      const e1subs = '  ^----!   ';
      const empty = '   -----(u|)';
      const e2 = cold(' -iaI--A--', script());
      const e2subs = '  ^-----!  ';
      const deletion = '------(u|)';

      expectObservable(e1.pipe(waitFor(isDeleted()))).toBe(empty, { u: undefined });
      expectObservable(e2.pipe(waitFor(isDeleted()))).toBe(deletion, { u: undefined });
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    }),
  );

  it(
    'says that nothing is there when no watch of a merge has anything, or is still listing',
    marbles(({ cold, expectObservable }) => {
      const two = says('two');
      const e1 = cold('  -i-I--------', script());
      const e2 = cold('  -i--a-I-A---', {
        i: two.init(),
        a: two.initApply(thing('a', 1)),
        I: two.initDone(2),
        A: two.delete(thing('a', 3)),
      });
      const e3 = cold('  i-I-i--aI-A-', script());
      const e4 = cold('  iaI--A------', {
        i: two.init(),
        a: two.initApply(thing('b', 1)),
        I: two.initDone(2),
        A: two.delete(thing('b', 3)),
      });
      const expected = ' --------(u|)';
      const relisting = '----------(u|)';

      expectObservable(merge(e1, e2).pipe(waitFor(isDeleted()))).toBe(expected, { u: undefined });
      expectObservable(merge(e3, e4).pipe(waitFor(isDeleted()))).toBe(relisting, { u: undefined });
    }),
  );

  it(
    'sees another object under the name, also where a relist reveals it',
    marbles(({ cold, expectObservable }) => {
      const events = { ...script(), n: initApply(thing('a', 30, 'new')), m: apply(thing('a', 31)) };
      const e1 = cold(' -iaI--m--inI', events);
      const expected = '-----------(n|)';

      expectObservable(e1.pipe(waitFor(isDeleted('uid-a')))).toBe(expected, { n: thing('a', 30, 'new') });
    }),
  );

  it('asks about each new state once, and about a list once it is complete', () => {
    const list = [init('expired'), initApply(thing('a', 1)), initApply(thing('b', 5)), initDone(6)];
    expect(
      asked(
        ...[init(), initApply(thing('a', 1)), initApply(thing('b', 2)), initDone(3)],
        ...[apply(thing('b', 5)), apply(thing('b', 5))],
        ...list,
        ...[deleted(thing('a', 7)), deleted(thing('b', 8))],
        ...[init('expired'), initApply(thing('a', 9)), init('restart'), initDone(10)],
      ),
    ).toEqual(['a@1', 'b@2', 'b@5', 'nothing', 'nothing']);
  });

  it('is told of a deletion by a watch that starts at a resourceVersion', () => {
    expect(asked(deleted(thing('a', 5)))).toEqual(['nothing']);
  });

  it('asks no more once it has its object, in the middle of a list or where a consumer makes the source emit', () => {
    const source = new Subject<WatchEvent<Thing>>();
    const questions: string[] = [];
    const values: unknown[] = [];
    const condition = (object: Thing | undefined): boolean => {
      questions.push(object?.metadata.name ?? 'nothing');
      return object?.metadata.name === 'b';
    };
    source.pipe(waitFor(condition)).subscribe((object) => {
      values.push(object);
      source.next(apply(thing('b', 9)));
    });

    for (const event of [init(), initApply(thing('b', 1)), initApply(thing('c', 2)), initDone(3)]) source.next(event);
    expect(questions).toEqual(['b']);
    expect(values).toEqual([thing('b', 1)]);
    expect(source.observed).toBe(false);
  });

  it(
    'completes without a value when its source does, and asks nothing about half a list',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -i-a-|', script());
      const e1subs = '  ^----!';
      const expected = '-----|';

      expectObservable(e1.pipe(waitFor(() => true))).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'passes the error of a watch that is over, and that of a condition that throws',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' -i-#     ', script(), gone);
      const over = '    ---#     ';
      const e2 = cold(' -i-a-I-c-', script());
      const e2subs = '  ^----!   ';
      const thrown = '  -----#   ';
      const broken = (): boolean => {
        throw new Error('broken');
      };

      expectObservable(e1.pipe(waitFor(broken))).toBe(over, undefined, gone);
      expectObservable(e2.pipe(waitFor(broken))).toBe(thrown, undefined, new Error('broken'));
      expectSubscriptions(e2.subscriptions).toBe(e2subs);
    }),
  );
});

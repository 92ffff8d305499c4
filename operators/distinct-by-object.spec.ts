import { from, merge, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import { line, marbles, thing, type Thing } from '../test/double.js';
import { diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { distinctByObject } from './distinct-by-object.js';

interface Labelled extends Thing {
  readonly metadata: Thing['metadata'] & { readonly labels?: Readonly<Record<string, string>> };
}

/** The thing `name` with the label `app`. */
function labelled(name: string, resourceVersion: number, app: string, uid?: string): Labelled {
  const { kind, metadata } = thing(name, resourceVersion, uid);
  return { kind, metadata: { ...metadata, labels: { app } } };
}

const { init, initApply, initDone, apply, delete: deleted, live, bookmark, paused, interrupted } = says();
const app = ({ metadata }: Labelled) => metadata.labels?.['app'];

/** What is left of events, as lines. */
function passed(...events: readonly WatchEvent<Thing>[]): string[] {
  return record(from(events).pipe(distinctByObject(app))).values.map(line);
}

describe('distinctByObject', () => {
  itIsAnOperator(() => distinctByObject(({ metadata }) => metadata.name));

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const { source, expected } = diagram('operators/distinct-by-object.ts');
      const events = {
        ...script(),
        a: initApply(labelled('a', 1, 'x')),
        s: apply(labelled('a', 2, 'x')),
        r: apply(labelled('a', 3, 'y')),
        A: deleted(labelled('a', 4, 'y')),
      };
      const e1 = cold(source, events);
      const e1subs = '^------------!';

      expectObservable(e1.pipe(distinctByObject(app))).toBe(expected, events);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'compares with what it passed last, not with what it dropped',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const events = {
        a: apply(labelled('a', 1, 'x')),
        b: apply(labelled('a', 2, 'x')),
        c: apply(labelled('a', 3, 'y')),
        d: apply(labelled('a', 4, 'x')),
      };
      const e1 = cold(' -a-b-c-d-b-#', events);
      const e1subs = '  ^----------!';
      const expected = '-a---c-d---#';
      const unsub = '   ----!       ';
      const cut = '     -a---       ';

      expectObservable(e1.pipe(distinctByObject(app))).toBe(expected, events);
      expectObservable(e1.pipe(distinctByObject(app)), unsub).toBe(cut, events);
      expectSubscriptions(e1.subscriptions).toBe([e1subs, '^---!']);
    }),
  );

  it('passes what is no apply', () => {
    const events = [init(), initDone(1), live(2), bookmark(3), paused(), interrupted()];
    const { values } = record(from(events).pipe(distinctByObject(app)));
    expect(values.every((event, i) => event === events[i])).toBe(true);
    expect(values).toHaveLength(events.length);
  });

  it('passes an apply where any of several keys has another value', () => {
    const versions = record(
      of(
        apply(labelled('a', 1, 'x')),
        apply(labelled('a', 2, 'x')),
        apply({ ...labelled('a', 3, 'x'), kind: 'Other' }),
        apply({ ...labelled('a', 4, 'y'), kind: 'Other' }),
      ).pipe(distinctByObject(({ kind }) => kind, app)),
    ).values.map(({ object }) => object.metadata.resourceVersion);
    expect(versions).toEqual(['1', '3', '4']);
  });

  it.each<[what: string, values: readonly unknown[], expected: readonly unknown[]]>([
    ['by content', [{ b: [1] }, { b: [1] }, { b: [2] }], [{ b: [1] }, { b: [2] }]],
    ['undefined and null apart', [undefined, undefined, null, undefined], [undefined, null, undefined]],
    ['a text and its lookalike apart', [undefined, 'undefined', '1', 1], [undefined, 'undefined', '1', 1]],
  ])('compares values %s', (_, values, expected) => {
    const source = from(values.map((value, i) => apply({ ...thing('a', i + 1), value } as Thing)));
    const valueOf = (object: Thing) => (object as Thing & { readonly value: unknown }).value;
    const left = record(source.pipe(distinctByObject(valueOf))).values;
    expect(left.map(({ object }) => valueOf(object))).toEqual(expected);
  });

  it('compares values key by key, whatever text is in them', () => {
    const events = [
      apply({ ...labelled('a', 1, 'x\ny'), kind: 'z' }),
      apply({ ...labelled('a', 2, 'x'), kind: 'y\nz' }),
    ];
    expect(record(from(events).pipe(distinctByObject(app, ({ kind }) => kind))).values).toEqual(events);
  });

  it('passes a relist whole, and compares with it from then on', () => {
    expect(
      passed(
        apply(labelled('a', 1, 'x')),
        apply(labelled('b', 2, 'x')),
        ...[init('expired'), initApply(labelled('a', 1, 'x')), initApply(labelled('b', 4, 'y'))],
        ...[initApply(labelled('b', 5, 'y')), initDone(6)],
        apply(labelled('a', 7, 'x')),
        apply(labelled('b', 8, 'y')),
        apply(labelled('b', 9, 'x')),
      ),
    ).toEqual([
      ...['apply a@1', 'apply b@2'],
      ...['init expired', 'initApply a@1', 'initApply b@4', 'initApply b@5', 'initDone 6'],
      'apply b@9',
    ]);
  });

  it('forgets what a complete list does not have, and what one that was cut short had', () => {
    expect(
      passed(
        ...[init(), initApply(labelled('a', 1, 'x')), initApply(labelled('b', 2, 'x')), initDone(3)],
        ...[init('expired'), initApply(labelled('a', 4, 'y'))],
        ...[init('restart'), initApply(labelled('c', 5, 'x')), deleted(labelled('c', 6, 'x')), initDone(6)],
        // None of them is in the list that was completed.
        apply(labelled('a', 7, 'y')),
        apply(labelled('b', 8, 'x')),
        apply(labelled('c', 9, 'x')),
      ).slice(-3),
    ).toEqual(['apply a@7', 'apply b@8', 'apply c@9']);
  });

  it('passes a deletion and what comes after it, and another uid under the name', () => {
    expect(
      passed(
        apply(labelled('a', 1, 'x')),
        deleted(labelled('a', 2, 'x')),
        apply(labelled('a', 3, 'x')),
        apply(labelled('a', 4, 'x', 'another')),
        // Late news of the former object: the present one stays known.
        deleted(labelled('a', 5, 'x')),
        apply(labelled('a', 6, 'x', 'another')),
      ),
    ).toEqual(['apply a@1', 'delete a@2', 'apply a@3', 'apply a@4', 'delete a@5']);
  });

  it('does with a server that gives no uid', () => {
    const { kind, metadata } = labelled('a', 1, 'x');
    const anonymous = { kind, metadata: { ...metadata, uid: undefined } } as unknown as Thing;
    expect(passed(apply(anonymous), apply(anonymous), deleted(anonymous), apply(anonymous))).toEqual([
      'apply a@1',
      'delete a@1',
      'apply a@1',
    ]);
  });

  it(
    'compares each watch with itself, and forgets one that is taken out',
    marbles(({ cold, expectObservable }) => {
      const two = says('two');
      const e1 = cold('-a--b-iI-c-', {
        a: apply(labelled('a', 1, 'x')),
        b: apply(labelled('a', 2, 'x')),
        i: init('removed'),
        I: initDone(3),
        c: apply(labelled('a', 4, 'x')),
      });
      const e2 = cold('--a--b----c', {
        a: two.apply(labelled('a', 1, 'x')),
        b: two.apply(labelled('a', 2, 'y')),
        c: two.apply(labelled('a', 4, 'y')),
      });
      const expected = '-at--uiI-c-';

      expectObservable(merge(e1, e2).pipe(distinctByObject(app))).toBe(expected, {
        a: apply(labelled('a', 1, 'x')),
        t: two.apply(labelled('a', 1, 'x')),
        u: two.apply(labelled('a', 2, 'y')),
        i: init('removed'),
        I: initDone(3),
        c: apply(labelled('a', 4, 'x')),
      });
    }),
  );

  it('knows what it passes before it passes it, where a consumer makes the source emit', () => {
    const source = new Subject<WatchEvent<Thing>>();
    const told: string[] = [];
    source.pipe(distinctByObject(app)).subscribe((event) => {
      told.push(line(event));
      if (told.length < 5) source.next(apply(labelled('a', told.length + 1, 'x')));
    });

    source.next(apply(labelled('a', 1, 'x')));
    expect(told).toEqual(['apply a@1']);
  });

  it(
    'turns what a key throws into an error, and lets go of its source',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --i--c--c--', script());
      const e1subs = '  ^----!     ';
      const expected = '--i--#     ';
      const broken = (): never => {
        throw new Error('broken');
      };

      expectObservable(e1.pipe(distinctByObject(broken))).toBe(expected, script(), new Error('broken'));
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it('refuses to do without a key', () => {
    const keyless = distinctByObject as () => unknown;
    expect(() => keyless()).toThrow(new TypeError('distinctByObject needs at least one key'));
  });
});

import { concat, ignoreElements, map, merge, NEVER, of, throwError, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { list, watchTest } from '../marbles/index.js';
import type { WatchEvent } from '../src/events.js';
import type { Source } from '../src/source.js';
import { createStore } from '../src/store/store.js';
import { watch$ } from '../src/watch.js';
import { marbles, reset, thing, type Thing } from '../test/double.js';
import { diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { reflectInto } from './reflect-into.js';

const { init, initApply, initDone, apply, live } = says();

describe('reflectInto', () => {
  itIsAnOperator(() => reflectInto(createStore<Thing>()));

  it(
    'I2, L22 passes every event on once the store shows it, as its diagram says',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const { source, expected } = diagram('operators/reflect-into.ts');
      const store = createStore<Thing>();
      const e1 = cold<WatchEvent<Thing>>(source, script());
      const shown = e1.pipe(
        reflectInto(store),
        map(() => store.values().map(({ metadata }) => metadata.name)),
      );
      const content = '-0-0-0-2-3-4----';

      expectObservable(e1.pipe(reflectInto(createStore<Thing>()))).toBe(expected, script());
      expectObservable(shown).toBe(content, { 0: [], 2: ['a', 'b'], 3: ['a', 'b', 'c'], 4: ['b', 'c'] });
      expectSubscriptions(e1.subscriptions).toBe(['^', '^']);
    }),
  );

  it('passes the very events', () => {
    const event = apply(thing('a', 1));
    expect(record(of(event).pipe(reflectInto(createStore<Thing>()))).values[0]).toBe(event);
  });

  it(
    'merges several watches',
    watchTest(({ watch, expectThat }) => {
      const store = createStore();
      const one = watch('--1', { 1: list('a') });
      const two = watch(['---1-!', '2'], { 1: list('b'), 2: list() });
      const expected = ' x-yz- 100ms y';
      const feed = (source: Source): Observable<never> => watch$(source).pipe(reflectInto(store), ignoreElements());

      expectThat(merge(store.select(), feed(one), feed(two))).toBe(expected, {
        x: list(),
        y: list('a'),
        z: list('a', 'b'),
      });
    }),
  );

  it('says of what it fed that it is stopped, and why, and goes on from there', () => {
    const store = createStore<Thing>();
    const list = [init(), initApply(thing('a', 1)), initDone(2)];
    const stateOf = (from: string): unknown[] => {
      const { phase, ready, error } = store.scopes.get(from) ?? {};
      return [phase, ready, error];
    };

    record(
      concat(
        of(...list),
        throwError(() => reset),
      ).pipe(reflectInto(store)),
    );
    expect(stateOf('things')).toEqual(['stopped', true, reset]);
    expect(store.size).toBe(1);

    const [first, object] = [store.get('default/a'), says('two')];
    const { subscription } = record(merge(of(...list), of(object.live(5)), NEVER).pipe(reflectInto(store)));
    expect(stateOf('things')).toEqual(['live', true, undefined]);
    expect(store.get('default/a')).toBe(first);

    subscription.unsubscribe();
    expect(stateOf('things')).toEqual(['stopped', true, undefined]);
    expect(stateOf('two')).toEqual(['stopped', false, undefined]);
    expect(store.scopes.get('things')?.staleSince).toBeGreaterThan(0);
  });

  it('stops only what it fed last', () => {
    const store = createStore<Thing>();
    const first = record(merge(of(live(1)), NEVER).pipe(reflectInto(store)));
    record(merge(of(live(2)), NEVER).pipe(reflectInto(store)));
    first.subscription.unsubscribe();
    expect(store.scopes.get('things')?.phase).toBe('live');
  });

  it('I11 turns what an index function throws into an error, with a store that is whole', () => {
    const store = createStore({
      index: {
        broken: (object: Thing) => {
          if (object.metadata.name === 'a') throw new Error('broken');
          return 'x';
        },
        good: () => 'y',
      },
    });
    const list = [init(), initApply(thing('a', 1)), initApply(thing('b', 2)), initDone(2)];
    const { errors } = record(of(...list).pipe(reflectInto(store)));
    expect(errors).toEqual([new Error('broken')]);
    expect(store.keys()).toEqual(['default/a', 'default/b']);
    expect(store.by('broken', 'x')).toEqual([thing('b', 2)]);
    expect(store.by('good', 'y')).toHaveLength(2);
  });
});

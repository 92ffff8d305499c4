import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { list, watchTest } from '../marbles/index.js';
import { watch$ } from '../src/watch.js';
import { marbles, thing } from '../test/double.js';
import { diagram, itIsAnOperator, record, says, script } from '../test/events.js';
import { touchedObjects } from './touched-objects.js';

const { apply, delete: deleted } = says();

describe('touchedObjects', () => {
  itIsAnOperator(touchedObjects);

  it(
    'emits what its diagram says',
    marbles(({ cold, expectObservable }) => {
      const { source, expected } = diagram('operators/touched-objects.ts');
      const objects = { a: thing('a', 1), b: thing('b', 2), c: thing('c', 10) };
      const events = { ...script(), C: deleted(objects.c) };

      expectObservable(cold(source, events).pipe(touchedObjects())).toBe(expected, objects);
    }),
  );

  it(
    'emits new states and final ones, each once',
    watchTest(({ watch, expectThat }) => {
      const things = watch(['--1-b-A-!', '--2'], { 1: list('a', 'b', 'c'), 2: list('b', 'd') });
      const expected = '    --{abc}-b-A- 102ms {Cd}';

      expectThat(watch$(things).pipe(touchedObjects())).toBe(expected);
    }),
  );

  it('emits a state once that is told twice', () => {
    const [event, next] = [apply(thing('a', 1)), apply(thing('a', 2))];
    const { values } = record(of(event, event, next).pipe(touchedObjects()));
    expect(values).toEqual([event.object, next.object]);
  });
});

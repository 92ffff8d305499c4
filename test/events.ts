import { from, ignoreElements, Observable, Subscription, take, type OperatorFunction } from 'rxjs';
import { expect, it } from 'vitest';
import type {
  Apply,
  Bookmark,
  Delete,
  Init,
  InitApply,
  InitCause,
  InitDone,
  Interrupted,
  KubernetesObject,
  Live,
  Paused,
  Recovery,
  WatchEvent,
} from '../src/events.js';
import { marbles, reset, thing, type Thing } from './double.js';
import { textOf } from './texts.js';

/** Builds the events of one watch. */
export interface Says<T extends KubernetesObject, K extends string> {
  readonly init: (cause?: InitCause) => Init<K>;
  readonly initApply: (object: T) => InitApply<T, K>;
  readonly initDone: (resourceVersion: number) => InitDone<K>;
  readonly apply: (object: T) => Apply<T, K>;
  readonly delete: (object: T) => Delete<T, K>;
  readonly live: (resourceVersion: number) => Live<K>;
  readonly bookmark: (resourceVersion: number) => Bookmark<K>;
  readonly paused: () => Paused<K>;
  readonly interrupted: (failure?: Partial<Interrupted>) => Interrupted<K>;
}

export function says<K extends string = 'things'>(
  watch = 'things',
  resource: K = 'things' as K,
  cluster = 'test',
): Says<Thing, K> {
  const base = { resource, cluster, from: watch };
  return {
    init: (cause = 'start') => ({ type: 'init', ...base, cause }),
    initApply: (object) => ({ type: 'initApply', ...base, object }),
    initDone: (version) => ({ type: 'initDone', ...base, resourceVersion: String(version) }),
    apply: (object) => ({ type: 'apply', ...base, object }),
    delete: (object) => ({ type: 'delete', ...base, object }),
    live: (version) => ({ type: 'live', ...base, resourceVersion: String(version) }),
    bookmark: (version) => ({ type: 'bookmark', ...base, resourceVersion: String(version) }),
    paused: () => ({ type: 'paused', ...base }),
    interrupted: (failure) => ({
      type: 'interrupted',
      error: reset,
      attempt: 1,
      failingFor: 0,
      retryIn: 800,
      recovery: new Answers(),
      ...failure,
      ...base,
    }),
  };
}

/** Remembers how an `interrupted` event was answered. */
export class Answers implements Recovery {
  readonly given: (number | 'give up')[] = [];
  /** Whether the event is still being delivered. */
  open = true;

  retryIn(ms: number): boolean {
    this.given.push(ms);
    return this.open;
  }

  giveUp(): boolean {
    this.given.push('give up');
    return this.open;
  }
}

export interface Recorded<T> {
  readonly values: T[];
  readonly errors: unknown[];
  /** Undefined while it goes on. */
  end: 'completed' | 'errored' | undefined;
  readonly subscription: Subscription;
}

/** Subscribes, and remembers what it is told. */
export function record<T>(source: Observable<T>): Recorded<T> {
  const recorded: Recorded<T> = { values: [], errors: [], end: undefined, subscription: new Subscription() };
  recorded.subscription.add(
    source.subscribe({
      next: (value) => recorded.values.push(value),
      error: (error: unknown) => {
        recorded.errors.push(error);
        recorded.end = 'errored';
      },
      complete: () => (recorded.end = 'completed'),
    }),
  );
  return recorded;
}

/** The same event, with an object that is decoded at every reading: `readings` counts them. */
export function lazy<K extends string>(
  event: WatchEvent<Thing, K>,
): {
  readonly event: WatchEvent<Thing, K>;
  readonly readings: () => number;
} {
  let readings = 0;
  if (!('object' in event)) return { event, readings: () => readings };
  const { object } = event;
  const accessor = { get: () => (readings++, object) };
  return { event: Object.defineProperty({ ...event }, 'object', accessor), readings: () => readings };
}

/** The events of the diagrams in doc comments: what a letter means to a watch of the things a, b and c, in this order. */
export function script(): Record<'i' | 'I' | 'a' | 'b' | 'c' | 'A' | 'B' | 'C' | 'l', WatchEvent<Thing, 'things'>> {
  const { init, initDone, initApply, apply, live, delete: deleted } = says();
  return {
    i: init(),
    a: initApply(thing('a', 1)),
    b: initApply(thing('b', 2)),
    I: initDone(9),
    c: apply(thing('c', 10)),
    A: deleted(thing('a', 11)),
    B: deleted(thing('b', 12)),
    C: deleted(thing('c', 13)),
    l: live(14),
  };
}

/** The marble diagram in the doc comment of a file, without its legends: what goes in, a line a source, and the last line, what comes out. */
export function diagram(file: string): {
  readonly source: string;
  readonly sources: readonly string[];
  readonly expected: string;
} {
  const [, block] = /```txt\n([^`]*)```/.exec(textOf(file)) ?? [];
  const lines = block?.split('\n').map((line) => line.replace(/^ *\* ?/, '').replace(/(?<=\S) {2,}.*/, '')) ?? [];
  const sources = lines.slice(0, lines.indexOf(''));
  const [source, expected] = [sources[0], lines.filter((line) => line !== '').at(-1)];
  if (source === undefined || expected === undefined) throw new Error(`${file} has no diagram`);
  return { source, sources, expected };
}

/**
 * What holds for every operator of the library. `nth` makes the n-th event of a source that keeps the operator emitting.
 */
export function itIsAnOperator<R>(
  create: () => OperatorFunction<WatchEvent<Thing, 'things'>, R>,
  nth = (n: number): WatchEvent<Thing, 'things'> => says().apply(thing(`t${String(n)}`, n + 1)),
): void {
  it(
    'never ends where its source does not, and is unsubscribed from with it',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const e1 = hot('  --a--b--c-----', { a: nth(0), b: nth(1), c: nth(2) });
      const e1subs = '  ^---------!   ';
      const expected = '--------------';
      const unsub = '   ----------!   ';

      expectObservable(e1.pipe(create(), ignoreElements()), unsub).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'completes when an empty source does',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold<WatchEvent<Thing, 'things'>>(' |');
      const e1subs = '  (^!)';
      const expected = '|';

      expectObservable(e1.pipe(create(), ignoreElements())).toBe(expected);
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it(
    'passes an error',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const e1 = cold(' --a--b--#', { a: nth(0), b: nth(1) }, new Error('broken'));
      const e1subs = '  ^-------!';
      const expected = '--------#';

      expectObservable(e1.pipe(create(), ignoreElements())).toBe(expected, undefined, new Error('broken'));
      expectSubscriptions(e1.subscriptions).toBe(e1subs);
    }),
  );

  it('stops a synchronous source when it is unsubscribed from', () => {
    let emitted = 0;
    const endless = new Observable<WatchEvent<Thing, 'things'>>((subscriber) => {
      while (!subscriber.closed && emitted < 1000) subscriber.next(nth(emitted++));
    });

    record(endless.pipe(create(), take(3)));
    expect(emitted).toBeLessThan(10);
  });

  it('keeps its state for each subscription', () => {
    const source = new Observable<WatchEvent<Thing, 'things'>>((subscriber) => {
      for (let n = 0; n < 6; n++) subscriber.next(nth(n));
    }).pipe(create());
    const first = record(source);
    const second = record(source);
    expect(second.values).toEqual(first.values);
    expect(first.values).not.toEqual([]);
  });

  it('reads the object of an event at most once', () => {
    const { init, initApply, initDone, apply } = says();
    const events = [
      init(),
      initApply(thing('a', 1)),
      initDone(2),
      apply(thing('a', 3)),
      says().delete(thing('a', 4)),
    ].map((event) => lazy<'things'>(event));

    record(from(events.map(({ event }) => event)).pipe(create()));
    expect(events.every(({ readings }) => readings() <= 1)).toBe(true);
  });
}

/** For type tests: kinds whose objects differ. */
export interface Pod extends KubernetesObject {
  readonly spec: { readonly nodeName?: string };
  readonly status?: { readonly phase?: string };
}
export interface Service extends KubernetesObject {
  readonly spec: { readonly clusterIP?: string };
}
export interface Widget extends KubernetesObject {
  readonly spec: { readonly size: number };
}

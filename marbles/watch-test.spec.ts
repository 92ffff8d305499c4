import { concat, delay, map, NEVER, of, take, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { appliedObjects } from '../operators/applied-objects.js';
import { changes } from '../operators/changes.js';
import { deletedObjects } from '../operators/deleted-objects.js';
import { snapshots } from '../operators/snapshots.js';
import { touchedObjects } from '../operators/touched-objects.js';
import { watch$ } from '../src/watch.js';
import { textOf } from '../test/texts.js';
import { like, list, state, watchTest, type WatchTestHelpers } from './index.js';

/** What a test says that fails. */
function failure(test: (helpers: WatchTestHelpers) => void): string {
  try {
    watchTest(test)();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'it passed';
}

const text = (...lines: string[]): string => lines.join('\n');

describe('expectThat', () => {
  it(
    'knows events, changes and objects, and those that are gone',
    watchTest(({ watch, expectThat }) => {
      const things = (): ReturnType<typeof watch> => watch('-1-c-B-c', { 1: list('a', 'b') });

      expectThat(watch$(things())).toBe('                         [1-c-B-c');
      expectThat(watch$(things()).pipe(changes())).toBe('        -{ab}-c-B-c');
      expectThat(watch$(things()).pipe(appliedObjects())).toBe(' -{ab}-c---c');
      expectThat(watch$(things()).pipe(touchedObjects())).toBe(' -{ab}-c-B-c');
      expectThat(watch$(things()).pipe(deletedObjects())).toBe(' -    ----B');
    }),
  );

  it(
    'takes a letter for itself, and values for what they are, as RxJS does',
    watchTest(({ cold, expectThat }) => {
      expectThat(cold('-a-b-|')).toBe('-a-b-|');
      expectThat(cold('-a-b-#', { a: 1, b: [2] }, new Error('no'))).toBe('-x-y-#', {
        x: 1,
        y: [2],
        '#': new Error('no'),
      });
      expectThat(cold('-a', { a: { b: 1, c: undefined } })).toBe('-a', { a: { b: 1 } });
    }),
  );

  it(
    'knows lists, states and parts in what an operator makes of them',
    watchTest(({ watch, expectThat }) => {
      const things = watch('1-a-B', { 1: list('a', 'b') });
      const before = watch('-a-a');

      expectThat(watch$(things).pipe(snapshots({ every: 0 }))).toBe('{xy}-z-w', {
        x: like({ phase: 'listing' }),
        y: { phase: 'live', ready: true, items: list('a', 'b') },
        z: like({ items: [state('a'), state('b', 1)] }),
        w: like({ items: list('a') }),
      });
      expectThat(watch$(before, { as: 'before' }).pipe(appliedObjects(), delay(2))).toBe('---x-y', {
        x: state('a', 1),
        y: state('a'),
      });
    }),
  );

  it(
    'subscribes and unsubscribes as it is said',
    watchTest(({ watch, expectThat, expectConnections }) => {
      const things = watch('1-a-b-c', { 1: list() });

      expectThat(watch$(things), '--^---!').toBe('--1-a');
      expectConnections(things).toBe('--^---!');
    }),
  );

  it('misses nothing that a server sends after the end of its diagram', () => {
    const test = ({ watch, expectThat }: WatchTestHelpers): void =>
      expectThat(watch$(watch(['1-#', '-b'], { 1: list('a') }))).toBe('1-!');
    expect(failure(test)).toBe(
      text(
        'at 803 ms: expected nothing, got live 1',
        '',
        '  expected  1-! 800ms ----',
        '  actual    1-! 800ms (~b)',
        '                       ^',
      ),
    );
  });

  it.each([
    ['a value too many', 'at 3 ms: expected nothing, got "b"', '-a---', '-a-b-', '   ^'],
    ['a value too few', 'at 4 ms: expected c, got nothing', '-a-bc', '-a-b-', '    ^'],
    ['another value', 'at 1 ms: expected x, got "a"', '-x-b-', '-a-b-', ' ^'],
    ['the end', 'at 5 ms: expected |, got nothing', '-a-b-|', '-a-b--', '     ^'],
  ])('tells %s', (_what, title, expected, actual, caret) => {
    expect(failure(({ cold, expectThat }) => expectThat(cold('-a-b-')).toBe(expected))).toBe(
      text(title, '', `  expected  ${expected}`, `  actual    ${actual}`, `            ${caret}`),
    );
  });

  it('tells a value that is not as expected, by the path to it', () => {
    const test = ({ cold, expectThat }: WatchTestHelpers): void =>
      expectThat(cold('-a-b', { a: 1, b: { c: [1, { d: 2 }] } })).toBe('-a-b', { a: 1, b: { c: [1, { d: 3 }] } });
    expect(failure(test)).toBe(
      text('at 3 ms: b: c.1.d: expected 3, got 2', '', '  expected  -a-b', '  actual    -a-?', '               ^'),
    );
  });

  it('tells an object that is not in the state that the server gave', () => {
    const stale = ({ watch, expectThat }: WatchTestHelpers): void =>
      expectThat(watch$(watch('-a-a-')).pipe(appliedObjects(), delay(3))).toBe('----a-a');
    expect(failure(stale)).toBe(
      text(
        'at 4 ms: a is not as the server gave it last: metadata.resourceVersion: expected "3", got "2"; an older state is to be declared: { x: state(\'a\', 1) }',
        '',
        '  expected  ----a-a',
        '  actual    ----a-a',
        '                ^',
      ),
    );
  });

  it('tells other events by their objects, as the guide shows', () => {
    const test = ({ watch, expectThat }: WatchTestHelpers): void => {
      const things = watch(['1-c-A-!', '--2'], { 1: list('a', 'b'), 2: list('b', "c'") });
      expectThat(watch$(things)).toBe('1-c-B-! 99ms [-2');
    };
    const message = failure(test);
    expect(message).toContain('at 4 ms: expected B, got delete a@4');
    expect(textOf('docs/marbles.md')).toContain(`\`\`\`txt\n${message}\n\`\`\``);
  });

  it('tells what no list was: the objects of another, or not all of them', () => {
    const test = ({ watch, expectThat }: WatchTestHelpers): void => {
      const first = watch$(watch('-1', { 1: list('a', 'b') })).pipe(take(2));
      expectThat(concat(first, NEVER)).toBe('[1');
    };
    expect(failure(test)).toBe(
      text('at 1 ms: expected 1, got initApply a@1', '', '  expected  [1', '  actual    [a', '             ^'),
    );
  });

  it('tells an error in its words, and completion', () => {
    const failing = ({ expectThat }: WatchTestHelpers): void =>
      expectThat(throwError(() => new Error('broken'))).toBe('|');
    expect(failure(failing)).toBe(
      text('at 0 ms: expected |, got the error: broken', '', '  expected  |', '  actual    #', '            ^'),
    );
    expect(failure(({ expectThat }) => expectThat(of()).toBe('#'))).toContain('at 0 ms: expected #, got completion');
  });

  it('waits no longer than a minute for what no server is asked for', () => {
    const test = ({ watch, expectThat }: WatchTestHelpers): void => {
      watch('-a');
      expectThat(timer(50_000, 1_000_000).pipe(map(() => 'x'))).toBe('-');
    };
    expect(failure(test)).toContain('at 50000 ms: expected nothing, got "x"');
    expect(
      failure(({ watch, expectThat }) => {
        watch('-a');
        expectThat(timer(70_000)).toBe('-');
      }),
    ).toBe('it passed');
  });
});

describe('expectRequests and expectConnections', () => {
  it('tell the first one that differs', () => {
    const requests = ({ watch, expectThat, expectRequests }: WatchTestHelpers): void => {
      const things = watch(['1-#', '-a'], { 1: list('a') });
      expectThat(watch$(things)).toBe('1-! 800ms {~a}');
      expectRequests(things).toBe('list', 'watch 2');
    };
    expect(failure(requests)).toBe(
      text(
        'requests of things',
        '',
        '  expected  list, watch 2',
        '  actual    list, watch 1',
        '                        ^',
      ),
    );
    const connections = ({ watch, expectThat, expectConnections }: WatchTestHelpers): void => {
      const things = watch(['1-#', '-a'], { 1: list('a') });
      expectThat(watch$(things)).toBe('1-! 800ms {~a}');
      expectConnections(things).toBe('^-!', '1s ^');
    };
    expect(failure(connections)).toBe(
      text('connection 2 of things', '', '  expected  1s ^', '  actual    802ms ^', '            ^'),
    );
    const missing = ({ watch, expectThat, expectConnections }: WatchTestHelpers): void => {
      const things = watch('1', { 1: list() });
      expectThat(watch$(things)).toBe('1');
      expectConnections(things).toBe('^', '1s ^');
    };
    expect(failure(missing)).toContain('  expected  1s ^\n  actual    none');
  });

  it('are of a source of the test', () => {
    const source = { kind: {} } as unknown as Parameters<WatchTestHelpers['expectRequests']>[0];
    expect(failure(({ expectRequests }) => expectRequests(source).toBe())).toBe(
      'this is none of the sources that watch() of the test returned',
    );
  });
});

describe('watchTest', () => {
  it('points at the expectation that failed', () => {
    try {
      watchTest(({ expectThat }) => expectThat(of()).toBe('-'))();
    } catch (error) {
      expect((error as Error).stack?.split('\n').find((line) => /^ +at /.test(line))).toContain('watch-test.spec.ts');
    }
    expect.assertions(1);
  });

  it('hands on what RxJS has, and lets its expectations fail in words', () => {
    const passes = ({ hot, cold, time, expectObservable, expectSubscriptions }: WatchTestHelpers): void => {
      const e1 = cold('-a|');
      expectObservable(e1).toBe('-a|');
      expectSubscriptions(e1.subscriptions).toBe('^-!');
      expectObservable(hot('-a').pipe(delay(time('--|')))).toBe('---a');
    };
    expect(failure(passes)).toBe('it passed');
    expect(failure(({ cold, expectObservable }) => expectObservable(cold('-a|')).toBe('-b|'))).toBe(
      '1: expected "b" at 1 ms, got "a" at 1 ms',
    );
    const subscriptions = ({ cold, expectObservable, expectSubscriptions }: WatchTestHelpers): void => {
      const e1 = cold('-|');
      expectObservable(e1).toBe('-|');
      expectSubscriptions(e1.subscriptions).toBe('^--!');
    };
    expect(failure(subscriptions)).toBe('1: expected a subscription from 0 to 3 ms, got a subscription from 0 to 1 ms');
  });

  it('can be flushed in the middle', () => {
    const told: string[] = [];
    watchTest(({ watch, expectThat, flush }) => {
      const things = watch('-a-b');
      expectThat(
        watch$(things).pipe(
          appliedObjects(),
          map(({ metadata }) => told.push(metadata.name)),
        ),
      ).toBe('-1-2', {
        1: 1,
        2: 2,
      });
      expect(told).toEqual([]);
      flush();
      expect(told).toEqual(['a', 'b']);
    })();
  });

  it('ends where a watch goes on for ever', () => {
    watchTest(({ watch }) => {
      watch$(watch('-a')).subscribe();
    })();
  });

  it('cannot be async', () => {
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- that is the mistake
    expect(failure(async () => Promise.resolve())).toBe('a watch test has virtual time, and cannot be async');
  });
});

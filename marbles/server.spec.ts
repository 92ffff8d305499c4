import { map, merge } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { appliedObjects } from '../operators/applied-objects.js';
import { changes } from '../operators/changes.js';
import type { KubernetesObject } from '../src/events.js';
import { customResource } from '../src/kind.js';
import { watch$ } from '../src/watch.js';
import { like, list, refuse, watchTest, type Thing, type Values } from './index.js';

interface Pod extends KubernetesObject {
  readonly status?: { readonly phase: string };
}
const Pods = customResource<Pod>()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });
const Nodes = customResource()({ group: '', version: 'v1', plural: 'nodes', kind: 'Node', scope: 'Cluster' });

const identity = map(({ metadata }: KubernetesObject) => `${metadata.uid}@${metadata.resourceVersion}`);

describe('what a source lists', () => {
  it(
    'is what there is, at once, where its diagram has no list',
    watchTest(({ watch, expectThat }) => {
      const things = watch(['-a-b-!', '-----B']);
      const expected = '     0a-b-! 99ms 0----B';

      expectThat(watch$(things)).toBe(expected);
    }),
  );

  it(
    'is list 0 at the beginning',
    watchTest(({ watch, expectThat }) => {
      const things = watch('--A-b', { 0: list('a', 'b') });
      const expected = '    0-A-b';

      expectThat(watch$(things)).toBe(expected);
    }),
  );

  it(
    'comes at the same time page by page',
    watchTest(({ watch, expectThat, expectRequests, expectConnections }) => {
      const things = watch('--1-  c -A-a-*', { 1: list('a', 'b') });
      const expected = '    [-1-{~c}-A-a-*';

      expectThat(watch$(things, { initialList: 'paged' })).toBe(expected);
      expectRequests(things).toBe('list', 'watch 2');
      expectConnections(things).toBe('^');
    }),
  );

  it(
    'may come in parts, and take back some of them',
    watchTest(({ watch, expectThat }) => {
      const things = watch('[a-b-A]-a', { 0: list('a', 'c') });
      const expected = '    [a-b-A]-a';

      expectThat(watch$(things)).toBe(expected);
    }),
  );

  it.each(['streaming', 'paged'] as const)('leaves out what its parts left out: %s', (initialList) => {
    watchTest(({ watch, expectThat }) => {
      const things = watch(['1-!', '[a-c-]'], { 1: list('a', 'b') });

      expectThat(watch$(things, { initialList }).pipe(changes())).toBe('{ab}- 105ms {Bc}');
    })();
  });

  it(
    'may be cut short, and begins again',
    watchTest(({ watch, expectThat, expectRequests }) => {
      const things = watch(['[a-#', '[a-b-]']);

      expectThat(watch$(things)).toBe('[a-! 799ms [a-b-]');
      expectRequests(things).toBe('list', 'list');
    }),
  );

  it(
    'after a gap: the missing was deleted, the rest is as it was, modified, or another of that name',
    watchTest(({ watch, expectThat }) => {
      const things = watch(['1-!', '--2'], {
        1: list('a', 'b', 'c', 'd'),
        2: list('a', "b'", 'c+', 'e'),
      });

      expectThat(watch$(things).pipe(changes())).toBe('{abcd}- 102ms {DCbce}');
    }),
  );
});

describe('what a source sends', () => {
  it(
    'has one count of changes, which resourceVersions are of, and uids that tell lives apart',
    watchTest(({ watch, expectThat }) => {
      const things = watch('1-a-A-a', { 1: list('a', 'b') });
      const others = watch('---a', {}, { kind: Pods });

      expectThat(
        merge(watch$(things), watch$(others)).pipe(
          changes(),
          map(({ object }) => object),
          identity,
        ),
      ).toBe('{uv}-wxy-z', { u: 'uid-a@1', v: 'uid-b@2', w: 'uid-a@3', x: 'uid-a@4', y: 'uid-a@5', z: 'uid-a-2@6' });
    }),
  );

  it(
    'looks as it is described, state by state; the last description stays',
    watchTest(({ watch, expectThat }) => {
      const pods = watch(
        '-a-a-a',
        {
          a: [
            { metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } }, status: { phase: 'Pending' } },
            { metadata: { name: 'web', namespace: 'shop' }, status: { phase: 'Running' } },
          ],
        },
        { kind: Pods },
      );

      expectThat(watch$(pods).pipe(appliedObjects())).toBe('-x-y-z', {
        x: {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'web', namespace: 'shop', uid: 'uid-a', resourceVersion: '2', labels: { app: 'web' } },
          status: { phase: 'Pending' },
        },
        y: like({ metadata: { resourceVersion: '3' }, status: { phase: 'Running' } }),
        z: like({ metadata: { resourceVersion: '4' }, status: { phase: 'Running' } }),
      });
    }),
  );

  it(
    'has no namespace where its kind has none',
    watchTest(({ watch, expectThat }) => {
      const nodes = watch('-a', {}, { kind: Nodes });

      expectThat(watch$(nodes).pipe(appliedObjects())).toBe('-x', {
        x: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a', uid: 'uid-a', resourceVersion: '2' } },
      });
    }),
  );

  it(
    'is told apart by kind, cluster and from',
    watchTest(({ watch, expectThat }) => {
      const pods = watch('-a', {}, { kind: Pods });
      const more = watch('--b', {}, { kind: Pods });
      const nodes = watch('---c', {}, { kind: Nodes, cluster: 'far', from: 'n' });
      const names = map(({ resource, cluster, from }: { resource: string; cluster: string; from: string }) =>
        [resource, cluster, from].join(),
      );

      expectThat(merge(watch$(pods), watch$(more), watch$(nodes)).pipe(changes(), names)).toBe('-abc', {
        a: 'pods,test,pods',
        b: 'pods,test,pods 2',
        c: 'nodes,far,n',
      });
    }),
  );
});

describe('a connection of a source', () => {
  it(
    'goes on where the last one was, after a wait that is seen',
    watchTest(({ watch, expectThat, expectRequests, expectConnections }) => {
      const things = watch(['1-c-#', '-a-C'], { 1: list('a', 'b') });

      expectThat(watch$(things)).toBe('1-c-! 800ms {~a}-C');
      expectRequests(things).toBe('list', 'watch 3');
      expectConnections(things).toBe('^---!', '804ms ^');
    }),
  );

  it(
    'is refused at once, or later; in the words of the server, which may ask for time',
    watchTest(({ watch, expectThat, expectConnections }) => {
      const things = watch(['--%', 'x', '#', '0'], { x: refuse(429, { retryAfter: 3000, message: 'full' }) });

      expectThat(watch$(things)).toBe('[-a 799ms b 2999ms c 3199ms 0', {
        a: like({ error: { code: 503, reason: 'ServiceUnavailable' }, attempt: 1 }),
        b: like({ error: { code: 429, message: 'full (429)' }, attempt: 2, retryIn: 3000 }),
        c: like({ error: { message: 'ECONNREFUSED' }, attempt: 3 }),
      });
      expectConnections(things).toBe('^-!', '802ms (^!)', '3802ms (^!)', '7002ms ^');
    }),
  );

  it(
    'is over for good when a first one is refused for what retrying cannot mend',
    watchTest(({ watch, expectThat }) => {
      const things = watch('-x', { x: refuse(403) });

      expectThat(watch$(things)).toBe('[(!#)', { '#': like({ code: 403 }) });
    }),
  );

  it(
    'may be accepted late, and so live late',
    watchTest(({ watch, expectThat }) => {
      const things = watch(['1#', '---+'], { 1: list() });

      expectThat(watch$(things)).toBe('1! 1802ms ~');
    }),
  );

  it(
    'is told of errors in the stream, and is closed in peace',
    watchTest(({ watch, expectThat }) => {
      const things = watch(['1-%', '-*|'], { 1: list() });

      expectThat(watch$(things)).toBe('1-a 800ms {~*}b', {
        a: like({ error: { code: 503 } }),
        b: like({ error: { message: expect.stringContaining('closed the watch after 2 ms') as unknown } }),
      });
    }),
  );

  it(
    'is never answered after the last diagram, but asked for',
    watchTest(({ watch, expectThat, expectRequests, expectConnections }) => {
      const things = watch('1-a-#', { 1: list('a') });

      expectThat(watch$(things), '^ 2s !').toBe('1-a-!');
      expectRequests(things).toBe('list', 'watch 2');
      expectConnections(things).toBe('^---!', '804ms ^ 1196ms !');
    }),
  );

  it(
    'is asked whether it lives, when it was silent for long',
    watchTest(({ watch, expectThat, expectRequests }) => {
      const things = watch(['1', '-a'], { 1: list('a') });

      expectThat(watch$(things)).toBe('1 90s {~a}');
      expectRequests(things).toBe('list', 'probe 1', 'watch 1');
    }),
  );

  it(
    'resumes where the test says',
    watchTest(({ watch, expectThat, expectRequests }) => {
      const things = watch('--A-*', { 0: list('a') });

      expectThat(watch$(things, { resourceVersion: '41' })).toBe('--{~A}-b', { b: like({ resourceVersion: '42' }) });
      expectRequests(things).toBe('watch 41');
    }),
  );

  it(
    'is let go of while the watch is paused',
    watchTest(({ watch, hot, expectThat, expectConnections }) => {
      const things = watch(['1-a-', '-b'], { 1: list('a') });
      const pauses = hot('  ----t--f', { t: true, f: false });

      expectThat(watch$(things, { pauseWhile: pauses })).toBe('1-a-= 96ms {~b}');
      expectConnections(things).toBe('^---!', '100ms ^');
    }),
  );
});

describe('a diagram of a source', () => {
  it.each([
    ['there is no b that could be deleted', ['-a-B'], '   ^'],
    ['there is no a that could be deleted', ['-a-A-A'], '     ^'],
    ['there is no a that could be deleted', ['2-A'], '  ^'],
    ['the connection is over after |', ['-a-|-b'], '     ^'],
    ['the connection is over after !', ['-!a'], '  ^'],
    ['the connection is over after #', ['(#a)'], '  ^'],
    ['the connection is over after %', ['%-+'], '  ^'],
    ['a list comes first in its connection', ['-a-1'], '   ^'],
    ['a list comes first in its connection', ['1-['], '  ^'],
    ['no list has begun that ] could end', ['a]'], ' ^'],
    ['the connection is accepted already', ['1-+'], '  ^'],
    ["list 7 is not declared: { 7: list('a', 'b') }", ['--7'], '  ^'],
    ["? has no meaning: it is declared by { '?': refuse(503) }", ['-?'], ' ^'],
  ])('is one that a server can play: %s, %s', (message, [text = ''], caret) => {
    const values = { 1: list('a'), 2: list('b') };
    expect(watchTest(({ watch }) => void watch(text, values))).toThrow(
      new SyntaxError(`${message}\n\n  ${text}\n  ${caret}`),
    );
  });

  it.each([
    ["list takes letters, as in list('a', \"b'\", 'c+'), got \"web\"", () => list('web')],
    ['list names a twice', () => list('a', "a'")],
    ['code must be 400 to 599, got 200', () => refuse(200)],
    ['a diagram has single characters, got "ab"', () => ({ ab: {} })],
    ["1 must be a list('a', 'b'), got {}", () => ({ 1: {} })],
    ['! cannot be a refusal: it has a meaning', () => ({ '!': refuse(410) })],
    ['A must be described by its lower-case letter, a digit or a refusal, got {}', () => ({ A: {} })],
  ])('has values that mean something: %s', (message, make) => {
    expect(watchTest(({ watch }) => void watch('-', make() as Values<Thing>))).toThrow(new RangeError(message));
  });

  it('belongs to a request for a list if it has one', () => {
    const test = watchTest(({ watch, expectThat }) => {
      expectThat(watch$(watch(['1-#', '-2'], { 1: list('a'), 2: list('b') }))).toBe('1-! 801ms 2');
    });
    expect(test).toThrow(new SyntaxError('connection 2 is asked to watch 1: no list belongs to it\n\n  -2\n   ^'));
  });

  it('is played to its end before what is deleted by a later one', () => {
    const test = watchTest(({ watch, hot, expectThat }) => {
      const pauses = hot('-t--f', { t: true, f: false });
      expectThat(watch$(watch(['0--a', 'A']), { pauseWhile: pauses })).toBe('0=');
    });
    expect(test).toThrow(
      new SyntaxError('there is no a to delete: connections before this one were not played to their ends\n\n  A\n  ^'),
    );
  });
});

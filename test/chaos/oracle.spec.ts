import { describe, expect, it } from 'vitest';
import type { Commit } from './commit-log.ts';
import type { Note } from './messages.ts';
import { judge } from './oracle.ts';
import type { PlainChange, PlainEvent, PlainObject } from './plain.ts';

// An oracle that finds nothing is only worth something if it can find something.

function object(name: string, revision: number, value = `${name} ${revision}`): PlainObject {
  return { kind: 'ConfigMap', metadata: { name, uid: `uid-${name}`, resourceVersion: String(revision) }, data: value };
}

const COMMITS: readonly Commit[] = [
  { revision: 1, name: 'a', type: 'put' },
  { revision: 3, name: 'b', type: 'put' },
  { revision: 5, name: 'a', type: 'put' },
  { revision: 6, name: 'b', type: 'delete' },
  { revision: 8, name: 'c', type: 'put' },
];
const OBJECTS = new Map([1, 3, 5, 8].map((revision) => [revision, object(nameAt(revision), revision)]));

function nameAt(revision: number): string {
  return COMMITS.find((commit) => commit.revision === revision)?.name ?? 'nobody';
}

const deleted = { ...object('b', 6), data: 'b 3' };

const event = (said: PlainEvent): Note => ({ at: 0, what: 'event', event: said });
const request = (resourceVersion: string, at: number): Note => {
  return { at, what: 'observed', occurrence: { type: 'request', verb: 'watch', resourceVersion } };
};
const change = (type: PlainChange['type'], changed: PlainObject): Note => {
  return { at: 0, what: 'change', change: { type, object: changed } };
};

const LIST: readonly Note[] = [
  event({ type: 'init', cause: 'start' }),
  request('', 0),
  event({ type: 'initApply', object: object('a', 1) }),
  event({ type: 'initApply', object: object('b', 3) }),
  event({ type: 'initDone', resourceVersion: '4' }),
  change('added', object('a', 1)),
  change('added', object('b', 3)),
];
const A = event({ type: 'apply', object: object('a', 5) });
const B = event({ type: 'delete', object: deleted });
const C = event({ type: 'apply', object: object('c', 8) });
const BROKEN = event({
  type: 'interrupted',
  error: { kind: 'connection', code: undefined, reason: undefined, retryAfter: undefined, message: 'reset' },
  attempt: 1,
  retryIn: 800,
});

function verdict(...notes: readonly Note[]): string {
  return judge(notes, { commits: COMMITS, objects: OBJECTS }).join('\n');
}

describe('the oracle', () => {
  it('has nothing to say of a watch that keeps to the rules', () => {
    const resumed = [BROKEN, request('5', 200), event({ type: 'live', resourceVersion: '5' })];
    expect(verdict(...LIST, A, ...resumed, B, C, event({ type: 'bookmark', resourceVersion: '9' }))).toBe('');
  });

  it.each<[string, readonly Note[], string]>([
    ['a change is lost', [...LIST, A, C], '4: lost'],
    ['a bookmark passes a change', [...LIST, event({ type: 'bookmark', resourceVersion: '7' })], '4: lost'],
    ['a change is repeated', [...LIST, A, A], '4: repeated or out of order'],
    ['changes are out of order', [...LIST, B, A], '4: repeated or out of order'],
    ['a change is made up', [...LIST, event({ type: 'apply', object: object('a', 4) })], '2: made up'],
    ['an object is altered', [...LIST, event({ type: 'apply', object: object('a', 5, 'x') })], '2: not as the server'],
    ['a list is not whole', LIST.filter((_, n) => n !== 2), '3: a list is not whole'],
    [
      'a list has too much',
      [...LIST.slice(0, 4), event({ type: 'initDone', resourceVersion: '2' })],
      '3: a list is not whole',
    ],
    ['a watch begins elsewhere', [...LIST, A, BROKEN, request('4', 200)], '5: watched from elsewhere'],
    ['a request comes too soon', [...LIST, BROKEN, request('4', 20)], '8: within 100 ms'],
    [
      'there are too many requests',
      [...LIST, ...Array.from({ length: 21 }, () => request('4', 200))],
      '8: more than 20',
    ],
    [
      'the position goes back',
      [...LIST, A, event({ type: 'live', resourceVersion: '4' })],
      '6: the position went back',
    ],
    ['a list is needless', [...LIST, BROKEN, event({ type: 'init', cause: 'expired' })], 'a needless list'],
    ['something is stuck too soon', [...LIST, BROKEN, event({ type: 'init', cause: 'stuck' })], 'a needless list'],
    ['an object is added twice', [...LIST, A, change('added', object('a', 5))], '13: added twice'],
    ['nothing new is told', [...LIST, A, change('modified', object('a', 1))], '15: nothing new'],
    ['the watch completes', [...LIST, { at: 0, what: 'complete' }], '7: completed'],
  ])('notices when %s', (_, notes, words) => {
    expect(verdict(...notes)).toContain(words);
  });
});

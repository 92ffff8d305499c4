import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { parse } from './diagram.js';
import { draw } from './draw.js';
import { watchTest } from './index.js';

const frames = (text: string): [char: string, frame: number][] =>
  parse(text).marks.map(({ char, frame }) => [char, frame]);

describe('a diagram', () => {
  it.each([
    '-a-b-c',
    '  -a  -b',
    '-(ab)-c',
    '(a)b(cd)',
    '10ms a-b',
    'a 9ms b 1s c 1.5s d 1m e',
    '-1s-2-1',
    '1-2',
    'a 1s',
    '-x😀-y',
    '',
  ])('has the times that RxJS gives it: %s', (text) => {
    watchTest(() => {
      const theirs = TestScheduler.parseMarbles(text, undefined, undefined, false, true);
      expect(frames(text)).toEqual(
        theirs.map(({ frame, notification }) => [notification.kind === 'N' && String(notification.value), frame]),
      );
    })();
  });

  it('lasts as long as its characters', () => {
    expect(['-a--', '-(ab)', '-{ab}', ' a ', '10ms '].map((text) => parse(text).end)).toEqual([4, 5, 2, 1, 10]);
  });

  it('has groups in braces, which take one frame', () => {
    expect(frames('{ab}c{de}-f')).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 1],
      ['d', 2],
      ['e', 2],
      ['f', 4],
    ]);
  });

  it.each([
    ['a group is one moment: no time passes in it', '-(a-b)', '   ^'],
    ['a group is one moment: no time passes in it', '(a 1s b)', '   ^'],
    ['a group is one moment: no time passes in it', '(a{b})', '  ^'],
    ['no group is open that ) could close', '-a)', '  ^'],
    ['no group is open that ) could close', '{a)', '  ^'],
    ['the group is not closed', '-(ab', ' ^'],
  ])('%s: %s', (message, text, caret) => {
    expect(() => parse(text)).toThrow(new SyntaxError(`${message}\n\n  ${text}\n  ${caret}`));
  });
});

describe('a drawing', () => {
  const line = (marks: Record<number, string>): Map<number, string[]> =>
    new Map(Object.entries(marks).map(([frame, group]) => [Number(frame), Array.from(group)]));

  it.each([
    [{ 0: 'a', 3: 'b' }, { 0: 'a', 4: 'b' }, 'a--b--', 'a---b-'],
    [{ 0: 'ab', 5: 'c' }, { 0: 'a', 5: 'c' }, '(ab)-c', 'a----c'],
    [{ 0: 'ab', 2: 'c' }, { 2: 'c' }, '{ab}-c---', ' -  -c---'],
    [{ 0: 'a', 801: 'b' }, { 0: 'a' }, 'a 800ms b', 'a 800ms -'],
    [{ 2000: 'b' }, {}, '2s b', '2s -'],
  ])('has one column for each moment, and can be read again: %#', (upper, lower, first, second) => {
    const { texts } = draw([line(upper), line(lower)], 6, { frame: 0, nth: 0 });
    expect(texts).toEqual([first, second]);
    for (const [i, marks] of [upper, lower].entries()) {
      const expected = Object.entries<string>({ ...marks }).flatMap(([frame, group]) =>
        Array.from(group, (char) => [char, Number(frame)]),
      );
      expect(frames(texts[i] ?? '')).toEqual(expected);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { NOT_APPLICABLE } from './rules/not-applicable.js';
import { mentions, namesIn, rules, testsByRule } from './rules/rules.js';

const ids = rules().map(({ id }) => id);
const tests = testsByRule();
const hasTest = (id: string): boolean => (tests.get(id) ?? []).length > 0;

describe('the rules of docs/protocol.md', () => {
  it('are read: all letters, and every number once', () => {
    expect([...new Set(ids.map((id) => id.charAt(0)))].join('')).toBe('ABCDEFGHIJWL');
    expect(ids).toEqual([...new Set(ids)]);
    expect(ids.length).toBeGreaterThan(150);
  });

  it('have a test each, or a reason why not', () => {
    expect(ids.filter((id) => !hasTest(id) && NOT_APPLICABLE[id] === undefined)).toEqual([]);
  });

  it('are excused only where there is no test, and where there is a rule', () => {
    const excused = Object.keys(NOT_APPLICABLE);
    expect(excused.filter(hasTest)).toEqual([]);
    expect(excused.filter((id) => !ids.includes(id))).toEqual([]);
    expect(Object.values(NOT_APPLICABLE).filter((reason) => reason.trim().length < 20)).toEqual([]);
  });
});

describe('how tests are found', () => {
  it.each([
    ["it('F1 ends', test);", ['F1 ends']],
    ["it.each(rows)('%s (F1)', test);", ['%s (F1)']],
    ["describe.concurrent('F1', () => it.concurrent.each(rows)('F2', test));", ['F1', 'F2']],
    ["describe('F1', () => it(`B2 of ${n}`, test));", ['F1', 'B2 of ${n}']],
    ["it.each([['F1 a row', 1], [2, 'F3 no name']])('%s', test);", ['%s', 'F1 a row']],
    ["// it('F1 a comment');\nconst text = 'F2'; call('F3');", []],
  ])('%j', (text, names) => {
    expect(
      namesIn('a.spec.ts', text)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...names].sort());
  });

  it('by the number as a word', () => {
    expect(['F1 ends', 'ends (F1)', 'B2, F1 ends', 'F10 ends', 'SF1', 'F1b', 'C10b'].filter((name) => mentions(name, 'F1')))
      .toEqual(['F1 ends', 'ends (F1)', 'B2, F1 ends']); // prettier-ignore
    expect(mentions('C10b a 503', 'C10')).toBe(false);
  });

  it('with the line that they are on', () => {
    expect(namesIn('a.spec.ts', "\n\nit('F1', test);")).toEqual([{ file: 'a.spec.ts', line: 3, name: 'F1' }]);
  });
});

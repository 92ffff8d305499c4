import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { VirtualTerminal } from '../../examples/demo/virtual-terminal.ts';
import { duration } from '../../examples/shared/command.ts';
import { Screen, type Table } from '../../examples/shared/screen.ts';

const table = (...rows: readonly (readonly string[])[]): Table => ({ head: ['NAME', 'COUNT'], rows, none: 'none' });

describe('a table in a terminal', () => {
  it('stays in its place, below what is said, and keeps to the size of the terminal', async () => {
    const terminal = new VirtualTerminal(20, 8);
    const screen = new Screen(terminal.output);
    const seen = (): readonly string[] => terminal.lines.join('\n').trimEnd().split('\n');

    screen.show(table(['a', '1'], ['b', '2']));
    await expect.poll(seen).toEqual(['NAME   COUNT', 'a      1', 'b      2']);
    screen.show(table(['a', '3']));
    await expect.poll(seen).toEqual(['NAME   COUNT', 'a      3']);
    screen.say('# it goes on');
    await expect.poll(seen).toEqual(['# it goes on', 'NAME   COUNT', 'a      3']);
    screen.show(table());
    await expect.poll(seen).toEqual(['# it goes on', 'NAME   COUNT', 'none']);
    screen.show(table(...Array.from({ length: 30 }, (_, n) => [`a-name-of-some-length-${n}`, '1'])));
    const rows = Array.from({ length: 4 }, () => 'a-name-of-some-leng…');
    await expect.poll(seen).toEqual(['# it goes on', 'NAME               …', ...rows, '… and 26 more']);
    screen.done();
    expect(terminal.hasCursor).toBe(true);
  });
});

describe('a table elsewhere', () => {
  it('is also in a terminal without a size', async () => {
    const terminal = new VirtualTerminal(20, 8);
    const screen = new Screen(Object.assign(terminal.output, { columns: 0, rows: 0 }));
    screen.show(table(['a', '1']));
    screen.show(table(['a', '2']));
    await expect.poll(() => terminal.lines.slice(0, 3)).toEqual(['NAME   COUNT', 'a      1', 'a      2']);
  });

  it('is lines of what is new', () => {
    let text = '';
    const write = (chunk: Buffer, _encoding: unknown, done: () => void): void => {
      text += String(chunk);
      done();
    };
    const screen = new Screen(new Writable({ write }));
    const printed = (act: () => void): readonly string[] => {
      text = '';
      act();
      return text.split('\n').slice(0, -1);
    };
    expect(printed(() => screen.show(table()))).toEqual(['NAME   COUNT', 'none']);
    expect(printed(() => screen.show(table()))).toEqual([]);
    expect(printed(() => screen.show(table(['a', '1'], ['b', '2'])))).toEqual(['a      1', 'b      2']);
    expect(printed(() => screen.show(table(['b', '3'], ['a', '1'])))).toEqual(['b      3']);
    expect(printed(() => screen.show(table(['a', '1'])))).toEqual(['b      no longer there']);
    expect(printed(() => screen.show(table()))).toEqual(['a      no longer there', 'none']);
  });
});

it.each([
  ['0s', 0],
  ['90s', 90_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['30d', 2_592_000_000],
])('a duration: %s', (text, ms) => {
  expect(duration(text)).toBe(ms);
});

it.each(['', '10', 's', '-1s', '1.5h', '1w', '10 s', '1h30m'])('no duration: "%s"', (text) => {
  expect(() => duration(text)).toThrow('It must be a number of s, m, h or d, such as 30s or 7d.');
});

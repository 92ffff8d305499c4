import type { RunHelpers } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { recorded } from '../src/recording.js';
import { watch$ } from '../src/watch.js';
import { frames, gone, logged, marbles, page, refusal, reset, scripted, thing, type Script } from '../test/double.js';
import { replay } from './replay.js';

const sent = {
  o: frames.open,
  a: frames.added(thing('a', 1)),
  m: frames.marker(2),
  b: frames.added(thing('b', 3)),
  A: frames.deleted(thing('a', 4)),
  g: frames.error(gone),
  k: frames.bookmark(9),
};

/** A watch of `script`, for so many ms: what was recorded of it, and what it said at which. */
function record(
  duration: number,
  script: (helpers: RunHelpers) => Script,
): { readonly text: string; readonly log: string[] } {
  const lines: string[] = [];
  let log: string[] = [];
  marbles((helpers) => {
    const source = recorded(scripted(script(helpers)), (line) => lines.push(line));
    log = logged(watch$(source), duration).log;
    helpers.flush();
  })();
  return { text: `${lines.join('\n')}\n`, log };
}

/** What a watch of the recording says, for so many ms. */
function play(text: string, duration: number): string[] {
  let log: string[] = [];
  marbles(({ flush }) => {
    log = logged(watch$(replay(text)), duration).log;
    flush();
  })();
  return log;
}

describe('replay', () => {
  it('says what was said, when it was said: lists, frames, a 410, a broken connection, a refusal', () => {
    const { text, log } = record(20_000, ({ cold }) => ({
      watches: [
        cold('-(oam)-b--A-#', sent, reset),
        cold('-#', sent, refusal(429, 'TooManyRequests', {}, 3_000)),
        cold('--o-g', sent),
        cold('-(oam)--k--|', sent),
      ],
    }));
    expect(log).toEqual([
      '0 init start',
      '1 initApply a@1',
      '1 initDone 2',
      '7 apply b@3',
      '10 delete a@4',
      '12 interrupted ECONNRESET #1 800',
      '813 interrupted TooManyRequests (429) #1 3000',
      '3817 interrupted Expired (410) #2 100',
      '3917 init expired',
      '3918 initApply a@1',
      '3918 initDone 2',
      '3925 bookmark 9',
      '3928 interrupted the server closed the watch after 10 ms and 3 frames #3 3200',
    ]);
    expect(play(text, 20_000)).toEqual(log);
  });

  it('plays the pages of a list', () => {
    const { text, log } = record(100, ({ cold }) => ({
      watches: [cold('-#', sent, refusal(400, 'BadRequest'))],
      lists: [
        cold('--(p|)', { p: page(5, [thing('a', 1)], 'next') }),
        cold('---(p|)', { p: page(5, [thing('b', 2)]) }),
      ],
    }));
    expect(log).toEqual(['0 init start', '3 initApply a@1', '6 initApply b@2', '6 initDone 5']);
    expect(play(text, 100)).toEqual(log);
  });

  it('leaves open what was open when the recording was cut off, and what comes after it', () => {
    const { text, log } = record(100, ({ cold }) => ({ watches: [cold('-(oam)-b--A-', sent)] }));
    const beginning = text.split('\n').slice(0, -3).join('\n');
    expect(log).toHaveLength(5);
    expect(play(beginning, 1_000)).toEqual(log.slice(0, 4));
  });

  it('begins with the first request each time it is called', () => {
    const { text, log } = record(100, ({ cold }) => ({ watches: [cold('-(oam)-b--A-', sent)] }));
    expect([play(text, 100), play(text, 100)]).toEqual([log, log]);
  });

  it('tells where what is asked is not what was asked', () => {
    const { text } = record(100, ({ cold }) => ({ watches: [cold('-(oam)', sent)] }));
    let log: string[] = [];
    marbles(({ flush }) => {
      log = logged(watch$(replay(text), { initialList: 'paged' }), 100).log;
      flush();
    })();
    expect(log.at(-1)).toBe('0 error request 1 was a watch when it was recorded, and is a list now');
  });

  it.each([
    ['line 1 is none of a recording', 'words'],
    ['line 1 is none of a recording', '{"request":1}'],
    ['line 2 is none of a recording', '{"recording":1,"kind":{},"cluster":"c","from":"f"}\n{"request":'],
  ])('%s: %s', (message, text) => {
    expect(() => replay(text)).toThrow(new SyntaxError(message));
  });
});

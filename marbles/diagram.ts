/** One character of a diagram that something happens at. */
export interface Mark {
  readonly char: string;
  /** When: in frames of a millisecond. */
  readonly frame: number;
  /** Where in the text, for whoever points at it. */
  readonly column: number;
}

export interface Diagram {
  readonly text: string;
  readonly marks: readonly Mark[];
  /** How many frames it takes. */
  readonly end: number;
}

/** A group in parentheses takes as many frames as characters, as in RxJS; one in braces takes one frame. */
const GROUPS: Readonly<Record<string, string>> = { '(': ')', '{': '}' };
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/**
 * Reads a diagram: which characters mean something, and when. What they mean is not told here.
 *
 * @throws SyntaxError that points at what is none.
 */
export function parse(text: string): Diagram {
  const chars = Array.from(text);
  const marks: Mark[] = [];
  let frame = 0;
  let group: { readonly close: string; readonly start: number; readonly column: number } | undefined;

  for (let column = 0; column < chars.length; column++) {
    const char = chars[column] ?? '';
    const time = column === 0 || chars[column - 1] === ' ' ? timeIn(chars.slice(column).join('')) : undefined;
    if (group !== undefined && (char === '-' || time !== undefined || char in GROUPS)) {
      throw wrong(text, column, 'a group is one moment: no time passes in it');
    }
    if (time !== undefined) {
      frame += time.frames;
      column += time.length - 1;
    } else if (char === '-') {
      frame++;
    } else if (char in GROUPS) {
      group = { close: GROUPS[char] ?? '', start: frame++, column };
    } else if (char === group?.close) {
      frame = char === ')' ? frame + 1 : group.start + 1;
      group = undefined;
    } else if (char === ')' || char === '}') {
      throw wrong(text, column, `no group is open that ${char} could close`);
    } else if (char !== ' ') {
      marks.push({ char, frame: group?.start ?? frame, column });
      frame++;
    }
  }
  if (group !== undefined) throw wrong(text, group.column, 'the group is not closed');
  return { text, marks, end: frame };
}

/** The error that shows a diagram, and with a caret where it is wrong. */
export function wrong(text: string, column: number, message: string): SyntaxError {
  return new SyntaxError(`${message}\n\n  ${text}\n  ${' '.repeat(column)}^`);
}

function timeIn(rest: string): { readonly frames: number; readonly length: number } | undefined {
  const [all = '', count = '', unit = ''] = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m) /.exec(rest) ?? [];
  return all === '' ? undefined : { frames: Number(count) * (UNITS[unit] ?? 1), length: all.length };
}

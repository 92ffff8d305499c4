/** What happens in each frame, in order. */
export type Line = ReadonlyMap<number, readonly string[]>;

/** More dashes than this are told as a time. */
const MOST_DASHES = 20;

/**
 * Draws two diagrams so that each moment has one column in both, and finds the column of the n-th mark of a frame. What it draws can be
 * read again: spaces mean nothing in a diagram.
 *
 * @param end how many frames to fill.
 */
export function draw(
  lines: readonly [Line, Line],
  end: number,
  place: { readonly frame: number; readonly nth: number },
): { readonly texts: readonly [string, string]; readonly column: number } {
  const texts: [string, string] = ['', ''];
  let time = 0;
  let column = 0;
  const add = (parts: readonly string[], until: number): void => {
    texts.forEach((text, i) => (texts[i] = text + (parts[i] ?? '')));
    time = until;
  };
  const pass = (until: number): void => {
    if (until <= time) return;
    const passage = passing(until - time, time === 0);
    add([passage, passage], until);
  };

  const frames = [...new Set(lines.flatMap((line) => [...line.keys()]))].sort((a, b) => a - b);
  for (const [i, frame] of frames.entries()) {
    pass(frame);
    const groups = lines.map((line) => (line.get(frame) ?? ['-']).join(''));
    const isGroup = groups.some((group) => group.length > 1);
    if (frame === place.frame) column = texts[0].length + (isGroup ? 1 + place.nth : 0);
    const wide = groups.map((group) => (group.length > 1 ? `(${group})` : group));
    const width = Math.max(...wide.map(({ length }) => length));
    if (frame + width <= (frames[i + 1] ?? Infinity)) {
      add(
        wide.map((group) => group.padEnd(width, '-')),
        frame + width,
      );
    } else {
      // There is no time for the characters of a group in parentheses. One in braces takes a frame.
      const tight = groups.map((group) => (group.length > 1 ? `{${group}}` : ` ${group}`));
      add(
        tight.map((group) => group.padEnd(width)),
        frame + 1,
      );
    }
  }
  pass(end);
  return { texts, column };
}

/** `---`, or `800ms `, which begins with a space anywhere but at the start of a diagram. */
export function passing(frames: number, atStart: boolean): string {
  if (frames <= MOST_DASHES) return '-'.repeat(frames);
  const time = frames % 1000 === 0 ? `${frames / 1000}s ` : `${frames}ms `;
  return atStart ? time : ` ${time}`;
}

/** A message that shows two texts, one over the other, and where they differ: where they first do, unless it is said. */
export function compared(title: string, [expected, actual]: readonly [string, string], column?: number): string {
  const differ = Array.from(`${expected} `).findIndex((char, i) => char !== actual[i]);
  const caret = `${' '.repeat(column ?? Math.max(0, differ))}^`;
  return [title, '', `  expected  ${expected}`, `  actual    ${actual}`, `            ${caret}`].join('\n');
}

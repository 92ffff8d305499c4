import type { VirtualTerminal } from './virtual-terminal.ts';

/** Cells of one line that look the same. */
interface Run {
  readonly column: number;
  readonly text: string;
  readonly style: string;
}

/** A screen as it was at one moment, line by line. */
export type Frame = readonly (readonly Run[])[];

const CELL = { width: 8.4, height: 19 };
const MARGIN = 16;
const TITLE = 34;
const COLOURS = ['#6e7681', '#ff7b72', '#3fb950', '#d29922', '#79c0ff', '#d2a8ff', '#39c5cf', '#e6edf3'];

export function frameOf({ buffer, size }: VirtualTerminal): Frame {
  return Array.from({ length: size.rows }, (_, row) => {
    const line = buffer.getLine(buffer.viewportY + row);
    const runs: Run[] = [];
    for (let column = 0; column < size.columns; column++) {
      const cell = line?.getCell(column);
      const text = cell?.getChars() ?? '';
      const style = [
        cell?.isFgPalette() === true ? `c${cell.getFgColor() % 8}` : '',
        cell?.isBold() ? 'b' : '',
        cell?.isDim() ? 'd' : '',
      ];
      const last = runs.at(-1);
      const key = style.filter((one) => one !== '').join(' ');
      if (last?.style === key) runs[runs.length - 1] = { ...last, text: `${last.text}${text === '' ? ' ' : text}` };
      else runs.push({ column, text: text === '' ? ' ' : text, style: key });
    }
    return runs.filter(({ text }) => text.trim() !== '');
  });
}

/** Frames of the same length in ms, again and again; the last one stands still where nothing may move. */
export function svgOf(
  frames: readonly Frame[],
  size: VirtualTerminal['size'],
  every: number,
  title: string,
  label: string,
): string {
  const width = Math.ceil(size.columns * CELL.width + 2 * MARGIN);
  const height = size.rows * CELL.height + TITLE + MARGIN;
  // Most lines are the same in the next frame: each is drawn once.
  const drawn = new Map<string, string>();
  const groups = frames.map((frame, index) => {
    const uses = frame.map((runs, row) => {
      if (runs.length === 0) return '';
      const line = runs.map(textOf).join('');
      const id = drawn.get(line) ?? `l${drawn.size.toString(36)}`;
      drawn.set(line, id);
      return `<use href="#${id}" y="${row * CELL.height}"/>`;
    });
    const delay = ((index - frames.length) * every) / 1000;
    const still = index === frames.length - 1 ? ' still' : '';
    return `<g class="f${still}" style="animation-delay:${delay}s">${uses.join('')}</g>`;
  });
  const defs = [...drawn].map(([line, id]) => `<g id="${id}">${line}</g>`);
  const lasts = (frames.length * every) / 1000;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(label)}">`,
    `<style>${styles(lasts, 100 / frames.length)}</style>`,
    `<rect width="${width}" height="${height}" rx="10" fill="#0d1117" stroke="#30363d"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (colour, index) => `<circle cx="${20 + index * 20}" cy="18" r="6" fill="${colour}"/>`,
    ),
    `<text class="d" x="${width / 2}" y="22" text-anchor="middle">${escaped(title)}</text>`,
    `<defs>${defs.join('\n')}</defs>`,
    `<g transform="translate(${MARGIN} ${TITLE + CELL.height - 5})">`,
    ...groups,
    '</g></svg>',
    '',
  ].join('\n');
}

function styles(seconds: number, share: number): string {
  return [
    'text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e6edf3}',
    ...COLOURS.map((colour, index) => `.c${index}{fill:${colour}}`),
    '.b{font-weight:bold}.d{opacity:.6}',
    `.f{visibility:hidden;animation:f ${seconds}s step-end infinite}.still{visibility:visible}`,
    `@keyframes f{0%{visibility:visible}${share.toFixed(3)}%,100%{visibility:hidden}}`,
    '@media(prefers-reduced-motion:reduce){.f{animation:none}}',
  ].join('');
}

/** Whatever the font is, and whatever becomes of spaces, everything keeps to its column. */
function textOf({ column, text, style }: Run): string {
  return [...text.matchAll(/\S+(?: \S+)*/g)]
    .map(({ 0: words, index }) => {
      const x = ((column + index) * CELL.width).toFixed(1);
      const length = (words.length * CELL.width).toFixed(1);
      return `<text${style === '' ? '' : ` class="${style}"`} x="${x}" textLength="${length}">${escaped(words)}</text>`;
    })
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

import type { styleText } from 'node:util';
import Table from 'cli-table3';
import type { KubernetesObject, Snapshot } from 'rxkube';
import { cellsOf, type Column } from './columns.ts';
import { seconds, short, type Entry } from './journal.ts';

type Format = Parameters<typeof styleText>[0];

/** Gives a text its colour, or leaves it alone. */
export type Paint = (format: Format, text: string) => string;

export interface Key {
  readonly key: string;
  readonly name: string;
}

/** All that is to be seen. */
export interface State {
  /** What is watched, and where. */
  readonly title: string;
  /** Plural */
  readonly kind: string;
  readonly columns: readonly Column[];
  readonly snapshot: Snapshot<KubernetesObject>;
  /** When the connection began to be as it is. */
  readonly since: number;
  /** When objects changed last, by uid. */
  readonly touched: ReadonlyMap<string, number>;
  /** How many are shown otherwise than the server has them; undefined where nobody knows. */
  readonly differing: number | undefined;
  readonly entries: readonly Entry[];
  /** What is going on. */
  readonly current: string | undefined;
  readonly keys: readonly Key[];
}

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
  readonly now: number;
}

const HIGHLIGHT = 1_500;
const GAP = 3;
const LEAST_COLUMN = 8;
/** A table that has less room than that says nothing. */
const LEAST_TABLE = 4;

/** The lines of a screen: one less than it has rows, so that the cursor has a place. */
export function view(state: State, screen: Screen): string[] {
  const head = [status(state, screen), ''];
  const most = screen.rows - 1 - head.length - LEAST_TABLE;
  const keys = fitting(keyLines(state.keys, screen), most);
  const log = fitting(logLines(state, screen), Math.min(most - keys.length, Math.max(5, Math.floor(screen.rows / 3))));
  const room = screen.rows - 1 - head.length - keys.length - log.length;
  const rows = table(state, screen, room);
  // What is below the table stays where it is.
  const rest = Array.from({ length: Math.max(0, room - rows.length) }, () => '');
  return [...head, ...rows, ...rest, ...log, ...keys].slice(0, Math.max(1, screen.rows - 1));
}

/** A section with its distance to the one above; the newest lines of it, or nothing where nothing fits. */
function fitting(lines: readonly string[], room: number): string[] {
  return lines.length === 0 || room < 2 ? [] : ['', ...lines.slice(1 - room)];
}

type Span = readonly [text: string, format?: Format];

/** All of it where there is room for that, else what matters most. */
function status({ title, kind, snapshot, since, differing }: State, screen: Screen): string {
  const state = connection(snapshot, since, screen.now);
  const count = snapshot.items.length;
  const agreement: Span[] =
    differing === undefined || !snapshot.ready
      ? []
      : differing === 0
        ? [['   = the server', 'green']]
        : [[`   ≠ the server: ${differing}`, 'yellow']];
  const variants: Span[][] = [
    [[title, 'bold'], [`   ${count} objects   `], ...state, ...agreement],
    [[`${count} ${kind}   `, 'bold'], ...state, ...agreement],
    state,
  ];
  const fits = (spans: readonly Span[]): boolean => sum(spans.map(([text]) => text.length)) <= screen.columns;
  return line(variants.find(fits) ?? state, screen);
}

const COLOURS = { live: 'green', listing: 'cyan', interrupted: 'red', paused: 'yellow', failed: 'red' } as const;

function connection({ phase, error, retryIn = 0 }: Snapshot<unknown>, since: number, now: number): Span[] {
  const left = since + retryIn - now;
  const when = left > 0 ? `, again in ${seconds(left)}` : ', trying';
  const trouble = error === undefined ? '' : ` (${short(error)}${phase === 'interrupted' ? when : ''})`;
  return [
    [`● ${phase}`, COLOURS[phase]],
    [trouble, 'red'],
  ];
}

/** @param room lines, head included */
function table({ columns, snapshot, touched }: State, screen: Screen, room: number): string[] {
  const { paint, now } = screen;
  const objects = [...snapshot.items].sort(byName);
  const shown = objects.length < room ? objects : objects.slice(0, Math.max(0, room - 2));
  const rows = shown.map((object) => cellsOf(columns, object, now));
  const natural = columns.map(({ head }, column) =>
    Math.max(head.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const widths = fit(natural, screen.columns);
  const borderless = new Table({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [] },
    colWidths: widths.map((width) => width + GAP),
    head: columns.slice(0, widths.length).map(({ head }) => paint('dim', head)),
  });
  for (const [index, object] of shown.entries()) {
    const isNew = now - (touched.get(object.metadata.uid) ?? -Infinity) < HIGHLIGHT;
    const cells = (rows[index] ?? []).slice(0, widths.length);
    borderless.push(cells.map((cell, column) => painted(cell, columns[column]?.head === 'STATUS', isNew, paint)));
  }
  const more = objects.length - shown.length;
  const lines = borderless
    .toString()
    .split('\n')
    .map((text) => text.trimEnd());
  return more === 0 ? lines : [...lines, line([[`… and ${more} more`, 'dim']], screen)];
}

const NO_BORDERS = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
    'middle',
  ].map((name) => [name, '']),
);

function painted(cell: string, isStatus: boolean, isNew: boolean, paint: Paint): string {
  const colour = isStatus ? colourOf(cell) : undefined;
  if (isNew) return paint(['bold', colour ?? 'cyan'], cell);
  return colour === undefined ? cell : paint(colour, cell);
}

function colourOf(status: string): 'green' | 'red' | 'yellow' | 'dim' {
  if (/^(Running|Ready|Active|Bound)$/.test(status)) return 'green';
  if (/^(Completed?|Succeeded)$/.test(status)) return 'dim';
  return /Error|BackOff|Failed|NotReady|OOM/.test(status) ? 'red' : 'yellow';
}

/** The widest gives way first; where that is not enough, the last columns are left out. */
function fit(natural: readonly number[], columns: number): number[] {
  const widths = [...natural];
  const needed = (): number => sum(widths.map((width) => Math.min(width, LEAST_COLUMN))) + (widths.length - 1) * GAP;
  while (widths.length > 1 && needed() > columns) widths.pop();
  const room = Math.max(1, columns - (widths.length - 1) * GAP);
  for (let over = sum(widths) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function byName({ metadata: a }: KubernetesObject, { metadata: b }: KubernetesObject): number {
  return compare(a.namespace ?? '', b.namespace ?? '') || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function logLines({ entries, current }: State, { columns, paint }: Screen): string[] {
  const lines = entries.flatMap(({ at, mark, text }) =>
    wrapped(`${clockTime(at)} ${mark} `, text, columns).map((one) => paint(MARKS[mark], one)),
  );
  return current === undefined ? lines : [...lines, ...wrapped('         … ', current, columns)];
}

const MARKS = { '✓': 'green', '✗': 'red', '·': 'dim' } as const;

function clockTime(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8);
}

function keyLines(keys: readonly Key[], { columns, paint }: Screen): string[] {
  const lines: Span[][] = [[]];
  let width = 0;
  for (const { key, name } of keys) {
    const length = key.length + name.length + 1 + GAP;
    if (width > 0 && width + length > columns) {
      lines.push([]);
      width = 0;
    }
    lines.at(-1)?.push([key, 'bold'], [` ${name}   `, 'dim']);
    width += length;
  }
  return keys.length === 0 ? [] : lines.map((spans) => line(spans, { columns, paint }));
}

/** Breaks a text at its words, each line after the first set in under it. */
function wrapped(prefix: string, text: string, columns: number): string[] {
  const width = Math.max(10, columns - prefix.length);
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word.slice(0, width);
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word.slice(0, width));
  }
  return lines.map((one, index) => `${index === 0 ? prefix : ' '.repeat(prefix.length)}${one}`.slice(0, columns));
}

/** What does not fit is cut off, before it is painted. */
function line(spans: readonly Span[], { columns, paint }: Pick<Screen, 'columns' | 'paint'>): string {
  let left = columns;
  return spans
    .map(([text, format]) => {
      const part = text.length <= left ? text : `${text.slice(0, Math.max(0, left - 1))}${left > 0 ? '…' : ''}`;
      left -= part.length;
      return format === undefined || part === '' ? part : paint(format, part);
    })
    .join('')
    .trimEnd();
}

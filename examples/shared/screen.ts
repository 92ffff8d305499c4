import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import { connect, ignoreElements, merge, pairwise, tap, type MonoTypeOperatorFunction } from 'rxjs';
import { connectionState, type ConnectionState, type WatchEvent } from 'rxkube';
import type { Output } from '../demo/terminal.ts';
import { oneLine } from './text.ts';

/** Rows of which the first cell is a name that no other row has. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What is said where there are no rows. */
  readonly none: string;
}

const GAP = '   ';

/** Shows lines, and one table: in a terminal it stays in its place, elsewhere those rows of it are lines that are new or other. */
export class Screen {
  readonly #output: Output;
  readonly #update: ReturnType<typeof createLogUpdate> | undefined;
  #widths: readonly number[] = [];
  #table: Table | undefined;

  constructor(output: Output) {
    this.#output = output;
    // Some pseudo-terminals say that they have no size: nothing would be seen in that.
    const hasPlaces = output.isTTY === true && output.columns !== 0 && process.env['TERM'] !== 'dumb';
    if (hasPlaces) this.#update = createLogUpdate(output);
  }

  show(what: string | Table): void {
    if (typeof what === 'string') return this.#print(what);
    const before = this.#table;
    this.#table = what;
    // They only grow, so that lines stay below each other.
    this.#widths = what.head.map((head, column) =>
      Math.max(head.length, this.#widths[column] ?? 0, ...what.rows.map((cells) => cells[column]?.length ?? 0)),
    );
    if (this.#update === undefined) for (const line of this.#news(what, before)) this.#print(line);
    else this.#update(this.#picture(what).join('\n'));
  }

  /** Says what is no result: on stderr, and above a table that stays in its place. */
  say(line: string): void {
    if (this.#update === undefined || this.#table === undefined) return void process.stderr.write(`${line}\n`);
    this.#update.persist(line);
    this.show(this.#table);
  }

  /** Leaves the terminal as a shell wants it. */
  done(): void {
    this.#update?.done();
  }

  #print(line: string): void {
    this.#output.write(`${line}\n`);
  }

  #news({ head, rows, none }: Table, before: Table | undefined): readonly string[] {
    const former = new Map(before?.rows.map((cells) => [cells[0] ?? '', cells.join('\0')]));
    const changed = rows.filter((cells) => former.get(cells[0] ?? '') !== cells.join('\0'));
    for (const [name = ''] of rows) former.delete(name);
    const gone = [...former.keys()].map((name) => [name, 'no longer there']);
    const nothing = rows.length === 0 && before?.rows.length !== 0 ? [none] : [];
    return [
      ...(before === undefined ? [this.#line(head)] : []),
      ...[...gone, ...changed].map((cells) => this.#line(cells)),
      ...nothing,
    ];
  }

  /** As much as the terminal has room for. */
  #picture({ head, rows, none }: Table): readonly string[] {
    const { columns = 80, rows: height = 24 } = this.#output;
    // The head, the line below for the cursor, and one of the shell's.
    const room = Math.max(1, height - 3);
    const shown = rows.length <= room ? rows : rows.slice(0, room - 1);
    const rest = rows.length - shown.length;
    const lines = [...shown.map((cells) => this.#line(cells)), ...(rest > 0 ? [`… and ${rest} more`] : [])];
    const fit = (line: string): string => (line.length <= columns ? line : `${line.slice(0, columns - 1)}…`);
    return [
      styleText('dim', fit(this.#line(head)), { stream: this.#output }),
      ...(rows.length === 0 ? [none] : lines).map(fit),
    ];
  }

  #line(cells: readonly string[]): string {
    return cells
      .map((cell, column) => cell.padEnd(this.#widths[column] ?? 0))
      .join(GAP)
      .trimEnd();
  }
}

export const screen = new Screen(process.stdout);

/** Says when a watch, or any of several, is interrupted and when it goes on. Nobody has to answer: it goes on by itself. */
export function sayFailures<E extends WatchEvent>(): MonoTypeOperatorFunction<E> {
  return connect((events) =>
    merge(events, events.pipe(connectionState(), pairwise(), tap(sayDifference), ignoreElements())),
  );
}

function sayDifference([before, now]: readonly [ConnectionState, ConnectionState]): void {
  const [was, is] = [before.phase === 'interrupted', now.phase === 'interrupted'];
  // One that gives up is about to be an error, which is said at the end.
  if (is && !was && now.retryIn !== Infinity) screen.say(`# ${oneLine(now.error)}; trying again`);
  if (was && !is) screen.say('# it goes on');
}

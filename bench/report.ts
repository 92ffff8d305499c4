import { loadavg } from 'node:os';
import type { Measured } from './measure.ts';
import { SUBJECTS, type SubjectName } from './subjects/subject.ts';

export interface Size {
  readonly objects: number;
  readonly events: number;
  readonly targets: readonly (keyof typeof TARGETS)[];
}

/** Each subject once, one after the other. */
export type Round = Readonly<Record<SubjectName, Measured>>;

/** Prints medians; ratios are those within a round, as a machine is not the same from one minute to the next. */
export function report({ objects, events, targets }: Size, rounds: readonly Round[]): void {
  assertSameWork(rounds);
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(
    `\n${objects.toLocaleString('en')} pods, then ${events.toLocaleString('en')} events; medians of ${rounds.length} rounds`,
  );
  console.log(`Node ${process.versions.node}, load ${load.join(' ')}; CPU of all threads\n`);
  const rows = SUBJECTS.map((subject) => {
    const of = (figure: (measured: Measured) => number): number =>
      median(rounds.map((round) => figure(round[subject])));
    const times = (base: SubjectName, figure: (measured: Measured) => number): string =>
      median(rounds.map((round) => figure(round[subject]) / figure(round[base]))).toFixed(2);
    return {
      subject,
      'sync, CPU ms': Math.round(of(syncCpu) / 1000),
      '× floor': times('floor', syncCpu),
      '× client-node': times('client-node', syncCpu),
      'event, CPU µs': (of(eventsCpu) / events).toFixed(1),
      '× floor ': times('floor', eventsCpu),
      'stall ms, sync': Math.round(of(({ sync }) => sync.stall)),
      events: Math.round(of(({ events: { stall } }) => stall)),
      'peak RSS MB': Math.round(of(({ rss }) => rss)),
      'heap MB': Math.round(of(({ heap }) => heap)),
    };
  });
  print(rows);

  console.log();
  for (const target of targets) {
    const { words, limit, value } = TARGETS[target];
    const reached = median(rounds.map(value));
    const verdict = reached <= limit ? 'met   ' : 'missed';
    console.log(`${verdict}  ${words}: ${reached.toFixed(reached < 10 ? 2 : 0)}`);
  }
}

const TARGETS = {
  event: {
    words: 'an event costs at most 1.1 × the floor',
    limit: 1.1,
    value: ({ rxkube, floor }: Round) => eventsCpu(rxkube) / eventsCpu(floor),
  },
  sync: {
    words: 'a sync costs at most 0.75 × client-node',
    limit: 0.75,
    value: ({ rxkube, 'client-node': other }: Round) => syncCpu(rxkube) / syncCpu(other),
  },
  stall: {
    words: 'the event loop stalls for 60 ms at most',
    limit: 60,
    value: ({ rxkube: { sync, events } }: Round) => Math.max(sync.stall, events.stall),
  },
};

function syncCpu({ sync }: Measured): number {
  return sync.cpu;
}

function eventsCpu({ events }: Measured): number {
  return events.cpu;
}

/** A subject that dropped something would look fast. */
function assertSameWork(rounds: readonly Round[]): void {
  const digests = new Set(rounds.flatMap((round) => SUBJECTS.map((subject) => round[subject].digest)));
  if (digests.size !== 1) throw new Error(`the subjects do not agree: ${[...digests].join(' ≠ ')}`);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

function print(rows: readonly Readonly<Record<string, string | number>>[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const widths = columns.map((column) =>
    Math.max(...[column, ...rows.map((row) => String(row[column]))].map((cell) => cell.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ');
  console.log(line(columns.map((column) => column.trimEnd())));
  for (const row of rows) console.log(line(columns.map((column) => String(row[column]))));
}

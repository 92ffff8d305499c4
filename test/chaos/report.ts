import Table from 'cli-table3';
import type { Figures } from './stage.ts';

export interface Row {
  readonly name: string;
  readonly figures: Figures | undefined;
  readonly seconds: number;
  readonly causes: readonly string[];
  readonly wrong: readonly string[];
}

export function line({ name, figures, seconds, wrong }: Row): string {
  const caughtUp = figures?.caughtUp === undefined ? '' : `, caught up in ${figures.caughtUp.toFixed(1)} s`;
  return `${wrong.length === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(0)} s${caughtUp})`;
}

export function table(rows: readonly Row[]): string {
  const grid = new Table({
    head: [
      'scenario',
      'fault s',
      'caught up s',
      'requests',
      'lists',
      'interrupted',
      'events',
      'writes',
      'left',
      'verdict',
    ],
    colAligns: ['left', 'right', 'right', 'right', 'left', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, figures, wrong } of rows) {
    grid.push([
      name,
      figures?.outage.toFixed(1) ?? '',
      figures?.caughtUp?.toFixed(1) ?? '',
      figures?.requests ?? '',
      figures === undefined ? '' : counted(figures.relists),
      figures?.interruptions ?? '',
      figures?.events ?? '',
      figures?.writes ?? '',
      figures?.cameAndWent ?? '',
      wrong.length === 0 ? 'passed' : 'FAILED',
    ]);
  }
  return grid.toString();
}

/** `2 expired, 1 restart` */
function counted(causes: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const cause of causes) counts.set(cause, (counts.get(cause) ?? 0) + 1);
  return [...counts].map(([cause, count]) => `${count} ${cause}`).join(', ') || '0';
}

export function details(rows: readonly Row[]): string {
  return rows
    .filter(({ wrong }) => wrong.length > 0)
    .map(({ name, wrong }) => `${name}:\n${wrong.map((text) => `  - ${text}`).join('\n')}`)
    .join('\n');
}

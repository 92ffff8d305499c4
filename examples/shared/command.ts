import { Command, InvalidArgumentError } from 'commander';

/** What every example can be told. */
export interface CommonOptions {
  readonly context?: string;
  readonly kubeconfig?: string;
  /** ms */
  readonly for?: number;
}

/** A command with the flags that all examples have. What is wrong with them ends the process in one line. */
export function command(name: string, description: string): Command {
  return new Command(`npm run example -- ${name}`)
    .description(description)
    .option('--context <name>', 'a cluster of your kubeconfig, instead of the one that is made up')
    .option('--kubeconfig <file>', 'the cluster of this kubeconfig')
    .option('--for <duration>', 'end by itself after so long: 10s, 5m (default: on Ctrl-C)', duration)
    .showSuggestionAfterError(false);
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `5m`, `12h`, `30d` in ms. @throws InvalidArgumentError for anything else */
export function duration(text: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? NaN);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('It must be a number of s, m, h or d, such as 30s or 7d.');
  return ms;
}

/** For a flag that may be given several times. */
export function several(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

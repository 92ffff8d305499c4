// npm run test:chaos: a writer, processes that watch, what breaks between them, and an oracle that knows every committed write.
import { randomInt } from 'node:crypto';
import { program, Option } from 'commander';
import { startCluster, type Cluster, type Flags } from '../real/cluster.ts';
import { details, line, table, type Row } from './report.ts';
import type { Scenario } from './scenario.ts';
import { scenarios as allScenarios } from './scenarios/all.ts';
import { Stage } from './stage.ts';

interface Options {
  readonly only?: readonly string[];
  readonly seed: number;
  readonly minutes: number;
  readonly slice?: boolean;
  readonly list?: boolean;
}

/** A scenario that takes longer hangs. The mixed one may take so much longer as it breaks things. */
const LONGEST = 300_000;

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new RangeError(`must be a number ≥ 0, got ${text}`);
  return value;
};

const options = program
  .name('npm run test:chaos --')
  .description('Breaks a real kube-apiserver, and the path to it, under watches that must not mind.')
  .option('--only <names...>', 'only these scenarios')
  .addOption(
    new Option('--seed <n>', 'repeats the faults of a run').argParser(number).default(randomInt(2 ** 31), 'random'),
  )
  .addOption(new Option('--minutes <n>', 'how long the mixed run breaks things').argParser(number).default(3))
  .option('--slice', 'what CI runs: the most telling scenarios, and a minute of the mixed run')
  .option('--list', 'names the scenarios')
  .parse()
  .opts<Options>();

function chosen(): Scenario[] {
  const all = allScenarios(options.slice === true ? Math.min(options.minutes, 1) : options.minutes);
  const unknown = options.only?.filter((name) => !all.some((scenario) => scenario.name === name)) ?? [];
  if (unknown.length > 0) throw new RangeError(`no such scenario: ${unknown.join(', ')}; --list names them`);
  if (options.only !== undefined) return all.filter(({ name }) => options.only?.includes(name));
  return options.slice === true ? all.filter(({ slice }) => slice === true) : all;
}

/** With the same flags one after another: a server is restarted as seldom as that allows. */
function byFlags(scenarios: readonly Scenario[]): Scenario[][] {
  const groups = new Map<string, Scenario[]>();
  for (const scenario of scenarios) {
    const key = JSON.stringify(scenario.flags ?? {});
    groups.set(key, [...(groups.get(key) ?? []), scenario]);
  }
  return [...groups.values()];
}

/** SIGTERM ends a server within seconds, instead of when the last watch does. */
const FLAGS: Flags = { shutdownSendRetryAfter: true };

interface Played {
  readonly row: Row;
  readonly timeline: readonly string[];
  /** What is left of its processes; known some seconds later. */
  readonly remains: Promise<string[]>;
}

async function play(cluster: Cluster, scenario: Scenario): Promise<Played> {
  const start = performance.now();
  const on: { stage?: Stage } = {};
  let figures: Row['figures'];
  const wrong: string[] = [];
  const longest = new AbortController();
  try {
    const minutes = scenario.name === 'mixed' ? options.minutes * 60_000 : 0;
    figures = await Promise.race([
      (async () => {
        const stage = await Stage.set(cluster, scenario, options.seed);
        on.stage = stage;
        await stage.begin();
        await scenario.run(stage);
        return stage.finish();
      })(),
      over(LONGEST + minutes, longest.signal),
    ]);
  } catch (error) {
    wrong.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  longest.abort();
  const played = on.stage;
  const failedEarly = wrong.length > 0;
  await played?.strike().catch((error: unknown) => wrong.push(`tidying up: ${String(error)}`));
  wrong.unshift(...(played?.wrong ?? []));
  const remains = (failedEarly ? Promise.resolve([]) : (played?.remains() ?? Promise.resolve([])))
    .catch((error: unknown) => [String(error)])
    .finally(() => void played?.closePath());
  const seconds = (performance.now() - start) / 1_000;
  return {
    row: { name: scenario.name, figures, seconds, causes: played?.causes ?? [], wrong },
    timeline: played?.timeline ?? [],
    remains,
  };
}

async function over(ms: number, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`not over within ${ms / 1_000} s`)), ms);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}

async function main(): Promise<void> {
  const scenarios = chosen();
  if (options.list === true) {
    for (const { name, about, slice } of scenarios)
      console.log(`${name.padEnd(24)} ${slice === true ? '*' : ' '} ${about}`);
    return;
  }
  console.log(`seed ${options.seed}; ${scenarios.length} scenarios`);
  const played: Played[] = [];
  let cluster: Cluster | undefined;
  try {
    for (const group of byFlags(scenarios)) {
      const flags = { ...FLAGS, ...group[0]?.flags };
      if (cluster === undefined) cluster = await startCluster({ flags });
      else await cluster.restart({ flags });
      for (const scenario of group) {
        const one = await play(cluster, scenario);
        played.push(one);
        console.log(line(one.row));
        for (const text of [
          ...one.row.causes.map((cause) => `     ${cause}`),
          ...one.row.wrong.map((w) => `   ! ${w}`),
        ])
          console.log(text);
        if (one.row.wrong.length > 0) for (const text of one.timeline) console.log(`     ${text}`);
      }
    }
    // The last ones need their server, if only to be away from.
    const rows = await Promise.all(
      played.map(async ({ row, remains }): Promise<Row> => ({ ...row, wrong: [...row.wrong, ...(await remains)] })),
    );
    console.log(`\n${table(rows)}`);
    const failed = rows.filter(({ wrong }) => wrong.length > 0);
    if (failed.length > 0) console.log(`\n${details(rows)}\n\nto repeat: --seed ${options.seed}`);
    console.log(`\n${rows.length - failed.length} passed, ${failed.length} failed`);
    process.exitCode = failed.length > 0 ? 1 : 0;
  } finally {
    await cluster?.stop();
  }
}

await main();

// npm run bench [-- --quick | --large] [--rounds N]: what a watch costs, beside the least it could cost and beside the official client.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Measured } from './measure.ts';
import { report, type Round, type Size } from './report.ts';
import { SUBJECTS, type SubjectName } from './subjects/subject.ts';

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, large: { type: 'boolean' }, rounds: { type: 'string' } },
});
const rounds = Number(flags.rounds ?? (flags.quick === true ? 2 : 5));
if (!Number.isInteger(rounds) || rounds < 1)
  throw new RangeError(`--rounds must be a whole number ≥ 1, got ${flags.rounds}`);

/** What an event costs is told from a small store: in a large one it hangs on whether V8 happens to collect the whole heap meanwhile. */
function sizes(): Size[] {
  if (flags.quick === true) return [{ objects: 2_000, events: 4_000, targets: ['event', 'sync', 'stall'] }];
  const usual: Size[] = [
    { objects: 1_000, events: 20_000, targets: ['event'] },
    { objects: 10_000, events: 20_000, targets: ['sync', 'stall'] },
  ];
  return flags.large === true ? [...usual, { objects: 50_000, events: 20_000, targets: ['sync', 'stall'] }] : usual;
}

function start(script: string, args: readonly string[]): ChildProcess {
  return fork(new URL(script, import.meta.url), args, { execArgv: ['--expose-gc'] });
}

async function message<T>(child: ChildProcess, name: string): Promise<T> {
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${String(code)}`);
  });
  const [value] = (await Promise.race([once(child, 'message'), gone])) as [T];
  return value;
}

async function measure(subject: SubjectName, server: ChildProcess, port: number, events: number): Promise<Measured> {
  const url = `http://127.0.0.1:${port}`;
  const child = start('measure.ts', [subject, url, kubeconfigOf(url), String(events)]);
  await message(child, subject);
  server.send('go');
  const measured = await message<Measured>(child, subject);
  await once(child, 'exit');
  return measured;
}

/** A server that asks for nothing. Without the flag client-node refuses plain HTTP. */
function kubeconfigOf(url: string): string {
  const path = join(directory, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'replay', cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'replay', context: { cluster: 'replay', user: 'nobody' } }],
    'current-context': 'replay',
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

async function run(size: Size): Promise<Round[]> {
  const server = start('server.ts', [String(size.objects), String(size.events)]);
  try {
    const { port } = await message<{ port: number }>(server, 'the server');
    const results: Round[] = [];
    for (let n = 0; n < rounds; n++) {
      const round: Partial<Record<SubjectName, Measured>> = {};
      // Alternating, and each one first in turn: what disturbs the machine disturbs all of them alike.
      for (let i = 0; i < SUBJECTS.length; i++) {
        const subject = SUBJECTS[(i + n) % SUBJECTS.length] ?? 'floor';
        round[subject] = await measure(subject, server, port, size.events);
      }
      results.push(round as Round);
    }
    return results;
  } finally {
    server.kill();
  }
}

const directory = mkdtempSync(join(tmpdir(), 'rxkube-bench-'));
try {
  for (const size of sizes()) report(size, await run(size));
} finally {
  rmSync(directory, { recursive: true });
}

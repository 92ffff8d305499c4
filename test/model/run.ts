// npm run test:model [-- --runs N --seed N --workers N]: the model test for long, on several cores, with its figures.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});
const [runs, seed, workers] = [integer('runs'), integer('seed'), integer('workers')];

interface Figures {
  readonly runs: number;
  readonly events: number;
  readonly requests: number;
  readonly rollbacks: number;
  readonly voids: number;
  readonly rows: readonly (readonly [row: string, count: number])[];
}

const dir = mkdtempSync(join(tmpdir(), 'rxkube-model-'));
const start = performance.now();
console.log(`${runs} cases from seed ${seed}, on ${workers} workers`);
const results = await Promise.all(Array.from({ length: workers }, (_, index) => work(index)));
rmSync(dir, { recursive: true, force: true });

const figures = results.filter((result) => result !== undefined);
const rows = new Map<string, number>();
for (const [row, count] of figures.flatMap((one) => one.rows)) rows.set(row, (rows.get(row) ?? 0) + count);
for (const [row, count] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`${String(count).padStart(9)}  ${row}`);
const sum = (of: (one: Figures) => number): number => figures.reduce((total, one) => total + of(one), 0);
const minutes = ((performance.now() - start) / 60_000).toFixed(1);
const what = [
  `${sum(({ runs: played }) => played)} cases in ${minutes} min`,
  `${sum(({ events }) => events)} events`,
  `${sum(({ requests }) => requests)} requests`,
  `${sum(({ rollbacks }) => rollbacks)} rollbacks`,
];
const violations = workers - figures.length;
console.log(`${what.join(', ')}; ${rows.size} kinds of transitions; seed ${seed}: ${violations} violations`);
process.exitCode = violations === 0 ? 0 : 1;

/** @returns nothing when an invariant was violated, or a row was missed: the test has said which, and how to see it again. */
async function work(index: number): Promise<Figures | undefined> {
  const file = join(dir, `${index}.json`);
  const share = Math.floor(runs / workers) + (index < runs % workers ? 1 : 0);
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/model/model.spec.ts'], {
    env: { ...process.env, MODEL_RUNS: String(share), MODEL_SEED: String(seed + index), MODEL_FIGURES: file },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return code === 0 ? (JSON.parse(readFileSync(file, 'utf8')) as Figures) : undefined;
}

function integer(name: keyof typeof values): number {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new RangeError(`--${name} must be an integer ≥ 1, got ${values[name]}`);
}

// npm run test:model:bugs [-- --runs N --only TEXT]: plants each bug of bugs.ts in a copy of the sources, and tells whether the model test finds it.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BUGS, type Bug } from './bugs.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '3000' }, only: { type: 'string', default: '' } },
});
const copy = mkdtempSync(join(tmpdir(), 'rxkube-bugs-'));
for (const name of ['src', 'operators', 'apiserver', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts']) {
  cpSync(name, join(copy, name), { recursive: true });
}
symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));

const planted = BUGS.filter(({ name }) => name.includes(values.only));
let missed = 0;
try {
  for (const bug of planted) {
    const found = plant(bug);
    if (found === undefined) missed++;
    console.log(`${found === undefined ? 'MISSED' : 'found '}  ${bug.name}${found === undefined ? '' : `: ${found}`}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(`${planted.length - missed} found, ${missed} missed`);
process.exitCode = missed === 0 ? 0 : 1;

/** @returns what the model test said, if it failed */
function plant({ name, file, right, wrong }: Bug): string | undefined {
  const path = join(copy, file);
  const text = readFileSync(file, 'utf8');
  if (text.split(right).length !== 2) throw new Error(`${name}: ${file} does not have its place, or has it twice`);
  writeFileSync(
    path,
    text.replace(right, () => wrong),
  );
  try {
    const args = ['node_modules/vitest/vitest.mjs', 'run', 'test/model/model.spec.ts'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: copy,
      encoding: 'utf8',
      env: { ...process.env, MODEL_RUNS: values.runs, NO_COLOR: '1' },
      timeout: 300_000,
    });
    if (status === 0) return undefined;
    return /(?:Violation: |Caused by: )(.*)/.exec(stdout + stderr)?.[1]?.slice(0, 140) ?? `it ended with ${status}`;
  } finally {
    writeFileSync(path, text);
  }
}

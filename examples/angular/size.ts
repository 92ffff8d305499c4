/** By how much rxkube, and what only it needs of RxJS, makes the application bigger: it is built with it, and with nothing in its place. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LIMIT = 20_000;

const whole = build('tsconfig.app.json');
const without = build('size/tsconfig.json');
const added = whole - without;
console.log(`${kB(whole)} with rxkube, ${kB(without)} without: ${kB(added)} of ${kB(LIMIT)} (gzip)`);
if (added > LIMIT) process.exitCode = 1;

/** @returns bytes of its scripts, compressed */
function build(tsConfig: string): number {
  const out = mkdtempSync(join(tmpdir(), 'rxkube-angular-'));
  try {
    execFileSync('ng', ['build', '--ts-config', tsConfig, '--output-path', out], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const scripts = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
    return scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(out, name)), { level: 9 }).length, 0);
  } finally {
    rmSync(out, { recursive: true });
  }
}

function kB(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}

import { execFileSync } from 'node:child_process';

const ROOT = `${import.meta.dirname}/../..`;

/** Builds the Angular example, with rxkube packed and installed as for everybody. */
export default function buildApp(): void {
  npm('run', '--silent', 'build');
  npm('--prefix', 'examples/angular', 'ci', '--silent', '--no-audit', '--no-fund');
  npm('--prefix', 'examples/angular', 'run', '--silent', 'build');
}

function npm(...args: readonly string[]): void {
  execFileSync('npm', args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
}

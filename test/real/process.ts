import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';

// The shell becomes the program, so their pid is the same. Its helper waits on a pipe that this process holds: when the pipe
// breaks, this process has died, however that happened, and the helper ends the program and removes its folder.
const GUARDED = `
(read -r _ <&3 || { kill -9 $$; sleep 1; rm -rf "$GUARDED_DIR"; }) >/dev/null 2>&1 &
exec 3<&-
exec "$@"`;

export interface Running {
  readonly pid: number;
  readonly exited: Promise<void>;
  hasExited(): boolean;
  /** Sends the signal and waits for the end. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/** Runs a program that dies with this process. Its output goes to `log`. */
export function run(command: readonly string[], { dir, log }: { dir: string; log: string }): Running {
  const output = openSync(log, 'a');
  const child = spawn('/bin/sh', ['-c', GUARDED, 'sh', ...command], {
    stdio: ['ignore', output, output, 'pipe'],
    env: { ...process.env, GUARDED_DIR: dir },
    cwd: dir,
    // Ctrl-C in a terminal goes to its whole process group; a test that is interrupted must not see its server leave first.
    detached: true,
  });
  closeSync(output);
  const lifeline = child.stdio[3] as Socket;
  lifeline.on('error', () => {
    // the helper is gone with its program
  });

  let gone = false;
  const exited = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => {
      gone = true;
      lifeline.end('\n');
      resolve();
    });
  });
  exited.catch(() => undefined);
  // A forgotten server must not keep a test run from ending.
  child.unref();
  lifeline.unref();

  return {
    pid: child.pid ?? -1,
    exited,
    hasExited: () => gone,
    async end(signal) {
      if (!gone) {
        child.ref();
        child.kill(signal);
      }
      await exited;
    },
  };
}

import { fromEvent, lastValueFrom, merge, NEVER, ReplaySubject, take, takeUntil, tap, timer } from 'rxjs';
import type { Observable } from 'rxjs';
import type { Cluster } from 'rxkube';
import type { CommonOptions } from './command.ts';
import { life } from './life.ts';
import { screen, type Table } from './screen.ts';
import { openTarget } from './target.ts';
import { oneLine } from './text.ts';

const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Shows what is made of the cluster that the options name, until a signal, the end of `--for`, or nobody reads any more. What ends
 * it otherwise is an error, which is one line and exit code 1.
 */
export async function run(
  options: CommonOptions,
  show: (cluster: Cluster) => Observable<string | Table>,
): Promise<void> {
  const ended = endOfProcess();
  try {
    await using target = await openTarget(options);
    const { cluster, embedded } = target;
    if (embedded) screen.say('# a made-up cluster on an embedded server; --context <name> shows one of yours');
    const limit = options.for === undefined ? NEVER : timer(Math.min(options.for, LONGEST_TIMER));
    const alive = embedded ? life(embedded, cluster) : NEVER;
    const shown = show(cluster).pipe(tap((what) => screen.show(what)));
    await lastValueFrom(merge(alive, shown).pipe(takeUntil(merge(ended, limit))), { defaultValue: undefined });
  } catch (error) {
    screen.say(oneLine(error));
    process.exitCode = 1;
  } finally {
    screen.done();
  }
}

function endOfProcess(): Observable<unknown> {
  const ended = new ReplaySubject<unknown>(1);
  // The first one only: whoever sends another one is not kept waiting.
  merge(...['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => fromEvent(process, signal)))
    .pipe(take(1))
    .subscribe(ended);
  // Nobody reads any more. That is an end as well, and what is said from then on to nobody is no error.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => ended.next(undefined));
  return ended;
}

import { BehaviorSubject, filter, firstValueFrom, fromEvent, map, merge, type Observable } from 'rxjs';
import type { Cluster, Kind, Policy } from 'rxkube';
import { columnsOf } from './columns.ts';
import type { Embedded } from './embedded.ts';
import { Following } from './following.ts';
import { showLines } from './lines.ts';
import { Performer } from './performer.ts';
import { showTerminal, type Input, type Output } from './terminal.ts';

export interface Demo {
  readonly cluster: Cluster;
  readonly kind: Kind;
  readonly namespace?: string | undefined;
  /** What the cluster is called. */
  readonly place: string;
  /** Given where faults can be had. */
  readonly embedded?: Embedded | undefined;
  readonly output: Output;
  readonly input?: Input | undefined;
  /** Ends it from outside. */
  readonly signal?: AbortSignal | undefined;
  /** Default: as the library waits; on the embedded server no longer than 1 s. */
  readonly retry?: Policy | undefined;
}

/** What is shown, and what can be done with it. */
export interface Show extends Pick<Demo, 'output' | 'input'> {
  readonly kind: string;
  readonly title: string;
  readonly columns: ReturnType<typeof columnsOf>;
  readonly following: Following;
  readonly performer: Performer | undefined;
  readonly paused: BehaviorSubject<boolean>;
}

/** Runs until somebody ends it, or by itself for some seconds where there is no terminal. @throws what ended the watch */
export async function runDemo(demo: Demo): Promise<void> {
  const { cluster, kind, namespace, place, embedded, output, input, signal } = demo;
  if (signal?.aborted === true) return;
  const paused = new BehaviorSubject(false);
  const following = new Following(cluster.resource(kind, namespace === undefined ? {} : { namespace }), {
    pauseWhile: paused,
    retry: demo.retry ?? (embedded && briefly),
    idleLimit: embedded && 90_000 / embedded.pace,
  });
  const performer = embedded && new Performer(embedded, kind, namespace, following);
  const where = namespace === undefined ? (kind.namespaced ? ' in all namespaces' : '') : ` in ${namespace}`;
  const show: Show = {
    kind: kind.plural,
    title: `${kind.plural}${where}, ${place}`,
    columns: columnsOf(kind.id, kind.namespaced && namespace === undefined),
    following,
    performer,
    paused,
    output,
    input,
  };
  embedded?.workload.start();
  try {
    const isTerminal = output.isTTY === true && process.env['TERM'] !== 'dumb';
    const ends = [isTerminal ? showTerminal(show) : showLines(show), fatal(following), broken(output)];
    if (signal !== undefined) ends.push(fromEvent(signal, 'abort'));
    await firstValueFrom(merge(...ends));
  } finally {
    embedded?.workload.stop();
    performer?.stop();
    following.stop();
  }
}

/**
 * As long as the library would wait, but not over a second: who breaks a server every few seconds is not to be kept waiting. Somebody else's
 * word also lifts its limit of 20 requests a minute.
 */
function briefly({ retryIn }: Parameters<Policy>[0]): number {
  return retryIn === Infinity ? Infinity : Math.min(retryIn, 1_000);
}

function fatal({ snapshots }: Following): Observable<unknown> {
  return snapshots.pipe(
    filter(({ phase }) => phase === 'failed'),
    map(({ error }) => {
      throw error ?? new Error('the watch is over');
    }),
  );
}

/** `npm start | head` has seen enough when it closes the pipe. */
function broken(output: Output): Observable<unknown> {
  return fromEvent(output, 'error').pipe(
    map((error) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error;
    }),
  );
}

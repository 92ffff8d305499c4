import { concat, concatMap, defer, EMPTY, from, NEVER, of, throwError, timer, type Observable } from 'rxjs';
import { WatchError, type WatchErrorInit } from '../src/errors.js';
import type { KubernetesObject } from '../src/events.js';
import { Neighbours } from '../src/neighbours.js';
import type { ListPage, WatchFrame } from '../src/protocol/messages.js';
import type { Source } from '../src/source.js';

type Failure = WatchErrorInit & { readonly message: string };

/** One line of a recording, after the first. */
interface Entry {
  readonly request: number;
  /** In milliseconds since the recording began. */
  readonly at: number;
  readonly ask?: 'list' | 'watch';
  readonly next?: object;
  readonly error?: Failure;
  readonly end?: 'completed' | 'unsubscribed';
}

/**
 * A source that answers as a recorded one was answered: the n-th request is given what the n-th one was given, after the same time. A watch
 * of it says what the recorded watch said.
 *
 * A request of another kind than the recorded one is an error that tells both; one more than were recorded is never answered. So is one
 * that was unsubscribed from, after what it had brought. Each call of `replay` begins with the first request.
 *
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { replay, watchTest } from 'rxkube/marbles';
 *
 * const pods = replay<Pod>(readFileSync('pods.ndjson', 'utf8'));
 * ```
 *
 * @param recording what `recorded` has written, a line each.
 * @throws SyntaxError that names the line that is none of a recording.
 */
export function replay<T extends KubernetesObject = KubernetesObject, K extends string = string>(
  recording: string,
): Source<T, K> {
  const [head, ...entries] = recording.trimEnd().split('\n').map(read);
  const { kind, cluster, from: name } = head as Source<T, K>;
  const requests = new Map<number, Entry[]>();
  for (const entry of entries as readonly Entry[]) {
    const request = requests.get(entry.request);
    if (request === undefined) requests.set(entry.request, [entry]);
    else request.push(entry);
  }
  let count = 0;

  const answer = <V>(ask: 'list' | 'watch'): Observable<V> =>
    defer(() => {
      const [first, ...rest] = requests.get(++count) ?? [];
      if (first === undefined) return NEVER;
      if (first.ask !== ask)
        throw new Error(`request ${count} was a ${String(first.ask)} when it was recorded, and is a ${ask} now`);
      const told = from(rest).pipe(
        concatMap((entry, i) => {
          const wait = entry.at - (rest[i - 1] ?? first).at;
          return wait > 0 ? timer(wait).pipe(concatMap(() => tell<V>(entry))) : tell<V>(entry);
        }),
      );
      return rest.at(-1)?.end === 'completed' ? told : concat(told, NEVER);
    });

  return {
    kind,
    cluster,
    from: name,
    // The waits of the watch are the least of their range, as everywhere in the kit.
    neighbours: new Neighbours(() => 0),
    api: { list: () => answer<ListPage<T>>('list'), watch: () => answer<WatchFrame<T>>('watch') },
  };
}

function tell<V>({ next, error }: Entry): Observable<V> {
  if (error !== undefined) return throwError(() => revived(error));
  if (next === undefined) return EMPTY;
  return of((isErrorFrame(next) ? { ...next, error: revived(next.error) } : next) as V);
}

function isErrorFrame(next: object): next is { readonly type: 'ERROR'; readonly error: Failure } {
  return 'type' in next && next.type === 'ERROR';
}

function revived({ message, ...init }: Failure): WatchError {
  return new WatchError(message, init);
}

function read(line: string, index: number): unknown {
  try {
    const value = JSON.parse(line) as object | null;
    if (typeof value === 'object' && value !== null && (index === 0 ? 'recording' : 'request') in value) return value;
  } catch {
    // Told below.
  }
  throw new SyntaxError(`line ${index + 1} is none of a recording`);
}

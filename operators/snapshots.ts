import { catchError, defer, filter, map, of, startWith, switchMap, throwError, timer } from 'rxjs';
import type { Observable, OperatorFunction } from 'rxjs';
import { WatchError } from '../src/errors.js';
import type { ObjectOf, WatchEvent } from '../src/events.js';
import { Connections, type Connection } from '../src/store/connections.js';
import { Tables } from '../src/store/tables.js';
import { timerMs } from './internal/validate.js';

/** All that a watch knows, at one moment. */
export interface Snapshot<T> extends Omit<Connection, 'phase'> {
  /** As {@link Connection.phase}; `failed`: the watch is over (only with `errorAsValue`). */
  readonly phase: Connection['phase'] | 'failed';
  /** The objects, in order of first sight: the same array while nothing changes, each the same object while its version is the same. */
  readonly items: readonly T[];
}

/** How often {@link snapshots} tells, and how it ends. */
export interface SnapshotOptions {
  /** Milliseconds for which changes are gathered before they are told, 0 to 2³¹ − 1. Default: 50. */
  readonly every?: number | undefined;
  /** Whether a failure of the watch is a last value with phase `failed`, and then completion. Default: false, an error notification. */
  readonly errorAsValue?: boolean | undefined;
}

/**
 * Emits all that a watch knows as one immutable value: at once when it is subscribed to, synchronously, and then whenever something
 * changed, changes gathered for `every` milliseconds. A change of phase is told without delay.
 *
 * A list takes effect as a whole: a relist (410 and the like) leaves the former objects until it is complete. Objects of a merge are
 * all in `items`; one that several watches list is there once. It is cold as its source is, and keeps its state for each subscription.
 * An error passes, or is the last value with `errorAsValue`, if it is a {@link WatchError}: any other is a bug. Completion waits
 * for the last changes.
 *
 * ```txt
 * -i-a-b-I--c-----A-B---    i init, a b initApply, I initDone, c apply, A B delete
 *
 * > snapshots({ every: 4 })
 *
 * s------x------y-----z-    s listing [], x live [a b], y live [a b c], z live [c]
 * ```
 *
 * ```ts
 * import { toSignal } from '@angular/core/rxjs-interop';
 * import { snapshots, watch$ } from 'rxkube';
 *
 * const pods = toSignal(watch$(source).pipe(snapshots({ errorAsValue: true })), { requireSync: true });
 * ```
 *
 * @throws RangeError when `every` is no number of milliseconds that a timer takes.
 */
export function snapshots<E extends WatchEvent>({
  every = 50,
  errorAsValue = false,
}: SnapshotOptions = {}): OperatorFunction<E, Snapshot<ObjectOf<E>>> {
  timerMs('every', every);
  return (source: Observable<WatchEvent>) =>
    defer(() => {
      const tables = new Tables();
      const connections = new Connections();
      let connection = connections.worst;
      let gathering = false;

      const take = (): Snapshot<ObjectOf<E>> => {
        gathering = false;
        return { ...connection, items: tables.values() as readonly ObjectOf<E>[] };
      };
      const fold = (event: WatchEvent): 'now' | 'later' | undefined => {
        const changed = tables.fold(event).length > 0;
        connections.track(event);
        if (connections.worst !== connection) {
          connection = connections.worst;
          return 'now';
        }
        if (!changed || gathering) return undefined;
        gathering = true;
        return 'later';
      };

      return source.pipe(
        map(fold),
        filter((when) => when !== undefined),
        switchMap((when) => (when === 'now' ? of(0) : timer(every))),
        map(take),
        startWith(take()),
        catchError((error: unknown) =>
          errorAsValue && error instanceof WatchError
            ? of({ ...take(), phase: 'failed' as const, error })
            : throwError(() => error),
        ),
      );
    });
}

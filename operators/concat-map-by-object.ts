import { concat, defer, EMPTY, ignoreElements, merge, mergeMap, Subject, tap } from 'rxjs';
import type { Observable, ObservableInput, OperatorFunction } from 'rxjs';
import type { WatchEvent } from '../src/events.js';
import { identityOf } from '../src/objects.js';
import type { Change, ChangeOf } from '../src/store/change.js';
import { changes } from './changes.js';

/** How {@link concatMapByObject} works its objects off. */
export interface ConcatMapByObjectOptions {
  /** How many objects are worked on at once: a whole number ≥ 1, or `Infinity`. Default: Infinity. */
  readonly concurrent?: number | undefined;
  /** What waits for an object's next turn: what its changes amount to (`latest`), or each of them (`all`). Default: `latest`. */
  readonly pending?: 'latest' | 'all' | undefined;
}

/**
 * Projects each change to an Observable, and never has two of them for one object at a time: the operator of a reconciler.
 *
 * An object is its resource, cluster, namespace and name, so a successor under the name waits, too. Objects are worked on side by
 * side, at most `concurrent` of them, first come, first served; one that has had its turn goes to the end of the line for the next.
 * Until its turn comes, the changes of an object are folded, so that slow work meets only the newest state: `added` and `modified` are
 * `added`; `added` and `deleted` are nothing, as it was never projected; `modified` twice is one, whose `previous` was the last that
 * was projected; `modified` and `deleted` are `deleted`. Only `deleted` and `added` stay two, in this order.
 *
 * It is cold as its source is, and stands on {@link changes}: a relist (410 and the like) is its difference. It keeps all present
 * objects, and at most two changes of each that is worked on or waits (`all`: every one). An error of the source, of `project` or of an
 * inner Observable ends all of them at once: catch inside what concerns one object only. Completion waits for what is still to do.
 *
 * ```txt
 * -1-23-------|    1 2 3 states of one object
 *
 * > concatMapByObject(({ object }) => of(object).pipe(delay(4)))
 *
 * -----1---3--|
 * ```
 *
 * ```ts
 * import { concatMapByObject, watch$ } from 'rxkube';
 *
 * watch$(deployments).pipe(concatMapByObject(reconcile, { concurrent: 10 })).subscribe();
 * ```
 *
 * @throws RangeError when an option is out of range.
 */
export function concatMapByObject<E extends WatchEvent, R>(
  project: (change: Change<E>) => ObservableInput<R>,
  { concurrent = Infinity, pending = 'latest' }: ConcatMapByObjectOptions = {},
): OperatorFunction<E, R> {
  if (concurrent !== Infinity && (!Number.isInteger(concurrent) || concurrent < 1))
    throw new RangeError(`concurrent must be a whole number ≥ 1 or Infinity, got ${concurrent}`);
  if (!['latest', 'all'].includes(pending))
    throw new RangeError(`pending must be one of latest, all, got ${JSON.stringify(pending)}`);
  return (source: Observable<WatchEvent>) =>
    defer(() => {
      // What is to be projected next of each object: of those in line, and of those being worked on.
      const waiting = new Map<string, ChangeOf[]>();
      const busy = new Map<string, ChangeOf[]>();
      const turns = new Subject<readonly [key: string, next: ChangeOf[]]>();
      let giving = false;
      let completed = false;

      const giveTurns = (): void => {
        // A loop: work that is over at once comes back here, and would exhaust the stack.
        if (giving) return;
        giving = true;
        for (const [key, next] of waiting) {
          if (busy.size >= concurrent) break;
          waiting.delete(key);
          busy.set(key, next);
          turns.next([key, next]);
        }
        giving = false;
        if (completed && busy.size === 0) turns.complete();
      };
      const lineUp = (key: string, next: ChangeOf[]): void => {
        if (next.length === 0) waiting.delete(key);
        else waiting.set(key, next);
        giveTurns();
      };
      const takeIn = (change: ChangeOf): void => {
        const key = identityOf(change, change.object);
        const next = busy.get(key) ?? waiting.get(key) ?? [];
        if (pending === 'all') next.push(change);
        else fold(next, change);
        if (!busy.has(key)) lineUp(key, next);
      };
      const work = turns.pipe(
        mergeMap(([key, next]) => {
          const over = defer(() => {
            busy.delete(key);
            lineUp(key, next);
            return EMPTY;
          });
          // `concat`, as it goes on once the work is torn down, and not when it merely says that it is complete.
          return concat(project(next.shift() as Change<E>), over);
        }),
      );
      const intake = source.pipe(
        changes(),
        tap({
          next: takeIn,
          complete: () => {
            completed = true;
            giveTurns();
          },
        }),
        ignoreElements(),
      );
      return merge(work, intake);
    });
}

/** Folds a change into those that wait, which are then at most a deletion and what came after it. */
function fold(next: ChangeOf[], change: ChangeOf): void {
  const last = next.pop();
  if (last?.type === 'deleted' && change.type === 'added') next.push(last, change);
  else if (last?.type === 'modified' && change.type === 'modified') next.push({ ...change, previous: last.previous });
  else if (last?.type === 'added' && change.type === 'modified') next.push({ ...last, object: change.object });
  else if (last?.type !== 'added') next.push(change);
}

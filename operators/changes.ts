import type { Observable, OperatorFunction } from 'rxjs';
import type { WatchEvent } from '../src/events.js';
import type { Change } from '../src/store/change.js';
import { Tables } from '../src/store/tables.js';
import { emitEach } from './internal/emit-each.js';

/**
 * Tells what happened to each object: `added`, `modified` with the previous state, `deleted` with the last one.
 *
 * A list is told as its difference from what was known, when it is complete: deletions first, then what is new or other; nothing
 * for an object whose uid and resourceVersion are the same, and nothing of a list that was cut short. So the deletions that fell into
 * a gap (410 and the like) are told. Another uid under the old name is a deletion and an addition. Duplicates tell nothing.
 *
 * In a merge, objects of several resources and clusters are kept apart; one that several watches list is deleted when the last of
 * them has lost it. A watch that starts at a given resourceVersion has no first list: there `added` means first seen, and the
 * deletion of an object that was not seen is told, because whoever resumes may know it.
 *
 * It keeps all present objects in memory, a set for each subscription: share it, or use a store. Errors and completion pass.
 *
 * ```txt
 * -i-a-b-I---c-C-i-b-I---    i init, a b initApply, I initDone, c apply, C delete
 *
 * > changes()
 *
 * -------(ab)c-C-----A---    a b c added, A C deleted
 * ```
 *
 * ```ts
 * import { changes, watch$ } from 'rxkube';
 *
 * watch$(pods).pipe(changes()).subscribe((change) => {
 *   if (change.type === 'modified') console.log(change.previous.status?.phase, '→', change.object.status?.phase);
 * });
 * ```
 */
export function changes<E extends WatchEvent>(): OperatorFunction<E, Change<E>> {
  return (source: Observable<WatchEvent>) =>
    source.pipe(
      emitEach(() => {
        const tables = new Tables();
        return (event: WatchEvent) => tables.fold(event) as readonly Change<E>[];
      }),
    );
}

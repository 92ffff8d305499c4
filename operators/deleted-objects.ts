import { filter, map, type Observable, type OperatorFunction } from 'rxjs';
import type { ObjectOf, WatchEvent } from '../src/events.js';
import { changes } from './changes.js';

/**
 * Emits each object that was deleted or left the selector: its final state as the server told it, or the last known one where only a
 * later list revealed the deletion.
 *
 * It stands on {@link changes}: a relist (410 and the like) tells the deletions that fell into the gap, another uid under the old name
 * counts as one, and it keeps all present objects in memory for each subscription. Errors and completion pass.
 *
 * ```txt
 * -i-a-b-I---c-C-i-b-I---    i init, a b initApply, I initDone, c apply, C delete
 *
 * > deletedObjects()
 *
 * -------------c-----a---
 * ```
 *
 * ```ts
 * import { deletedObjects, watch$ } from 'rxkube';
 *
 * watch$(pods).pipe(deletedObjects()).subscribe((pod) => release(pod.metadata.uid));
 * ```
 */
export function deletedObjects<E extends WatchEvent>(): OperatorFunction<E, ObjectOf<E>> {
  return (source: Observable<WatchEvent>) =>
    source.pipe(
      changes(),
      filter(({ type }) => type === 'deleted'),
      map(({ object }) => object as ObjectOf<E>),
    );
}

import { map, type Observable, type OperatorFunction } from 'rxjs';
import type { ObjectOf, WatchEvent } from '../src/events.js';
import { changes } from './changes.js';

/**
 * Emits each object that was added, modified or deleted: in its new state, or in the last one before it was gone.
 *
 * It stands on {@link changes}: a list is told when it is complete, a relist (410 and the like) tells only what really changed, the
 * deletions that fell into the gap first, and it keeps all present objects in memory for each subscription. Errors and completion pass.
 *
 * ```txt
 * -i-a-b-I---c-C-i-b-I---    i init, a b initApply, I initDone, c apply, C delete
 *
 * > touchedObjects()
 *
 * -------(ab)c-c-----a---
 * ```
 *
 * ```ts
 * import { touchedObjects, watch$ } from 'rxkube';
 *
 * // Each pod that comes, changes or goes makes its owner worth another look.
 * watch$(pods).pipe(touchedObjects()).subscribe((pod) => enqueue(pod.metadata.ownerReferences));
 * ```
 */
export function touchedObjects<E extends WatchEvent>(): OperatorFunction<E, ObjectOf<E>> {
  return (source: Observable<WatchEvent>) =>
    source.pipe(
      changes(),
      map(({ object }) => object as ObjectOf<E>),
    );
}

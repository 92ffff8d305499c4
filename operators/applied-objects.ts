import { filter, map, type Observable, type OperatorFunction } from 'rxjs';
import type { Apply, InitApply, ObjectOf, WatchEvent } from '../src/events.js';

/**
 * Emits each object that a watch lists, adds or modifies, as it arrives, and drops everything else.
 *
 * It remembers nothing: after a relist (410 and the like) every listed object is emitted again, changed or not, which suits work that
 * can be repeated. {@link changes} tells what really changed. It is cold as its source is; errors and completion pass.
 *
 * ```txt
 * -i-a-b-I-c-A-l-    i init, a b initApply, I initDone, c apply, A delete, l live
 *
 * > appliedObjects()
 *
 * ---a-b---c-----
 * ```
 *
 * ```ts
 * import { appliedObjects, watch$ } from 'rxkube';
 *
 * watch$(pods).pipe(appliedObjects()).subscribe((pod) => console.log(pod.metadata.name, pod.status?.phase));
 * ```
 */
export function appliedObjects<E extends WatchEvent>(): OperatorFunction<E, ObjectOf<E>> {
  return (source: Observable<WatchEvent>) =>
    source.pipe(
      filter((event): event is InitApply | Apply => event.type === 'initApply' || event.type === 'apply'),
      map(({ object }) => object as ObjectOf<E>),
    );
}

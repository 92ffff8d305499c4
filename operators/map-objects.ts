import { map, type Observable, type OperatorFunction } from 'rxjs';
import type { KubernetesObject, ObjectOf, ResourceOf, WatchEvent } from '../src/events.js';

/**
 * Replaces the object of each event by what `project` makes of it, and leaves the other events alone: for keeping less of each
 * object, before anything downstream retains it.
 *
 * The result must still be a Kubernetes object, with the `metadata` that it came with: that is how it is known again. Deleted objects are
 * projected too. It is cold as its source is; what `project` throws is an error notification; errors and completion pass.
 *
 * ```txt
 * -i-a-I-b-A-|    i init, a initApply, I initDone, b apply, A delete
 *
 * > mapObjects(slim)
 *
 * -i-x-I-y-X-|    x y X: the same events with slim(a), slim(b), slim(a)
 * ```
 *
 * ```ts
 * import { mapObjects, snapshots, watch$ } from 'rxkube';
 *
 * const rows = watch$(pods).pipe(
 *   mapObjects(({ metadata, status }) => ({ metadata, phase: status?.phase })),
 *   snapshots(),
 * );
 * ```
 */
export function mapObjects<E extends WatchEvent, U extends KubernetesObject>(
  project: (object: ObjectOf<E>) => U,
): OperatorFunction<E, WatchEvent<U, ResourceOf<E>>> {
  return (source: Observable<WatchEvent>) =>
    source.pipe(
      map((event): WatchEvent<U> => {
        switch (event.type) {
          case 'initApply':
          case 'apply':
          case 'delete': {
            // Not spread: that would read an object that is decoded on first reading once more.
            const { type, resource, cluster, from } = event;
            return { type, resource, cluster, from, object: project(event.object as ObjectOf<E>) };
          }
          default:
            return event;
        }
      }),
      map((event) => event as WatchEvent<U, ResourceOf<E>>),
    );
}

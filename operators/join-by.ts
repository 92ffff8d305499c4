import { defer, map, merge, type Observable, type OperatorFunction } from 'rxjs';
import type { KubernetesObject, ObjectOf, WatchEvent } from '../src/events.js';
import { emitEach } from './internal/emit-each.js';
import { Join, type Joined } from './internal/join.js';
import type { JoinKeys } from './join-keys.js';

export type { Joined } from './internal/join.js';

/** The events of a join: those of each kind of the left side, with joined objects. */
export type JoinEvent<E, R> = E extends {
  readonly type: 'apply';
  readonly object: infer L extends KubernetesObject;
  readonly resource: infer K extends string;
}
  ? WatchEvent<Joined<L, R>, K>
  : never;

/**
 * Joins each object with all the objects of another watch that belong to it, possibly none, and keeps that current.
 *
 * What comes out is a watch of the joined objects, for whatever takes one: {@link changes}, {@link snapshots}, a store, a further join.
 * They are listed once both sides have had a complete list of every watch seen so far; one that starts at a given resourceVersion has
 * none before its first relist. From then on, an object is told when its join changes: an update of either side makes only those anew
 * that it belongs or belonged to, and a relist (410 and the like) is told as its difference, one that is cut short not at all.
 *
 * All joined objects have one `from`, however many watches list the left ones; each resource and cluster on the left has its own. The
 * watches pass on under theirs, without objects: the left ones as they are, the right ones under the left resource and cluster and a
 * `from` of the join. So failures are seen and can be answered, and how it stands with the join is the worst of both sides. A failure in
 * the middle of a list is seen until that is complete. What the right side says waits for the first word of the left one.
 *
 * It is cold as its sources are, and subscribes to the left one first. An error of either side passes and ends both, a key function
 * that throws is one; it completes when both have. It keeps the present objects of both sides and their joins, for each subscription.
 *
 * ```txt
 * -i-a-I-------A-    i init, a initApply, I initDone, A delete
 * --j-p--J-q-P---    j init, p initApply, J initDone, q apply, P delete: p and q are owned by a
 *
 * > joinBy(others, byOwner()), changes()
 *
 * -------x-y-z-Z-    x added a [p], y modified a [p q], z modified a [q], Z deleted a [q]
 * ```
 *
 * ```ts
 * import { byOwner, joinBy, snapshots, watch$ } from 'rxkube';
 *
 * const replicaSetsWithPods = watch$(replicaSets).pipe(joinBy(watch$(pods), byOwner()));
 * watch$(deployments)
 *   .pipe(joinBy(replicaSetsWithPods, byOwner()), snapshots())
 *   .subscribe(({ items }) => {
 *     for (const { left, right } of items) console.log(left.metadata.name, right.length, 'ReplicaSets');
 *   });
 * ```
 */
export function joinBy<E extends WatchEvent, F extends WatchEvent>(
  right: Observable<F>,
  keys: JoinKeys<ObjectOf<E>, ObjectOf<F>>,
): OperatorFunction<E, JoinEvent<E, ObjectOf<F>>> {
  return (left: Observable<WatchEvent>) =>
    defer(() => {
      const join = new Join<KubernetesObject, KubernetesObject>(keys as JoinKeys<KubernetesObject, KubernetesObject>);
      return merge(left.pipe(map((event) => join.left(event))), right.pipe(map((event) => join.right(event)))).pipe(
        emitEach(() => (events) => events as readonly JoinEvent<E, ObjectOf<F>>[]),
      );
    });
}

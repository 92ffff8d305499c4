import { defer, filter, groupBy, map, ReplaySubject, tap, type Observable, type OperatorFunction } from 'rxjs';
import type { ObjectOf, ResourceOf, WatchEvent } from '../src/events.js';
import { identityOf } from '../src/objects.js';
import type { ChangeOf } from '../src/store/change.js';
import { changes } from './changes.js';

/** The states of one object: the present one at once to whoever subscribes, then each further one; it completes when the object is gone. */
export interface ObjectGroup<T, K extends string = string> extends Observable<T> {
  readonly resource: K;
  readonly cluster: string;
  /** Undefined for an object that lives in none. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string;
}

/**
 * Emits an Observable for each object, of its states, which completes when the object is deleted.
 *
 * It stands on {@link changes}: a list counts when it is complete, a relist (410 and the like) completes what it no longer has, another
 * uid under the old name completes a group and begins the next, and an object that several watches list is one group until the last
 * of them has lost it. The state that came with the deletion is not emitted; a deletion of what was never seen begins no group.
 *
 * Groups are as RxJS's own `groupBy` makes them. Errors and completion of the source go to every group. The source stays subscribed to
 * while a group is, even if the stream of groups is not. It keeps all present objects in memory, for each subscription; a group that is
 * over is forgotten, whether or not somebody subscribed to it.
 *
 * ```txt
 * -i-a-b-I---c-C-i-b-I---    i init, a b initApply, I initDone, c apply, C delete
 *
 * > groupByObject()
 *
 * -------(ab)c-----------    a b c the groups of these objects: c completes at C, a at the second I
 * ```
 *
 * ```ts
 * import { distinctUntilChanged, map, mergeMap } from 'rxjs';
 * import { groupByObject, watch$ } from 'rxkube';
 *
 * watch$(pods).pipe(
 *   groupByObject(),
 *   mergeMap((pod$) =>
 *     pod$.pipe(
 *       map((pod) => pod.status?.phase),
 *       distinctUntilChanged(),
 *       map((phase) => `${pod$.name} is ${phase}`),
 *     ),
 *   ),
 * );
 * ```
 */
export function groupByObject<E extends WatchEvent>(): OperatorFunction<E, ObjectGroup<ObjectOf<E>, ResourceOf<E>>> {
  return (source: Observable<WatchEvent>) =>
    defer(() => {
      // While groupBy opens a group: the change that it is for, and what feeds it. Changes never nest, so there is one at a time.
      let first: ChangeOf;
      let feed: ReplaySubject<ChangeOf>;
      return source.pipe(
        changes(),
        tap((change) => (first = change)),
        groupBy((change) => identityOf(change, change.object), {
          connector: () => (feed = new ReplaySubject(1)),
          // The feed and not the group, which would count as somebody who needs the source.
          duration: () => feed.pipe(filter(({ type }) => type === 'deleted')),
        }),
        filter(() => first.type !== 'deleted'),
        map((group) => {
          const { namespace, name, uid } = first.object.metadata;
          const states = group.pipe(
            filter(({ type }) => type !== 'deleted'),
            map(({ object }) => object as ObjectOf<E>),
          );
          const { resource, cluster } = first;
          return Object.assign(states, { resource: resource as ResourceOf<E>, cluster, namespace, name, uid });
        }),
      );
    });
}

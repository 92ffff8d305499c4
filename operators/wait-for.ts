import { filter, map, take, type Observable, type OperatorFunction } from 'rxjs';
import type { ObjectOf, WatchEvent } from '../src/events.js';
import { Tables } from '../src/store/tables.js';
import { emitEach } from './internal/emit-each.js';

/**
 * Emits the first object that meets a condition, and completes. For a watch of one object (`name`), or of several: the first one of
 * them.
 *
 * The condition is asked about each new state of an object, and about `undefined` where a complete list or a deletion leaves nothing
 * there, which {@link isDeleted} waits for. A list counts once it is complete, one that was cut short not at all, and a relist (410 and
 * the like) only for what it has of new states; what came and went in a gap is never seen. In a merge, nothing is there once no
 * watch has anything, or is still listing. A watch that starts at a given resourceVersion knows only what it has told since.
 *
 * It waits for as long as its source goes on: add `timeout`. Where the source completes before, it completes without a value, and
 * `firstValueFrom` rejects with an EmptyError. Errors pass, and a condition that throws is one. It is cold as its source is, which it
 * unsubscribes from at the first match, and keeps all present objects in memory until then.
 *
 * ```txt
 * -i-a-b-I-c-    i init, a b initApply, I initDone, c apply
 *
 * > waitFor(isReady)
 *
 * -------(b|)    b is ready, a is not
 * ```
 *
 * ```ts
 * import { firstValueFrom, timeout } from 'rxjs';
 * import { isPodReady, waitFor, watch$ } from 'rxkube';
 *
 * const pods = cluster.resource(Pod, { namespace: 'default', name: 'web-0' });
 * const pod = await firstValueFrom(watch$(pods).pipe(waitFor(isPodReady), timeout({ first: 60_000 })));
 * ```
 */
export function waitFor<E extends WatchEvent>(
  condition: (object: ObjectOf<E> | undefined) => boolean,
): OperatorFunction<E, ObjectOf<E> | undefined> {
  return (source: Observable<WatchEvent>) =>
    source.pipe(
      emitEach(() => {
        const tables = new Tables();
        const listing = new Set<string>();
        return (event: WatchEvent) => {
          if (event.type === 'init') listing.add(event.from);
          if (event.type === 'initDone') listing.delete(event.from);
          const changes = tables.fold(event);
          const states = changes.filter(({ type }) => type !== 'deleted').map(({ object }) => object);
          const mayBeEmpty = listing.size === 0 && (event.type === 'initDone' || event.type === 'delete');
          return mayBeEmpty && tables.values().length === 0 ? [undefined] : states;
        };
      }),
      map((object) => object as ObjectOf<E> | undefined),
      filter((object) => condition(object)),
      take(1),
    );
}

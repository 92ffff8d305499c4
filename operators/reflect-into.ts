import { defer, tap, type Observable } from 'rxjs';
import type { KubernetesObject, WatchEvent } from '../src/events.js';
import { WRITER, type Store } from '../src/store/store.js';

/**
 * Keeps a store current, and passes every event on once the store shows it.
 *
 * Several watches of one kind may reflect into one store: their objects are merged, and what one of them lists anew (410 and the like)
 * puts only its own in doubt. When the source errors, completes or is unsubscribed from, the store keeps what it has, and its
 * `scopes` say `stopped`; a later subscription goes on from there. A store does not forget a watch that is merely unsubscribed from:
 * where the watch itself is replaced by another (`switchMap`), create a store for each.
 *
 * It is cold as its source is: subscribe once for each store. Errors and completion pass; an index function that throws is an
 * error notification.
 *
 * ```txt
 * -i-a-b-I-c-A-    i init, a b initApply, I initDone, c apply, A delete
 *
 * > reflectInto(store)
 *
 * -i-a-b-I-c-A-    store: empty until I, then a b, then a b c, then b c
 * ```
 *
 * ```ts
 * import { appliedObjects, createStore, reflectInto, watch$ } from 'rxkube';
 *
 * const store = createStore<Pod>();
 * watch$(pods).pipe(reflectInto(store), appliedObjects()).subscribe(() => console.log(store.size, 'pods'));
 * ```
 */
export function reflectInto<T extends KubernetesObject, I extends string>(
  store: Store<T, I>,
): <E extends WatchEvent<T>>(source: Observable<E>) => Observable<E> {
  return (source) =>
    defer(() => {
      const writer = store[WRITER]();
      return source.pipe(
        tap({
          next: (event) => writer.write(event),
          error: (error: unknown) => writer.stop({ error }),
          finalize: () => writer.stop({}),
        }),
      );
    });
}

import { defer, filter, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import type { KubernetesObject, ObjectOf, WatchEvent } from '../src/events.js';
import { keyOf } from '../src/objects.js';

type Key<T> = (object: T) => unknown;

/** What was passed last of an object. */
interface Passed {
  readonly uid: string;
  readonly values: string;
}

/**
 * Drops each `apply` where no key has another value than in the state of the object that was passed last: for work that only some
 * changes call for. It stands above everything else, which then never sees the others.
 *
 * Only an `apply` is ever dropped. A relist (410 and the like) passes whole, changed or not, and what it says is compared with from
 * then on; {@link changes} below tells what was new in it. A deletion and another uid under the old name pass, too. Each watch is
 * compared with itself: an object that two watches list passes once for each.
 *
 * Values are compared as JSON; undefined is a value. Ready keys are {@link generationOf}, {@link labelsOf}, {@link annotationsOf} and
 * {@link finalizersOf}. It keeps the values of all present objects, not the objects, for each subscription. It is cold as its source
 * is; a key that throws is an error notification; errors and completion pass.
 *
 * ```txt
 * -i-a-I-s-r-A-|    i init, a initApply, I initDone, s apply with another status, r apply with another label, A delete
 *
 * > distinctByObject(labelsOf)
 *
 * -i-a-I---r-A-|
 * ```
 *
 * ```ts
 * import { appliedObjects, distinctByObject, generationOf, labelsOf, watch$ } from 'rxkube';
 *
 * watch$(deployments)
 *   .pipe(distinctByObject(generationOf, labelsOf), appliedObjects())
 *   .subscribe((deployment) => reconcile(deployment));
 * ```
 *
 * @throws TypeError when there is no key.
 */
export function distinctByObject<E extends WatchEvent>(
  ...keys: readonly [Key<ObjectOf<E>>, ...Key<ObjectOf<E>>[]]
): MonoTypeOperatorFunction<E> {
  if (!(0 in keys)) throw new TypeError('distinctByObject needs at least one key');
  return (source: Observable<E>) =>
    defer(() => {
      /** By watch and by object. What a watch passed before the list that it is at counts no longer. */
      const scopes = new Map<string, Map<string, Passed>>();
      const stateOf = (object: KubernetesObject): Passed => ({
        uid: object.metadata.uid,
        // As an element of an array, undefined would read as null.
        values: JSON.stringify(keys.map((key) => [key(object as ObjectOf<E>)].filter((value) => value !== undefined))),
      });
      return source.pipe(
        filter((event) => {
          if (event.type === 'init') scopes.delete(event.from);
          if (event.type !== 'initApply' && event.type !== 'apply' && event.type !== 'delete') return true;
          const { type, from, object } = event;
          const key = keyOf(object);
          const passed = scopes.get(from) ?? new Map<string, Passed>();
          const last = passed.get(key);
          if (type === 'delete') {
            if (last?.uid === object.metadata.uid) passed.delete(key);
            return true;
          }
          const state = stateOf(object);
          if (type === 'apply' && last?.values === state.values && last.uid === state.uid) return false;
          scopes.set(from, passed.set(key, state));
          return true;
        }),
      );
    });
}

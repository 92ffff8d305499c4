import { EMPTY, merge, of, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import type { Change, ChangeOf } from '../src/store/change.js';
import type { Pod, Service } from '../test/events.js';
import { concatMapByObject } from './concat-map-by-object.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;

describe('concatMapByObject', () => {
  it('infers the change, and emits what the inner Observables do', () => {
    const numbers = pods.pipe(
      concatMapByObject(
        (change) => {
          expectTypeOf(change).toEqualTypeOf<ChangeOf<Pod, 'pods'>>();
          return Promise.resolve(1);
        },
        { concurrent: 4, pending: 'all' },
      ),
    );
    expectTypeOf(numbers).toEqualTypeOf<Observable<number>>();
  });

  it('takes a union of kinds, and narrows by kind and by type', () => {
    const addresses = merge(pods, services).pipe(
      concatMapByObject((change) => {
        if (change.resource !== 'services') return EMPTY;
        if (change.type === 'modified') expectTypeOf(change.previous).toEqualTypeOf<Service>();
        // @ts-expect-error only a modification has a previous object
        if (change.type === 'added') expectTypeOf(change.previous);
        return of(change.object.spec.clusterIP);
      }),
    );
    expectTypeOf(addresses).toEqualTypeOf<Observable<string | undefined>>();
  });

  it('takes a function for the changes of every kind', () => {
    const reconcile = (change: ChangeOf): Promise<void> => Promise.reject(new Error(change.object.metadata.name));
    expectTypeOf(merge(pods, services).pipe(concatMapByObject(reconcile))).toEqualTypeOf<Observable<void>>();
    expectTypeOf<Change<WatchEvent<Pod, 'pods'>>>().toExtend<ChangeOf>();
  });

  it('refuses what project must not be', () => {
    // @ts-expect-error no ObservableInput
    void pods.pipe(concatMapByObject(() => 1));
    // @ts-expect-error no such mode
    void pods.pipe(concatMapByObject(() => EMPTY, { pending: 'newest' }));
  });
});

import { map, merge, mergeMap, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import type { Pod, Service } from '../test/events.js';
import { groupByObject, type ObjectGroup } from './group-by-object.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;

describe('groupByObject', () => {
  it('emits an Observable of the states of each object', () => {
    expectTypeOf(pods.pipe(groupByObject())).toEqualTypeOf<Observable<ObjectGroup<Pod, 'pods'>>>();

    const phases = pods.pipe(
      groupByObject(),
      mergeMap((pod) => pod.pipe(map(({ status }) => `${pod.name} is ${String(status?.phase)}`))),
    );
    expectTypeOf(phases).toEqualTypeOf<Observable<string>>();
  });

  it('takes a union of kinds', () => {
    const groups = merge(pods, services).pipe(groupByObject());
    expectTypeOf(groups).toEqualTypeOf<Observable<ObjectGroup<Pod | Service, 'pods' | 'services'>>>();
    expectTypeOf(groups.pipe(mergeMap((group) => group))).toEqualTypeOf<Observable<Pod | Service>>();
    groups.subscribe(({ resource, namespace }) => {
      expectTypeOf(namespace).toEqualTypeOf<string | undefined>();
      // @ts-expect-error no such kind
      expectTypeOf(resource === 'podz');
    });
  });
});

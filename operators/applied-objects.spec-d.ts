import { merge, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import type { Pod, Service } from '../test/events.js';
import { appliedObjects } from './applied-objects.js';
import { deletedObjects } from './deleted-objects.js';
import { touchedObjects } from './touched-objects.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;

describe.each([appliedObjects, deletedObjects, touchedObjects])('%o', (objects) => {
  it('emits the objects of the events', () => {
    expectTypeOf(pods.pipe(objects())).toEqualTypeOf<Observable<Pod>>();
    expectTypeOf(merge(pods, services).pipe(objects())).toEqualTypeOf<Observable<Pod | Service>>();
  });

  it('takes events only', () => {
    // @ts-expect-error objects are no events
    void pods.pipe(objects(), objects());
  });
});

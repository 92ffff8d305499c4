import { merge, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import type { Pod, Service } from '../test/events.js';
import { shareWatch } from './share-watch.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;

describe('shareWatch', () => {
  it('passes a union of kinds on', () => {
    const shared = merge(pods, services).pipe(shareWatch({ grace: 1000 }));
    expectTypeOf(shared).toEqualTypeOf<Observable<WatchEvent<Pod, 'pods'> | WatchEvent<Service, 'services'>>>();
    shared.subscribe((event) => {
      if (event.resource === 'pods' && event.type === 'initApply') expectTypeOf(event.object).toEqualTypeOf<Pod>();
      // @ts-expect-error of either kind
      if (event.type === 'initApply') expectTypeOf(event.object.spec.clusterIP);
    });
  });

  it('is of the type that it is used with', () => {
    expectTypeOf(shareWatch<WatchEvent<Pod, 'pods'>>()).toEqualTypeOf<
      MonoTypeOperatorFunction<WatchEvent<Pod, 'pods'>>
    >();
  });

  it('refuses what it has nothing to replay of', () => {
    // @ts-expect-error objects are no events
    shareWatch<Pod>();
    // @ts-expect-error no such option
    shareWatch({ graceful: 1 });
    // @ts-expect-error a number of milliseconds
    shareWatch({ grace: '1s' });
  });
});

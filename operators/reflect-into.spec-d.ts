import { merge, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { KubernetesObject, WatchEvent } from '../src/events.js';
import { createStore } from '../src/store/store.js';
import type { Pod, Service } from '../test/events.js';
import { reflectInto } from './reflect-into.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;

describe('reflectInto', () => {
  it('passes the events through, whatever indexes the store has', () => {
    const store = createStore({ index: { node: (pod: Pod) => pod.spec.nodeName } });
    expectTypeOf(pods.pipe(reflectInto(store))).toEqualTypeOf(pods);
    expectTypeOf(pods.pipe(reflectInto(createStore<Pod>()))).toEqualTypeOf(pods);
    expectTypeOf(merge(pods, services).pipe(reflectInto(createStore<KubernetesObject>()))).toEqualTypeOf(
      merge(pods, services),
    );
  });

  it('takes the events of the store’s kind only', () => {
    // @ts-expect-error services into a store of pods
    void services.pipe(reflectInto(createStore<Pod>()));
  });
});

import { merge, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { PartialObjectMetadata } from '../src/cluster.js';
import type { WatchEvent } from '../src/events.js';
import type { Pod, Service } from '../test/events.js';
import { distinctByObject } from './distinct-by-object.js';
import { annotationsOf, finalizersOf, generationOf, labelsOf } from './object-keys.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;
declare const parts: Observable<WatchEvent<PartialObjectMetadata, 'nodes'>>;

describe('distinctByObject', () => {
  it('infers the object, and leaves the events what they are', () => {
    expectTypeOf(pods.pipe(distinctByObject(({ spec }) => spec.nodeName))).toEqualTypeOf(pods);
    const all = merge(pods, services);
    const distinct = all.pipe(
      distinctByObject((object) => {
        expectTypeOf(object).toEqualTypeOf<Pod | Service>();
        return object.metadata.name;
      }),
    );
    expectTypeOf(distinct).toEqualTypeOf(all);
  });

  it('takes the ready keys with whatever a type says of metadata', () => {
    expectTypeOf(pods.pipe(distinctByObject(generationOf, labelsOf, annotationsOf, finalizersOf))).toEqualTypeOf(pods);
    expectTypeOf(parts.pipe(distinctByObject(generationOf, labelsOf))).toEqualTypeOf(parts);
    expectTypeOf(merge(pods, services).pipe(distinctByObject(generationOf))).toEqualTypeOf(merge(pods, services));
  });

  it('needs a key, of every kind', () => {
    // @ts-expect-error without a key nothing could be compared
    void pods.pipe(distinctByObject());
    // @ts-expect-error a Service has no nodeName
    void merge(pods, services).pipe(distinctByObject(({ spec }: Pod) => spec.nodeName));
  });
});

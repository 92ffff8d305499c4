import { merge, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import type { Pod, Service } from '../test/events.js';
import { appliedObjects } from './applied-objects.js';
import { mapObjects } from './map-objects.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;

interface Row {
  metadata: Pod['metadata'];
  phase: string | undefined;
}

describe('mapObjects', () => {
  it('infers the object, and keeps the kind', () => {
    const rows = pods.pipe(mapObjects(({ metadata, status }) => ({ metadata, phase: status?.phase })));
    expectTypeOf(rows).toEqualTypeOf<Observable<WatchEvent<Row, 'pods'>>>();
    expectTypeOf(rows.pipe(appliedObjects())).toEqualTypeOf<Observable<Row>>();
  });

  it('takes a union of kinds', () => {
    const slim = merge(pods, services).pipe(
      mapObjects((object) => {
        expectTypeOf(object).toEqualTypeOf<Pod | Service>();
        return { metadata: object.metadata };
      }),
    );
    expectTypeOf(slim).toEqualTypeOf<Observable<WatchEvent<{ metadata: Pod['metadata'] }, 'pods' | 'services'>>>();
  });

  it('keeps an object a Kubernetes object', () => {
    // @ts-expect-error without metadata it could not be known again
    void pods.pipe(mapObjects(({ status }) => ({ phase: status?.phase })));
  });
});

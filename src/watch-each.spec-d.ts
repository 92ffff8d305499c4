import { map, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { Pod, Service } from '../test/events.js';
import { createCluster, customResource, type HttpClient, type Source, type WatchEvent } from './index.js';
import { watchEach } from './watch-each.js';

declare const client: HttpClient;
declare const selected$: Observable<readonly string[]>;
const cluster = createCluster(client);
const pods = customResource<Pod>()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });

describe('watchEach', () => {
  it('infers the object and the resource, from an array and from an Observable of such', () => {
    const named = ['a', 'b'].map((namespace) => cluster.resource(pods, { namespace }));
    expectTypeOf(watchEach(named)).toEqualTypeOf<Observable<WatchEvent<Pod, 'pods'>>>();

    const selected = selected$.pipe(map((names) => names.map((namespace) => cluster.resource(pods, { namespace }))));
    expectTypeOf(watchEach(selected)).toEqualTypeOf<Observable<WatchEvent<Pod, 'pods'>>>();
  });

  it('refuses what is of one watch', () => {
    const named: readonly Source<Pod, 'pods'>[] = [];
    // @ts-expect-error they would all have the same name
    void watchEach(named, { as: 'pods' });
    // @ts-expect-error no two of them have been followed up to the same
    void watchEach(named, { resourceVersion: '7' });
    // @ts-expect-error a source is not a list of sources
    void watchEach(cluster.resource(pods));
    const services: readonly Source<Service, 'services'>[] = [];
    void watchEach(services, { pageSize: 100 });
  });
});

import { merge, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { Pod, Service, Widget } from '../test/events.js';
import {
  appliedObjects,
  backoffWith,
  changes,
  createCluster,
  customResource,
  giveUpAfter,
  mapObjects,
  snapshots,
  watch$,
  type HttpClient,
  type KubernetesObject,
  type PartialObjectMetadata,
  type Snapshot,
  type WatchEvent,
} from './index.js';

declare const client: HttpClient;
const cluster = createCluster(client);
const pods = cluster.resource(customResource<Pod>()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' }));
const services = cluster.resource(
  customResource<Service>()({ group: '', version: 'v1', plural: 'services', kind: 'Service' }),
);
const Widgets = customResource<Widget>()({ group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget' });
const all = merge(watch$(pods), watch$(services), watch$(cluster.resource(Widgets)));

describe('the surface', () => {
  it('watches know their resource as a literal, custom ones too', () => {
    expectTypeOf(watch$(pods)).toEqualTypeOf<Observable<WatchEvent<Pod, 'pods'>>>();
    expectTypeOf(Widgets.id).toEqualTypeOf<'widgets.example.com'>();
  });

  it('a merge narrows to the object of each kind, through operators that pass events on', () => {
    all
      .pipe(
        backoffWith(({ attempt }) => attempt * 100),
        giveUpAfter({ attempts: 9 }),
      )
      .subscribe((event) => {
        if (event.resource === 'pods' && event.type === 'apply') expectTypeOf(event.object).toEqualTypeOf<Pod>();
        if (event.type === 'delete' && event.resource === 'widgets.example.com') {
          expectTypeOf(event.object.spec.size).toBeNumber();
        }
        // @ts-expect-error not narrowed to a kind
        if (event.type === 'delete') expectTypeOf(event.object.spec.size);
        // @ts-expect-error no such kind
        expectTypeOf(event.resource === 'podz');
        // @ts-expect-error events are readonly
        event.from = 'elsewhere';
      });
  });

  it('unions pass through operators', () => {
    expectTypeOf(all.pipe(appliedObjects())).toEqualTypeOf<Observable<Pod | Service | Widget>>();
    all.pipe(changes()).subscribe((change) => {
      if (change.resource === 'services' && change.type === 'modified') {
        expectTypeOf(change.previous).toEqualTypeOf<Service>();
      }
    });
  });

  it('projected objects keep what they were projected to', () => {
    const slim = watch$(pods).pipe(mapObjects((pod) => ({ metadata: pod.metadata, phase: pod.status?.phase })));
    slim.subscribe((event) => {
      if (event.type === 'apply') expectTypeOf(event.object.phase).toEqualTypeOf<string | undefined>();
      // @ts-expect-error projected away
      if (event.type === 'apply') expectTypeOf(event.object.spec);
    });
    expectTypeOf(watch$(pods).pipe(snapshots())).toEqualTypeOf<Observable<Snapshot<Pod>>>();
  });

  it('a policy below a projection does not compile: there is nothing left to answer', () => {
    const objects = watch$(pods).pipe(appliedObjects());
    // @ts-expect-error objects have no recovery
    void objects.pipe(backoffWith(() => 1));
    const changed = watch$(pods).pipe(changes());
    // @ts-expect-error changes have no recovery
    void changed.pipe(giveUpAfter({ attempts: 1 }));
  });

  it('metadata only is all that is there', () => {
    const partial = watch$(cluster.resource(Widgets, { metadataOnly: true }));
    expectTypeOf(partial).toEqualTypeOf<Observable<WatchEvent<PartialObjectMetadata, 'widgets.example.com'>>>();
  });

  it('wrong names and options do not compile', () => {
    // @ts-expect-error no such option
    void watch$(pods, { pagesize: 5 });
    // @ts-expect-error no such list
    void watch$(pods, { initialList: 'all' });
    // @ts-expect-error `plural` is missing
    customResource<KubernetesObject>()({ group: '', version: 'v1', kind: 'Pod' });
    // @ts-expect-error labels have names and values
    cluster.resource(Widgets, { labels: 'app=web' });
  });
});

import { merge, of, type Observable } from 'rxjs';
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
  watchEach,
  type HttpClient,
  type Kind,
  type KubernetesObject,
  type PartialObjectMetadata,
  type ResourceOptions,
  type Snapshot,
  type Source,
  type WatchEvent,
} from './index.js';

declare const client: HttpClient;
const cluster = createCluster(client);
const Pods = customResource<Pod>()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });
const Services = customResource<Service>()({ group: '', version: 'v1', plural: 'services', kind: 'Service' });
const Gadgets = customResource()({ group: 'example.com', version: 'v1', plural: 'gadgets', kind: 'Gadget' });
const pods = cluster.resource(Pods);
const services = cluster.resource(Services);
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

  it('several kinds at once give the events that a merge of them gives', () => {
    for (const kind of [Pods, Services]) {
      const source = cluster.resource(kind, { namespace: 'shop' });
      expectTypeOf(source).toEqualTypeOf<Source<Pod, 'pods'> | Source<Service, 'services'>>();
      watch$(source).subscribe((event) => {
        expectTypeOf(event).toEqualTypeOf<WatchEvent<Pod, 'pods'> | WatchEvent<Service, 'services'>>();
        if (event.type === 'apply' && event.resource === 'pods') expectTypeOf(event.object).toEqualTypeOf<Pod>();
        // @ts-expect-error not narrowed to a kind
        if (event.type === 'apply') expectTypeOf(event.object.spec.nodeName);
      });
    }
    expectTypeOf(watchEach(of([pods, services]))).toEqualTypeOf(merge(watch$(pods), watch$(services)));
    watchEach([Pods, Services].map((kind) => cluster.resource(kind)))
      .pipe(changes())
      .subscribe((change) => {
        if (change.resource === 'services') expectTypeOf(change.object).toEqualTypeOf<Service>();
      });
  });

  it('a kind whose objects could be any takes nothing from those of another', () => {
    for (const kind of [Pods, Gadgets]) {
      watch$(cluster.resource(kind)).subscribe((event) => {
        if (event.type === 'apply' && event.resource === 'pods') expectTypeOf(event.object).toEqualTypeOf<Pod>();
      });
    }
  });

  it('kinds and sources keep their types in functions that are generic in them', () => {
    function watched<T extends KubernetesObject, K extends string>(kind: Kind<T, K>): Observable<WatchEvent<T, K>> {
      const source = cluster.resource(kind);
      return merge(watch$(source), watchEach([source]));
    }
    expectTypeOf(watched(Pods)).toEqualTypeOf<Observable<WatchEvent<Pod, 'pods'>>>();
  });

  it('metadata only is all that is there', () => {
    const partial = watch$(cluster.resource(Widgets, { metadataOnly: true }));
    expectTypeOf(partial).toEqualTypeOf<Observable<WatchEvent<PartialObjectMetadata<Widget>, 'widgets.example.com'>>>();
    partial.subscribe((event) => {
      if (event.type !== 'apply') return;
      expectTypeOf(event.object.kind).toEqualTypeOf<string>();
      expectTypeOf(event.object.metadata.labels).toEqualTypeOf<Readonly<Record<string, string>> | undefined>();
      // @ts-expect-error left out by the server
      expectTypeOf(event.object.spec);
    });
  });

  it('only who surely asks for whole objects has them', () => {
    type Whole = Source<Widget, 'widgets.example.com'>;
    type Partial = Source<PartialObjectMetadata<Widget>, 'widgets.example.com'>;
    const options = { metadataOnly: Math.random() < 0.5 };
    const wide: ResourceOptions = {};
    expectTypeOf(cluster.resource(Widgets, { metadataOnly: false, namespace: 'shop' })).toEqualTypeOf<Whole>();
    expectTypeOf(cluster.resource(Widgets, options)).toEqualTypeOf<Partial>();
    expectTypeOf(cluster.resource(Widgets, wide)).toEqualTypeOf<Partial>();
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
    // @ts-expect-error no such scope
    customResource()({ group: '', version: 'v1', plural: 'nodes', kind: 'Node', scope: 'cluster' });
  });
});

import { filter, merge } from 'rxjs';
import type { Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import {
  changes,
  customResource,
  fetchCluster,
  watch$,
  watchEach,
  type KubernetesObject,
  type ObjectOf,
  type PartialObjectMetadata,
  type WatchEvent,
} from '../src/index.js';
import {
  Event,
  HorizontalPodAutoscaler,
  Node,
  Pod,
  Role,
  Service,
  type NamespacedObjectMeta,
  type PersistentVolumeClaim,
  type ServedObjectMeta,
  type StatefulSet,
} from './index.js';
import type { JSONSchemaProps } from './apiextensions.k8s.io/v1.js';
import { HorizontalPodAutoscaler as OldAutoscaler } from './autoscaling/v1.js';
import type { Container } from './core/v1.js';
import { Event as NewEvent } from './events.k8s.io/v1.js';
import type { ObjectMeta, OwnerReference } from './meta/v1.js';
import type { PolicyRule } from './rbac.authorization.k8s.io/v1.js';

declare const pod: Pod;

describe('a kind', () => {
  const cluster = fetchCluster({ url: '/k8s' });
  const pods$ = watch$(cluster.resource(Pod));
  const services$ = watch$(cluster.resource(Service));

  it('is the descriptor and the type of its objects', () => {
    expectTypeOf<ObjectOf<typeof pods$ extends Observable<infer E> ? E : never>>().toEqualTypeOf<Pod>();
    expectTypeOf(pod).toExtend<KubernetesObject>();
  });

  it('narrows a merge by its resource', () => {
    merge(pods$, services$).subscribe((event) => {
      expectTypeOf(event.resource).toEqualTypeOf<'pods' | 'services'>();
      if (event.type !== 'apply') return;
      if (event.resource === 'pods') expectTypeOf(event.object).toEqualTypeOf<Pod>();
      else expectTypeOf(event.object).toEqualTypeOf<Service>();
    });
  });

  it('narrows the changes of a merge, and its objects by their kind', () => {
    merge(pods$, services$)
      .pipe(
        changes(),
        filter(({ type }) => type !== 'deleted'),
      )
      .subscribe(({ object }) => {
        if (object.kind === 'Pod') expectTypeOf(object.spec).toEqualTypeOf<Pod['spec']>();
        else expectTypeOf(object).toEqualTypeOf<Service>();
      });
  });

  it('is one of several that are watched by the same line', () => {
    const all$ = watchEach([Pod, Service, Node].map((kind) => cluster.resource(kind)));
    type Events = WatchEvent<Pod, 'pods'> | WatchEvent<Service, 'services'> | WatchEvent<Node, 'nodes'>;
    expectTypeOf(all$).toEqualTypeOf<Observable<Events>>();
    all$.subscribe((event) => {
      if (event.type === 'apply' && event.object.kind === 'Pod') expectTypeOf(event.object).toEqualTypeOf<Pod>();
    });
  });

  it('says what its metadata is where that is all that is asked for', () => {
    type Parts<T extends KubernetesObject, P extends keyof PartialObjectMetadata> = PartialObjectMetadata<T>[P];
    expectTypeOf<Parts<Pod, 'kind'>>().toEqualTypeOf<'Pod'>();
    expectTypeOf<Parts<Pod, 'apiVersion'>>().toEqualTypeOf<'v1'>();
    expectTypeOf<Parts<Pod, 'metadata'>['namespace']>().toEqualTypeOf<string>();
    expectTypeOf<Parts<Pod, 'metadata'>['ownerReferences']>().toEqualTypeOf<readonly OwnerReference[] | undefined>();
    expectTypeOf<Parts<Pod, 'metadata'>['creationTimestamp']>().toEqualTypeOf<string>();
    expectTypeOf<Parts<Node, 'metadata'>['namespace']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Pod>().toExtend<PartialObjectMetadata<Pod>>();
    expectTypeOf<PartialObjectMetadata<Pod>>().toExtend<PartialObjectMetadata>();
    watchEach([Pod, Node].map((kind) => cluster.resource(kind, { metadataOnly: true }))).subscribe((event) => {
      if (event.type !== 'apply' || event.object.kind !== 'Pod') return;
      expectTypeOf(event.object).toEqualTypeOf<PartialObjectMetadata<Pod>>();
    });
  });

  it('has no field that the server does not have', () => {
    expectTypeOf(pod.spec?.nodeName).toEqualTypeOf<string | undefined>();
    // @ts-expect-error it is nodeName
    expectTypeOf(pod.spec?.nodename).toBeAny();
    // @ts-expect-error a pod has no replicas
    expectTypeOf(pod.spec?.replicas).toBeAny();
    // @ts-expect-error Started is no phase
    expectTypeOf(pod.status?.phase === 'Started').toBeBoolean();
    // @ts-expect-error what a watch said is not changed
    pod.metadata.name = 'other';
  });

  it('has the wire types: times and quantities are strings, and some fields are null', () => {
    expectTypeOf(pod.metadata.creationTimestamp).toEqualTypeOf<string>();
    expectTypeOf(pod.status?.startTime).toEqualTypeOf<string | undefined>();
    expectTypeOf<NonNullable<Container['resources']>['limits']>().toEqualTypeOf<
      Readonly<Record<string, string>> | undefined
    >();
    expectTypeOf<Role['rules']>().toEqualTypeOf<readonly PolicyRule[] | null | undefined>();
    expectTypeOf<Event['lastTimestamp']>().toEqualTypeOf<string | null | undefined>();
  });

  it('has the schemas of custom resources, which are what they say they are', () => {
    expectTypeOf<JSONSchemaProps['default']>().toBeUnknown();
    expectTypeOf<JSONSchemaProps['additionalProperties']>().toEqualTypeOf<JSONSchemaProps | boolean | undefined>();
  });

  it('has objects inside another without what only the server gives', () => {
    type Template = NonNullable<StatefulSet['spec']['volumeClaimTemplates']>[number];
    expectTypeOf<Template['metadata']>().toEqualTypeOf<ObjectMeta | undefined>();
    expectTypeOf<Template['spec']>().toEqualTypeOf<PersistentVolumeClaim['spec']>();
  });

  it('lends its metadata to custom resources', () => {
    interface Widget {
      readonly kind: 'Widget';
      readonly metadata: NamespacedObjectMeta;
    }
    const Widget = customResource<Widget>()({ group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget' });
    watch$(cluster.resource(Widget)).subscribe((event) => {
      if (event.type === 'apply') expectTypeOf(event.object.metadata).toEqualTypeOf<Pod['metadata']>();
    });
    expectTypeOf<Node['metadata']>().toEqualTypeOf<ServedObjectMeta>();
  });

  it('knows whether its objects have a namespace', () => {
    expectTypeOf(pod.metadata.namespace).toEqualTypeOf<string>();
    expectTypeOf<Node['metadata']['namespace']>().toEqualTypeOf<string | undefined>();
  });

  it('is of the version that the server prefers; others are in their own modules', () => {
    expectTypeOf<HorizontalPodAutoscaler['apiVersion']>().toEqualTypeOf<'autoscaling/v2'>();
    expectTypeOf<OldAutoscaler['apiVersion']>().toEqualTypeOf<'autoscaling/v1'>();
    expectTypeOf(Event.id).toEqualTypeOf<'events'>();
    expectTypeOf(NewEvent.id).toEqualTypeOf<'events.events.k8s.io'>();
    expectTypeOf(Role.id).toEqualTypeOf<'roles.rbac.authorization.k8s.io'>();
  });
});

import * as k8s from '@kubernetes/client-node';
import { filter, merge, type Observable, type OperatorFunction } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { appliedObjects } from '../../operators/applied-objects.js';
import { changes } from '../../operators/changes.js';
import type { ChangeOf } from '../store/change.js';
import type { HorizontalPodAutoscaler as HorizontalPodAutoscalerV1 } from '../../kinds/autoscaling/v1.js';
import type { Event as EventsV1Event } from '../../kinds/events.k8s.io/v1.js';
import type { Event, HorizontalPodAutoscaler, Job, Role } from '../../kinds/index.js';
import type { Pod, Service } from '../../test/events.js';
import type { PartialObjectMetadata } from '../cluster.js';
import type { KubernetesObject, WatchEvent } from '../events.js';
import { asModels, type ModelName } from './as-models.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;
declare const things: Observable<WatchEvent>;
declare const roles: Observable<WatchEvent<Role, 'roles'>>;
declare function watched<T extends KubernetesObject>(operator: OperatorFunction<WatchEvent<T>, unknown>): void;

describe('asModels', () => {
  it('infers the class, and keeps the resource', () => {
    const models = pods.pipe(asModels(k8s, 'V1Pod'));
    expectTypeOf(models).toEqualTypeOf<Observable<WatchEvent<k8s.V1Pod & KubernetesObject, 'pods'>>>();
    expectTypeOf(models.pipe(changes())).toEqualTypeOf<Observable<ChangeOf<k8s.V1Pod & KubernetesObject, 'pods'>>>();
    models.pipe(appliedObjects()).subscribe(({ metadata }) => {
      expectTypeOf(metadata.name).toBeString();
      expectTypeOf(metadata.creationTimestamp).toEqualTypeOf<Date | undefined>();
    });
  });

  it('stands before a merge, which narrows as ever', () => {
    merge(pods.pipe(asModels(k8s, 'V1Pod')), services.pipe(asModels(k8s, 'V1Service'))).subscribe((event) => {
      if (event.type === 'apply' && event.resource === 'services') {
        expectTypeOf(event.object).toEqualTypeOf<k8s.V1Service & KubernetesObject>();
      }
    });
  });

  it('knows the classes of kinds from the others', () => {
    type Name = ModelName<typeof k8s>;
    expectTypeOf<'V1Pod' | 'V1Node' | 'CoreV1Event' | 'V1CustomResourceDefinition'>().toExtend<Name>();
    // @ts-expect-error a part of an object
    asModels(k8s, 'V1PodSpec');
    // @ts-expect-error a part of an object, with metadata
    asModels(k8s, 'V1PodTemplateSpec');
    // @ts-expect-error a list of objects
    asModels(k8s, 'V1PodList');
    // @ts-expect-error not of this version
    asModels(k8s, 'V9Pod');
  });

  it('takes the class of the kind only, where the objects say what they are', () => {
    watched<Job>(asModels(k8s, 'V1Job'));
    // @ts-expect-error another kind, whose name ends alike
    watched<Job>(asModels(k8s, 'V1CronJob'));
    watched<Role>(asModels(k8s, 'V1Role'));
    // @ts-expect-error another kind, whose name ends alike
    watched<Role>(asModels(k8s, 'V1ClusterRole'));
    // @ts-expect-error of these only the metadata was asked for
    watched<PartialObjectMetadata<Role>>(asModels(k8s, 'V1ClusterRole'));

    watched<HorizontalPodAutoscaler>(asModels(k8s, 'V2HorizontalPodAutoscaler'));
    // @ts-expect-error another version
    watched<HorizontalPodAutoscaler>(asModels(k8s, 'V1HorizontalPodAutoscaler'));
    watched<HorizontalPodAutoscalerV1>(asModels(k8s, 'V1HorizontalPodAutoscaler'));
    // @ts-expect-error another version
    watched<HorizontalPodAutoscalerV1>(asModels(k8s, 'V2HorizontalPodAutoscaler'));

    watched<Event>(asModels(k8s, 'CoreV1Event'));
    // @ts-expect-error another group
    watched<Event>(asModels(k8s, 'EventsV1Event'));
    watched<EventsV1Event>(asModels(k8s, 'EventsV1Event'));
    // @ts-expect-error another group
    watched<EventsV1Event>(asModels(k8s, 'CoreV1Event'));

    const deletions = roles.pipe(filter(({ type }) => type === 'delete'));
    expectTypeOf(deletions.pipe(asModels(k8s, 'V1Role'))).toEqualTypeOf<
      Observable<WatchEvent<k8s.V1Role & KubernetesObject, 'roles'>>
    >();
    // @ts-expect-error another kind, whose name ends alike
    deletions.pipe(asModels(k8s, 'V1ClusterRole')).subscribe();
  });

  it('takes any class where the objects do not say what they are', () => {
    const named = <N extends ModelName<typeof k8s>>(name: N) => things.pipe(asModels(k8s, name), appliedObjects());
    expectTypeOf(named('V1Pod')).toEqualTypeOf<Observable<k8s.V1Pod & KubernetesObject>>();
    watched<KubernetesObject & { apiVersion: string; kind: 'Role' }>(asModels(k8s, 'V1Role'));
    // @ts-expect-error another kind
    watched<KubernetesObject & { apiVersion: string; kind: 'Role' }>(asModels(k8s, 'V1Pod'));
  });

  it('takes classes of custom resources', () => {
    class V1Widget {
      declare kind: string;
      declare metadata: k8s.V1ObjectMeta;
      declare spec: { size: number };
      static getAttributeTypeMap(): { name: string; baseName: string; type: string }[] {
        return [];
      }
    }
    const widgets = pods.pipe(asModels({ ...k8s, V1Widget }, 'V1Widget'), appliedObjects());
    expectTypeOf(widgets).toEqualTypeOf<Observable<V1Widget & KubernetesObject>>();
  });
});

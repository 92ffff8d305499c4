import * as k8s from '@kubernetes/client-node';
import { merge, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { appliedObjects } from '../../operators/applied-objects.js';
import { changes } from '../../operators/changes.js';
import type { ChangeOf } from '../store/change.js';
import type { Pod, Service } from '../../test/events.js';
import type { KubernetesObject, WatchEvent } from '../events.js';
import { asModels, type ModelName } from './as-models.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;

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

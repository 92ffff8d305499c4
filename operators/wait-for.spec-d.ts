import { merge, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { KubernetesObject, WatchEvent } from '../src/events.js';
import type * as kube from '../kinds/index.js';
import type { Pod, Service, Widget } from '../test/events.js';
import { hasCondition, isDeleted, isPodReady, isPodRunning } from './conditions.js';
import { waitFor } from './wait-for.js';

interface Deployment extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly { readonly type: 'Available'; readonly status: 'True' }[] };
}

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;
declare const widgets: Observable<WatchEvent<Widget, 'widgets.example.com'>>;
declare const kinds: Observable<WatchEvent<kube.Deployment, 'deployments.apps'>>;
declare const deployments: Observable<WatchEvent<Deployment, 'deployments.apps'>>;

describe('waitFor', () => {
  it('infers the object, and may find none', () => {
    const found = merge(pods, services).pipe(
      waitFor((object) => {
        expectTypeOf(object).toEqualTypeOf<Pod | Service | undefined>();
        return object?.metadata.name === 'a';
      }),
    );
    expectTypeOf(found).toEqualTypeOf<Observable<Pod | Service | undefined>>();
  });

  it('takes the ready conditions of what they can read', () => {
    expectTypeOf(pods.pipe(waitFor(isPodRunning))).toEqualTypeOf<Observable<Pod | undefined>>();
    expectTypeOf(widgets.pipe(waitFor(isDeleted('uid')))).toEqualTypeOf<Observable<Widget | undefined>>();
    expectTypeOf(deployments.pipe(waitFor(hasCondition('Available')))).toEqualTypeOf<
      Observable<Deployment | undefined>
    >();
    expectTypeOf(kinds.pipe(waitFor(hasCondition('Progressing', 'False')))).toEqualTypeOf<
      Observable<kube.Deployment | undefined>
    >();
    // @ts-expect-error this Pod's status has no conditions
    void pods.pipe(waitFor(isPodReady));
    // @ts-expect-error a condition's status is a word
    hasCondition('Available', true);
  });
});

import { merge, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { KubernetesObject, WatchEvent } from '../src/events.js';
import { createStore } from '../src/store/store.js';
import type { Pod } from '../test/events.js';
import { changes } from './changes.js';
import { joinBy, type Joined } from './join-by.js';
import { byKey, byLabelSelector, byOwner, bySelector } from './join-keys.js';
import { reflectInto } from './reflect-into.js';
import { snapshots, type Snapshot } from './snapshots.js';

interface Selecting extends KubernetesObject {
  readonly spec: { readonly selector?: Readonly<Record<string, string>> };
}
interface Budget extends KubernetesObject {
  readonly spec: {
    readonly size: number;
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
  };
}

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Selecting, 'services'>>;
declare const widgets: Observable<WatchEvent<Budget, 'widgets.example.com'>>;

describe('joinBy', () => {
  it('keeps the left kind, and pairs its objects with the right ones', () => {
    expectTypeOf(widgets.pipe(joinBy(pods, byOwner()))).toEqualTypeOf<
      Observable<WatchEvent<Joined<Budget, Pod>, 'widgets.example.com'>>
    >();
  });

  it('tells key functions what they are given', () => {
    void pods.pipe(
      joinBy(
        widgets,
        byKey(
          (pod) => {
            expectTypeOf(pod).toEqualTypeOf<Pod>();
            return pod.spec.nodeName;
          },
          (widget, cluster) => {
            expectTypeOf(widget).toEqualTypeOf<Budget>();
            return [widget.metadata.name, cluster];
          },
        ),
      ),
    );
    const byLabels = bySelector((service: Selecting) => service.spec.selector);
    void services.pipe(joinBy(pods, byLabels));
    // @ts-expect-error of another kind
    void widgets.pipe(joinBy(pods, byLabels));
  });

  it('infers what selects', () => {
    const bySelected = services.pipe(
      joinBy(
        pods,
        bySelector((service) => service.spec.selector),
      ),
    );
    expectTypeOf(bySelected).toEqualTypeOf<Observable<WatchEvent<Joined<Selecting, Pod>, 'services'>>>();
    void widgets.pipe(
      joinBy(
        pods,
        byLabelSelector((widget) => widget.spec.selector),
      ),
    );
    void widgets.pipe(
      joinBy(
        pods,
        // @ts-expect-error a LabelSelector is not labels
        bySelector((widget) => widget.spec.selector),
      ),
    );
  });

  it('takes unions of kinds, and keeps the left ones apart', () => {
    const joined = merge(services, widgets).pipe(joinBy(merge(pods, widgets), byOwner()));
    expectTypeOf(joined).toEqualTypeOf<
      Observable<
        | WatchEvent<Joined<Selecting, Pod | Budget>, 'services'>
        | WatchEvent<Joined<Budget, Pod | Budget>, 'widgets.example.com'>
      >
    >();
    joined.pipe(changes()).subscribe((change) => {
      if (change.resource === 'services') expectTypeOf(change.object.left).toEqualTypeOf<Selecting>();
    });
  });

  it('is a watch to everything that takes one', () => {
    const nested = services.pipe(joinBy(widgets.pipe(joinBy(pods, byOwner())), byOwner()));
    expectTypeOf(nested).toEqualTypeOf<Observable<WatchEvent<Joined<Selecting, Joined<Budget, Pod>>, 'services'>>>();
    expectTypeOf(nested.pipe(snapshots())).toEqualTypeOf<
      Observable<Snapshot<Joined<Selecting, Joined<Budget, Pod>>>>
    >();
    void nested.pipe(reflectInto(createStore<Joined<Selecting, Joined<Budget, Pod>>>()));
  });
});

import { merge, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { WatchEvent } from '../src/events.js';
import type { Change, ChangeOf } from '../src/store/change.js';
import type { Pod, Service, Widget } from '../test/events.js';
import { changes } from './changes.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;
declare const widgets: Observable<WatchEvent<Widget, 'widgets.example.com'>>;
const all = merge(pods, services, widgets);

describe('changes', () => {
  it('emits the changes of each kind', () => {
    expectTypeOf(pods.pipe(changes())).toEqualTypeOf<Observable<ChangeOf<Pod, 'pods'>>>();
    expectTypeOf<Change<WatchEvent<Pod, 'pods'> | WatchEvent<Service, 'services'>>>().toEqualTypeOf<
      ChangeOf<Pod, 'pods'> | ChangeOf<Service, 'services'>
    >();
  });

  it('narrows by kind and by type', () => {
    all.pipe(changes()).subscribe((change) => {
      if (change.resource === 'services' && change.type === 'modified') {
        expectTypeOf(change.previous).toEqualTypeOf<Service>();
        expectTypeOf(change.object).toEqualTypeOf<Service>();
      }
      if (change.type === 'deleted' && change.resource === 'widgets.example.com') {
        expectTypeOf(change.object.spec.size).toBeNumber();
      }
      // @ts-expect-error of any kind
      expectTypeOf(change.object.spec.size);
      // @ts-expect-error only a modification has a previous object
      if (change.type === 'added') expectTypeOf(change.previous);
      // @ts-expect-error no such kind
      expectTypeOf(change.resource === 'podz');
    });
  });
});

import { merge, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { WatchError } from '../src/errors.js';
import type { WatchEvent } from '../src/events.js';
import type { Pod, Service } from '../test/events.js';
import { connectionState, type ConnectionState } from './connection-state.js';
import { snapshots, type Snapshot } from './snapshots.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;

describe('snapshots', () => {
  it('shows the objects of the events', () => {
    expectTypeOf(pods.pipe(snapshots({ every: 16 }))).toEqualTypeOf<Observable<Snapshot<Pod>>>();
    expectTypeOf(merge(pods, services).pipe(snapshots())).toEqualTypeOf<Observable<Snapshot<Pod | Service>>>();
    expectTypeOf<Snapshot<Pod>['items']>().toEqualTypeOf<readonly Pod[]>();
    expectTypeOf<Snapshot<Pod>['error']>().toEqualTypeOf<WatchError | undefined>();
    expectTypeOf<Snapshot<Pod>['phase']>().toEqualTypeOf<'listing' | 'live' | 'interrupted' | 'paused' | 'failed'>();
  });
});

describe('connectionState', () => {
  it('takes any watch', () => {
    expectTypeOf(merge(pods, services).pipe(connectionState())).toEqualTypeOf<Observable<ConnectionState>>();
  });
});

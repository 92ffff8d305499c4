import { merge, type Observable } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type { Interrupted, WatchEvent } from '../src/events.js';
import type { Pod, Service } from '../test/events.js';
import { appliedObjects } from './applied-objects.js';
import { backoffWith } from './backoff-with.js';
import { changes } from './changes.js';
import { constant } from './constant.js';
import { giveUpAfter } from './give-up-after.js';
import { snapshots } from './snapshots.js';

declare const pods: Observable<WatchEvent<Pod, 'pods'>>;
declare const services: Observable<WatchEvent<Service, 'services'>>;
const all = merge(pods, services);

describe('backoffWith and giveUpAfter', () => {
  it('pass every event type through', () => {
    expectTypeOf(pods.pipe(backoffWith(constant(1)), giveUpAfter({ attempts: 9 }))).toEqualTypeOf(pods);
    expectTypeOf(all.pipe(backoffWith(constant(1)), giveUpAfter({ failingFor: 9 }))).toEqualTypeOf(all);
    all.pipe(backoffWith(constant(1))).subscribe((event) => {
      if (event.resource === 'pods' && event.type === 'apply') expectTypeOf(event.object).toEqualTypeOf<Pod>();
    });
  });

  it('give the policy the failure', () => {
    backoffWith((failure) => {
      expectTypeOf(failure).toEqualTypeOf<Interrupted>();
      return failure.attempt * 100;
    });
    // @ts-expect-error a policy says a number
    backoffWith(() => '100');
  });

  it('do not stand below a projection, where there is nothing to answer', () => {
    // @ts-expect-error below objects
    void pods.pipe(appliedObjects(), backoffWith(constant(1)));
    // @ts-expect-error below changes
    void pods.pipe(changes(), giveUpAfter({ attempts: 1 }));
    // @ts-expect-error below snapshots
    void pods.pipe(snapshots(), backoffWith(constant(1)));
  });
});

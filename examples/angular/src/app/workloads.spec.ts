import { TestBed } from '@angular/core/testing';
import { changes, snapshots, type Kind, type Source } from 'rxkube';
import { Deployment, Pod } from 'rxkube/kinds';
import { list, refuse, watchTest } from 'rxkube/marbles';
import { ignoreElements, map, merge, of, type Observable } from 'rxjs';
import { CLUSTER } from './cluster';
import { UrlQuery } from './url-query';
import { Workloads } from './workloads';

/** The service, with these sources for those of a cluster, and with an Observable for the URL. */
function workloads(namespaces$: Observable<readonly string[]>, ...sources: readonly Source[]): Workloads {
  const resource = ({ id }: Kind, { namespace = 'all' }: { readonly namespace?: string } = {}) =>
    sources.find(({ from }) => from === `${id} in ${namespace}`);
  TestBed.configureTestingModule({
    providers: [
      { provide: CLUSTER, useValue: { resource } },
      { provide: UrlQuery, useValue: { namespaces$ } },
    ],
  });
  return TestBed.inject(Workloads);
}

describe('Workloads', () => {
  it(
    'leaves a namespace that is given up, and goes on watching one that stays chosen',
    watchTest(({ watch, cold, expectThat, expectConnections }) => {
      const shop = watch('1', { 1: list('a') }, { kind: Pod, from: 'pods in shop' });
      const payments = watch('1-b', { 1: list() }, { kind: Pod, from: 'pods in payments' });
      const chosen = cold('    x--y--z', { x: ['shop'], y: ['payments', 'shop'], z: ['payments'] });
      const expected = '       a----bA';

      const { pods$ } = workloads(chosen, shop, payments);
      const names$ = pods$.pipe(
        changes(),
        map(({ type, object: { metadata } }) => `${type} ${metadata.name}`),
      );
      expectThat(names$).toBe(expected, { a: 'added a', b: 'added b', A: 'deleted a' });
      expectConnections(shop).toBe('                              ^-----!');
      expectConnections(payments).toBe('                          ---^');
    }),
  );

  it(
    'watches pods once for all who look at them, and for their deployments',
    watchTest(({ watch, expectThat, expectRequests }) => {
      const pod = { metadata: { labels: { app: 'web' } } };
      const deployment = { spec: { selector: { matchLabels: { app: 'web' } }, template: {} } };
      const pods = watch('       1--q', { p: pod, q: pod, 1: list('p') }, { kind: Pod, from: 'pods in all' });
      const deployments = watch(
        '1',
        { d: deployment, 1: list('d') },
        { kind: Deployment, from: 'deployments.apps in all' },
      );
      const expected = '         x--y';

      const { pods$, rollouts$ } = workloads(of([]), pods, deployments);
      const podsOf$ = rollouts$.pipe(
        changes(),
        map(({ object }) => object.pods.map(({ metadata }) => metadata.name).join()),
      );
      expectThat(merge(pods$.pipe(ignoreElements()), podsOf$)).toBe(expected, { x: 'p', y: 'p,q' });
      expectRequests(pods).toBe('list');
    }),
  );

  it(
    'asks again where it is refused, as permissions are granted while one waits',
    watchTest(({ watch, expectThat }) => {
      const pods = watch(['x', '1'], { x: refuse(403), 1: list('a') }, { kind: Pod, from: 'pods in all' });
      const expected = '   (xy) 29996ms (xz)';

      const { pods$ } = workloads(of([]), pods);
      const phase$ = pods$.pipe(
        snapshots(),
        map(({ phase }) => phase),
      );
      expectThat(phase$).toBe(expected, { x: 'listing', y: 'interrupted', z: 'live' });
    }),
  );
});

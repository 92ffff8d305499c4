import { changes, watch$, type KubernetesObject, type WatchEvent } from 'rxkube';
import { list, watchTest } from 'rxkube/marbles';
import { distinctUntilChanged, filter, groupBy, map, mergeMap, type Observable } from 'rxjs';
import { it } from 'vitest';

interface Pod extends KubernetesObject {
  readonly status?: { readonly phase?: string };
}

/** Tells a pod when it fails. */
const failedPods = (events$: Observable<WatchEvent<Pod>>): Observable<Pod> =>
  events$.pipe(
    changes(),
    map(({ object }) => object),
    groupBy(({ metadata }) => metadata.uid),
    mergeMap((pod$) => pod$.pipe(distinctUntilChanged((a, b) => a.status?.phase === b.status?.phase))),
    filter(({ status }) => status?.phase === 'Failed'),
  );

it(
  'tells each failure once, also that of a time when nobody was connected',
  watchTest(({ watch, expectThat }) => {
    const phases = ['Running', 'Failed'].map((phase) => ({ status: { phase } }));
    const pods = watch<Pod>(['1-a-a-!', '--2'], { a: phases, b: phases, 1: list('a', 'b'), 2: list('a', "b'") });
    const expected = '        --a---- 99ms --b';

    expectThat(watch$(pods).pipe(failedPods)).toBe(expected);
  }),
);

import { changes, watch$, type WatchEvent } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { list, watchTest } from 'rxkube/marbles';
import { distinctUntilChanged, filter, groupBy, map, mergeMap, type Observable } from 'rxjs';
import { it } from 'vitest';

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
    const phases = (['Running', 'Failed'] as const).map((phase) => ({ status: { phase } }));
    const values = { a: phases, b: phases, 1: list('a', 'b'), 2: list('a', "b'") };
    const pods = watch(['1-a-a-!', '--2'], values, { kind: Pod });
    const expected = '   --a---- 99ms --b';

    expectThat(watch$(pods).pipe(failedPods)).toBe(expected);
  }),
);

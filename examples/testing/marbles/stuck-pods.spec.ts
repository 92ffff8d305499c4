import { groupByObject, watch$, type WatchEvent } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { list, watchTest } from 'rxkube/marbles';
import { debounceTime, distinctUntilChanged, filter, map, mergeMap, sample, type Observable } from 'rxjs';
import { it } from 'vitest';

/** Tells a pod when it has been pending for a minute. */
const stuckPods = (events$: Observable<WatchEvent<Pod>>): Observable<Pod> =>
  events$.pipe(
    groupByObject(),
    mergeMap((pod$) => {
      const pending$ = pod$.pipe(map(({ status }) => status?.phase === 'Pending'));
      return pod$.pipe(sample(pending$.pipe(distinctUntilChanged(), debounceTime(60_000), filter(Boolean))));
    }),
  );

it(
  'waits on through a gap, in which one pod is deleted and one created anew',
  watchTest(({ watch, expectThat }) => {
    const [pending, running] = [{ status: { phase: 'Pending' } }, { status: { phase: 'Running' } }] as const;
    const lists = { 1: list('a', 'b', 'c', 'd'), 2: list("a'", 'b', 'c+') };
    const values = { a: pending, b: [pending, running], c: pending, d: pending, ...lists };
    const pods = watch(['1ab-!', '2'], values, { kind: Pod });
    const expected = '   1m a 103ms c';

    expectThat(watch$(pods).pipe(stuckPods)).toBe(expected);
  }),
);

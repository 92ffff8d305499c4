import { groupByObject, isPodReady, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { distinctUntilChanged, EMPTY, last, map, mergeMap, switchMap, takeUntil, timer } from 'rxjs';

watch$(connect().resource(Pod, { namespace: 'shop' }))
  .pipe(
    groupByObject(),
    mergeMap((pod$) =>
      pod$.pipe(
        map(isPodReady),
        distinctUntilChanged(),
        switchMap((ready) => (ready ? EMPTY : timer(3_000))),
        map(() => `${pod$.name} is not ready for 3 s`),
        takeUntil(pod$.pipe(last())), // it is deleted
      ),
    ),
  )
  .subscribe({ next: console.log, error: console.error });

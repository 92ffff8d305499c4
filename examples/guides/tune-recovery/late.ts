import { asyncScheduler, observeOn, tap, type MonoTypeOperatorFunction } from 'rxjs';
import { watch$, type WatchEvent } from 'rxkube';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

watch$(connect().resource(ConfigMap), {
  observe: (seen) => {
    if (seen.type === 'lateAnswer') console.log('an answer came too late');
  },
})
  .pipe(answer('before'), observeOn(asyncScheduler), answer('behind'))
  .subscribe({ error: console.error });

function answer(where: string): MonoTypeOperatorFunction<WatchEvent> {
  return tap((event) => {
    if (event.type === 'interrupted') console.log(where, 'observeOn:', event.recovery.retryIn(200));
  });
}

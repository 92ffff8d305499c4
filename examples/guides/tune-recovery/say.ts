import { watch$ } from 'rxkube';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

watch$(connect().resource(ConfigMap)).subscribe({
  next: (event) => {
    if (event.type === 'init') console.log('lists:', event.cause);
    if (event.type === 'live') console.log('live again');
    if (event.type !== 'interrupted') return;
    const { error, attempt, failingFor, retryIn } = event;
    console.log(`failure ${attempt} since ${seconds(failingFor)} s, again in ${seconds(retryIn)} s: ${error.message}`);
  },
  error: (error: unknown) => console.error('it is over:', error),
});

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

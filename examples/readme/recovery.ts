import { backoffWith, exponential, giveUpAfter, watch$ } from 'rxkube';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

watch$(connect().resource(ConfigMap))
  .pipe(backoffWith(exponential({ min: 500, max: 20_000 })), giveUpAfter({ failingFor: 15 * 60_000 }))
  .subscribe({
    next: (event) => {
      if (event.type === 'init') console.log('a full list begins:', event.cause);
      if (event.type === 'initDone') console.log('all is known, as of', event.resourceVersion);
      if (event.type === 'interrupted') console.log(`${event.error.message}; again in ${Math.round(event.retryIn)} ms`);
      if (event.type === 'live') console.log('current again, from', event.resourceVersion);
    },
    error: (error: unknown) => console.error('it is over:', error),
  });

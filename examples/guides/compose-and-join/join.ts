import { bySelector, changes, joinBy, watch$ } from 'rxkube';
import { Pod, Service } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

const cluster = connect();
const pods$ = watch$(cluster.resource(Pod, { namespace: 'shop' }));
const selected = bySelector((service: Service) => service.spec?.selector);

watch$(cluster.resource(Service, { namespace: 'shop' }))
  .pipe(joinBy(pods$, selected), changes())
  .subscribe({
    next: ({ type, object: { left: service, right: pods } }) => {
      const names = pods.map(({ metadata }) => metadata.name);
      console.log(`${service.metadata.name} ${type}: ${names.join(', ') || 'no pods'}`);
    },
    error: console.error,
  });

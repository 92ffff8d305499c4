import { changes, watch$ } from 'rxkube';
import { Deployment, Service } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { merge } from 'rxjs';

const cluster = connect();
const namespace = 'shop';

merge(watch$(cluster.resource(Deployment, { namespace })), watch$(cluster.resource(Service, { namespace })))
  .pipe(changes())
  .subscribe({
    next: ({ type, resource, object }) => {
      const { name } = object.metadata;
      if (resource === 'deployments.apps') console.log(`deployment ${name} ${type}: ${object.spec.replicas} replicas`);
      else console.log(`service ${name} ${type}: ${object.spec?.ports?.length} ports`);
    },
    error: console.error,
  });

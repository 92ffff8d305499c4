import { changes, notExists, watch$ } from 'rxkube';
import { Deployment } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

const deployments = connect().resource(Deployment, { namespace: 'shop', labels: { canary: notExists } });

watch$(deployments)
  .pipe(changes())
  .subscribe({
    next: (change) => {
      const { metadata, spec } = change.object;
      if (change.type !== 'modified') console.log(`${metadata.name} ${change.type}: ${spec.replicas} replicas`);
      else console.log(`${metadata.name}: ${change.previous.spec.replicas} → ${spec.replicas} replicas`);
    },
    error: console.error,
  });

import { byOwner, changes, joinBy, watch$ } from 'rxkube';
import { Deployment, Pod, ReplicaSet } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

const cluster = connect();
const namespace = 'shop';

const replicaSetsWithPods$ = watch$(cluster.resource(ReplicaSet, { namespace })).pipe(
  joinBy(watch$(cluster.resource(Pod, { namespace })), byOwner()),
);

watch$(cluster.resource(Deployment, { namespace }))
  .pipe(joinBy(replicaSetsWithPods$, byOwner()), changes())
  .subscribe({
    next: ({ object: { left: deployment, right: replicaSets } }) => {
      const pods = replicaSets.map(({ metadata, right }) => `${metadata.name} has ${right.length}`);
      console.log(`${deployment.metadata.name}: ${pods.join(', ')}`);
    },
    error: console.error,
  });

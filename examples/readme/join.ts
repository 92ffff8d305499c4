import { appliedObjects, byOwner, joinBy, watch$ } from 'rxkube';
import { Pod, ReplicaSet } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

const cluster = connect();
watch$(cluster.resource(ReplicaSet))
  .pipe(joinBy(watch$(cluster.resource(Pod)), byOwner()), appliedObjects())
  .subscribe({
    next: ({ left, right }) => console.log(left.metadata.name, 'has', right.length, 'pods'),
    error: console.error,
  });

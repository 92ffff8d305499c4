import { appliedObjects, byOwner, customResource, joinBy, watch$ } from 'rxkube';
import { connect } from 'rxkube/node';

const ReplicaSets = customResource()({ group: 'apps', version: 'v1', plural: 'replicasets', kind: 'ReplicaSet' });
const Pods = customResource()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });

const cluster = connect();
watch$(cluster.resource(ReplicaSets))
  .pipe(joinBy(watch$(cluster.resource(Pods)), byOwner()), appliedObjects())
  .subscribe({
    next: ({ left, right }) => console.log(left.metadata.name, 'has', right.length, 'pods'),
    error: console.error,
  });

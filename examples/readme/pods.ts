import { appliedObjects, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

watch$(connect().resource(Pod, { namespace: 'default' })) // your kubeconfig, or the cluster this runs in
  .pipe(appliedObjects())
  .subscribe({
    next: (pod) => console.log(pod.metadata.name, 'is at', pod.metadata.resourceVersion),
    error: console.error, // only what retrying cannot mend
  });

import { appliedObjects, customResource, watch$ } from 'rxkube';
import { connect } from 'rxkube/node';

const Pods = customResource()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });

watch$(connect().resource(Pods, { namespace: 'default' })) // your kubeconfig, or the cluster this runs in
  .pipe(appliedObjects())
  .subscribe({
    next: (pod) => console.log(pod.metadata.name, 'is at', pod.metadata.resourceVersion),
    error: console.error, // only what retrying cannot mend
  });

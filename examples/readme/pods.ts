import { appliedObjects, customResource, watch$, type KubernetesObject } from 'rxkube';
import { connect } from 'rxkube/node';

interface Pod extends KubernetesObject {
  readonly status?: { readonly phase?: string };
}
const Pods = customResource<Pod>()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });

const cluster = connect(); // your kubeconfig, or the cluster that this process runs in
watch$(cluster.resource(Pods, { namespace: 'default' }))
  .pipe(appliedObjects())
  .subscribe({
    next: (pod) => console.log(pod.metadata.name, pod.status?.phase),
    error: console.error, // only what retrying cannot mend
  });

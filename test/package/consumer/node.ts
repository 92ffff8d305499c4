import { customResource, watch$, type KubernetesObject } from 'rxkube';
import { connect } from 'rxkube/node';

const Pods = customResource<KubernetesObject>()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });

export const stop = watch$(connect().resource(Pods)).subscribe((event) => {
  console.log(event.resource, event.type);
});

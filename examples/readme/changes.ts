import { changes, customResource, watch$, type KubernetesObject } from 'rxkube';
import { connect } from 'rxkube/node';

interface Pod extends KubernetesObject {
  readonly status?: { readonly phase?: string };
}
const Pods = customResource<Pod>()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });

watch$(connect().resource(Pods, { labels: { app: 'web' } }))
  .pipe(changes())
  .subscribe({
    next: (change) => {
      const { name } = change.object.metadata;
      if (change.type !== 'modified') console.log(name, change.type);
      else console.log(name, change.previous.status?.phase, '→', change.object.status?.phase);
    },
    error: console.error,
  });

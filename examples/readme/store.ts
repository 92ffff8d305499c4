import { createStore, customResource, reflectInto, watch$, type KubernetesObject } from 'rxkube';
import { connect } from 'rxkube/node';
import { firstValueFrom } from 'rxjs';

interface Pod extends KubernetesObject {
  readonly spec?: { readonly nodeName?: string };
}
const Pods = customResource<Pod>()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });

const store = createStore({ index: { node: (pod: Pod) => pod.spec?.nodeName } });
const watching = watch$(connect().resource(Pods)).pipe(reflectInto(store)).subscribe();

await firstValueFrom(store.whenReady);
console.log(store.size, 'pods,', store.by('node', 'worker-1').length, 'of them on worker-1');
watching.unsubscribe();

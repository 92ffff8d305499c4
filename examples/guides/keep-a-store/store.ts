import { createStore, reflectInto, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { firstValueFrom } from 'rxjs';

const store = createStore({
  index: {
    node: (pod: Pod) => pod.spec?.nodeName,
    image: (pod: Pod) => pod.spec?.containers.flatMap(({ image }) => image ?? []),
  },
});
const watching = watch$(connect().resource(Pod)).pipe(reflectInto(store)).subscribe({ error: console.error });

await firstValueFrom(store.whenReady);
console.log(store.size, 'pods');
console.log('web-1 is on', store.get('shop/web-1')?.spec?.nodeName);
console.log('on worker-1:', store.by('node', 'worker-1').length);
console.log('with nginx:1.29:', store.by('image', 'nginx:1.29').length);
watching.unsubscribe();

import { createStore, reflectInto, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { firstValueFrom } from 'rxjs';

const store = createStore({ index: { node: (pod: Pod) => pod.spec?.nodeName } });
const watching = watch$(connect().resource(Pod)).pipe(reflectInto(store)).subscribe();

await firstValueFrom(store.whenReady);
console.log(store.size, 'pods,', store.by('node', 'worker-1').length, 'of them on worker-1');
watching.unsubscribe();

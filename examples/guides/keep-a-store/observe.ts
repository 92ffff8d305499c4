import { createStore, reflectInto, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { map, merge } from 'rxjs';

const store = createStore<Pod>();

merge(
  store.object('shop/web-1').pipe(map((pod) => `web-1 is ${pod?.status?.phase ?? 'not there'}`)),
  store.select((pod) => pod.status?.phase === 'Failed').pipe(map((pods) => `failed: ${pods.length}`)),
  store.changes.pipe(map((changes) => `at once: ${changes.map(({ type }) => type).join(', ')}`)),
).subscribe({ next: console.log, error: console.error });

watch$(connect().resource(Pod, { namespace: 'shop' }))
  .pipe(reflectInto(store))
  .subscribe({ error: console.error });

import { createStore, reflectInto, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

const store = createStore<Pod>();

watch$(connect().resource(Pod, { namespace: 'shop' }))
  .pipe(reflectInto(store))
  .subscribe({
    next: ({ type, from }) => {
      const scope = store.scopes.get(from);
      const age = scope?.staleSince === undefined ? 'current' : 'perhaps out of date';
      console.log(`${type}: ${store.size} pods, ${store.ready ? 'ready' : 'not ready'}, ${scope?.phase}, ${age}`);
    },
    error: console.error,
  });

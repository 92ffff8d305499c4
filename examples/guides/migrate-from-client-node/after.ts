import { changes, createStore, reflectInto, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { firstValueFrom, tap } from 'rxjs';

const store = createStore<Pod>();

watch$(connect().resource(Pod, { namespace: 'default', labels: { app: 'web' } }))
  .pipe(
    tap((event) => {
      if (event.type === 'interrupted') console.error('failed:', event.error.message); // it goes on by itself
    }),
    reflectInto(store),
    changes(),
  )
  .subscribe({
    next: ({ type, object: { metadata, status } }) =>
      console.log(type, metadata.name, ...(type === 'modified' ? [status?.phase] : [])),
    error: console.error, // what retrying cannot mend: nobody would restart it
  });
await firstValueFrom(store.whenReady);
console.log(store.size, 'pods, web-1 is', store.get('default/web-1')?.status?.phase);

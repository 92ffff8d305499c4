import { createStore, mapObjects, reflectInto, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { firstValueFrom } from 'rxjs';

function slim({ metadata, spec, status }: Pod) {
  const { namespace, name, uid, resourceVersion } = metadata;
  return { metadata: { namespace, name, uid, resourceVersion }, node: spec?.nodeName, phase: status?.phase };
}

const store = createStore<ReturnType<typeof slim>>();
const watching = watch$(connect().resource(Pod))
  .pipe(mapObjects(slim), reflectInto(store))
  .subscribe({ error: console.error });

await firstValueFrom(store.whenReady);
for (const { metadata, node, phase } of store.values()) console.log(metadata.name, node, phase);
watching.unsubscribe();

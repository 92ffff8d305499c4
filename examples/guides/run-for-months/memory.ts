import { setTimeout } from 'node:timers/promises';
import { firstValueFrom, type Observable } from 'rxjs';
import { createStore, mapObjects, reflectInto, watch$, type WatchEvent } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

const cluster = connect();
const whole$ = watch$(cluster.resource(Pod));

await measure('whole objects', whole$);
await measure(
  'spec and status',
  whole$.pipe(mapObjects(({ metadata, spec, status }) => ({ metadata: identityOf(metadata), spec, status }))),
);
await measure('metadata only', watch$(cluster.resource(Pod, { metadataOnly: true })));
await measure(
  'node and phase',
  whole$.pipe(
    mapObjects(({ metadata, spec, status }) => ({
      metadata: identityOf(metadata),
      node: spec?.nodeName,
      phase: status?.phase,
    })),
  ),
);

function identityOf({ name, namespace, uid, resourceVersion }: Pod['metadata']) {
  return { name, namespace, uid, resourceVersion };
}

async function measure(what: string, events$: Observable<WatchEvent>): Promise<void> {
  await setTimeout(200); // what was before is let go of
  const before = used();
  const store = createStore();
  const watching = events$.pipe(reflectInto(store)).subscribe({ error: console.error });
  await firstValueFrom(store.whenReady);
  await setTimeout(200);
  const each = (used() - before) / store.size;
  console.log(`${what}: ${(each / 1000).toFixed(1)} kB each of ${store.size}`);
  watching.unsubscribe();
}

/** Bytes, after everything that nobody needs was collected. */
function used(): number {
  if (globalThis.gc === undefined) throw new Error('run it with node --expose-gc');
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

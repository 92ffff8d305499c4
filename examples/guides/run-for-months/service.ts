import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tap } from 'rxjs';
import { createStore, mapObjects, reflectInto, watch$, type WatchEvent } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { Metrics } from './metrics.ts';

const store = createStore<ReturnType<typeof slim>>();
const metrics = new Metrics(store);

const watching = watch$(connect().resource(Pod), { as: 'pods', observe: metrics.observe })
  .pipe(
    tap((event) => logEvent(event)),
    mapObjects(slim),
    reflectInto(store),
  )
  .subscribe({
    error: (error: unknown) => {
      log('over', { reason: String(error) });
      process.exitCode = 1; // what started this process starts another one, later and later
      server.close();
    },
  });

const server = createServer(({ url }, response) => {
  if (url === '/livez') response.end('ok\n');
  else if (url === '/readyz') response.writeHead(store.ready ? 200 : 503).end(store.ready ? 'ok\n' : 'lists\n');
  else if (url === '/metrics') response.end(metrics.text());
  else response.writeHead(404).end();
}).listen(Number(process.env['PORT'] ?? 8080), () => log('listens', { port: (server.address() as AddressInfo).port }));

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    log('ends');
    watching.unsubscribe();
    server.close();
  });
}

/** What is kept of a pod. It is picked, as a copy of the rest (`...metadata`) would decode the managedFields as well. */
function slim({ metadata: { name, namespace, uid, resourceVersion }, spec, status }: Pod) {
  return { metadata: { name, namespace, uid, resourceVersion }, node: spec?.nodeName, phase: status?.phase };
}

/** Of an event what is no object: there may be secrets in those. */
function logEvent(event: WatchEvent): void {
  if (event.type === 'init') log('lists', { cause: event.cause });
  if (event.type === 'initDone' || event.type === 'live') log('is live', { at: event.resourceVersion });
  if (event.type === 'interrupted') {
    const { error, attempt, retryIn } = event;
    log('is interrupted', { reason: error.message, kind: error.kind, code: error.code, attempt, retryIn });
  }
}

function log(what: string, more: object = {}): void {
  console.log(JSON.stringify({ time: new Date(), what, ...more }));
}

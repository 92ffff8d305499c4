import { filter, map, merge, ReplaySubject, type Observable } from 'rxjs';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import type { ApiServer } from '../../apiserver/index.js';
import { appliedObjects } from '../../operators/applied-objects.js';
import { constant } from '../../operators/constant.js';
import { eachValue } from '../../operators/each-value.js';
import { reflectInto } from '../../operators/reflect-into.js';
import { touchedObjects } from '../../operators/touched-objects.js';
import type { WatchEvent } from '../../src/events.js';
import { customResource } from '../../src/kind.js';
import { connect } from '../../src/node/index.js';
import { createStore } from '../../src/store/store.js';
import { watch$ } from '../../src/watch.js';
import { ConfigMaps, configMap, firstOf, named, serverWith, type ConfigMap, closeScene } from './scene.js';

// What code that uses a watch may rely on, however it uses it.

afterEach(closeScene);

const Secrets = customResource()({ group: '', version: 'v1', plural: 'secrets', kind: 'Secret' });
const retry = constant(100);
const watching = (server: ApiServer): Observable<WatchEvent<ConfigMap>> =>
  watch$(connect({ kubeconfig: server.kubeconfigPath }).resource(ConfigMaps, { namespace: 'default' }), { retry });

it('L21 a plain loop outlives a 410', async () => {
  const server = await serverWith('a');
  const seen: string[] = [];
  for await (const { type } of eachValue(watching(server))) {
    seen.push(type);
    if (seen.filter((other) => other === 'initDone').length === 2) break;
    if (type !== 'initDone') continue;
    server.inject({ fault: 'error', code: 410, verb: 'watch' });
    server.cut();
  }
  expect(seen.filter((type) => type === 'init')).toHaveLength(2);
});

it('L40 who waits for a condition waits through failures', async () => {
  const server = await serverWith('a');
  server.inject({ fault: 'status', code: 503, resource: 'configmaps', times: 3 });
  const ready = watching(server).pipe(
    appliedObjects(),
    filter(({ data }) => data?.['ready'] === 'yes'),
  );
  const found = firstOf(ready);
  server.patch(named('a'), { data: { ready: 'yes' } });
  expect(await found).toMatchObject({ metadata: { name: 'a' } });
});

it('L38 a consumer that looks when the object is gone goes on with the next', async () => {
  const server = await serverWith('a b c');
  const store = createStore<ConfigMap>();
  const found: string[] = [];
  for await (const { metadata } of eachValue(watching(server).pipe(reflectInto(store), touchedObjects()))) {
    if (metadata.name === 'a') {
      server.delete(named('b'));
      await firstOf(store.object('default/b').pipe(filter((object) => object === undefined)));
    }
    found.push(`${metadata.name} ${store.has(metadata) ? 'there' : 'gone'}`);
    if (found.length === 4) break;
  }
  expect(found).toEqual(['a there', 'b gone', 'c there', 'b gone']);
});

it('L22 nobody who waits for the store sees it before the first list is in it', async () => {
  const server = await serverWith('a b');
  const store = createStore<ConfigMap>();
  const sizes: number[] = [];
  const subscription = watching(server).pipe(reflectInto(store)).subscribe();
  onTestFinished(() => subscription.unsubscribe());
  store.select().subscribe(() => sizes.push(store.size));
  await firstOf(store.whenReady);
  expect(store.size).toBe(2);
  expect(sizes).toEqual([0, 2]);
});

it('L39 a 403 on one kind holds up no other', async () => {
  const server = await serverWith('a');
  const cluster = connect({ kubeconfig: server.kubeconfigPath });
  const seen = new ReplaySubject<string>(Infinity);
  const here = (line: string): Promise<unknown> => firstOf(seen.pipe(filter((other) => other === line)));
  const subscription = merge(
    watch$(cluster.resource(ConfigMaps, { namespace: 'default' }), { retry }),
    watch$(cluster.resource(Secrets), { retry: constant(60_000) }),
  )
    .pipe(map(({ type, resource }) => `${resource} ${type}`))
    .subscribe(seen);
  onTestFinished(() => subscription.unsubscribe());
  await Promise.all([here('secrets initDone'), here('configmaps initDone')]);
  server.inject({ fault: 'status', code: 403, resource: 'secrets', times: Infinity });
  server.cut();
  server.create(configMap('b'));
  // It comes while the other one has most of its minute still to wait.
  await here('configmaps apply');
  await here('secrets interrupted');
});

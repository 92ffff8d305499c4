import { setTimeout } from 'node:timers/promises';
import { concatMap, from, map, merge, throttleTime } from 'rxjs';
import { createStore, mapObjects, reflectInto, watch$, type ChangeOf, type KubernetesObject } from 'rxkube';
import type { WatchEvent } from 'rxkube';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { load, save, type Checkpoint } from './checkpoint.ts';

/** What is kept of an object, here and in the file. */
type Setting = KubernetesObject & Pick<ConfigMap, 'data'>;

interface Known extends Checkpoint {
  readonly objects: readonly Setting[];
}

const [file = 'known.json'] = process.argv.slice(2);
const source = connect().resource(ConfigMap, { namespace: 'default' });
const store = createStore<Setting>();
const saved = await load<Known>(file, source.from);
if (saved !== undefined) from(listOf(saved)).pipe(reflectInto(store)).subscribe();

const watched$ = watch$(source, { resourceVersion: saved?.resourceVersion }).pipe(
  mapObjects(({ metadata: { name, namespace, uid, resourceVersion }, data }) => ({
    metadata: { name, namespace, uid, resourceVersion },
    ...(data && { data }),
  })),
  reflectInto(store),
);
merge(
  store.changes.pipe(map((changes) => () => work(changes))),
  watched$.pipe(
    throttleTime(1_000, undefined, { leading: true, trailing: true }),
    map(() => {
      const known = presentState(); // as it is now: when the work before it is done, the store has gone on
      return async () => {
        if (known !== undefined) await save(file, known);
      };
    }),
  ),
)
  .pipe(concatMap((job) => job()))
  .subscribe({ error: console.error });

/** What is to be done about the changes that an event brought. It may be done twice, so it must not matter. */
async function work(changes: readonly ChangeOf<Setting>[]): Promise<void> {
  for (const { type, object } of changes) {
    console.log(type, object.metadata.name);
    await setTimeout(10); // stands for what takes time
  }
}

/** Undefined before the first list is complete. */
function presentState(): Known | undefined {
  const resourceVersion = store.scopes.get(source.from)?.resourceVersion;
  return resourceVersion === undefined ? undefined : { from: source.from, resourceVersion, objects: store.values() };
}

/** What was known, told as a list: what a later list does not have was deleted meanwhile. */
function listOf({ objects, resourceVersion }: Known): readonly WatchEvent<Setting>[] {
  const stamp = { resource: source.kind.id, cluster: source.cluster, from: source.from };
  return [
    { type: 'init', ...stamp, cause: 'replay' },
    ...objects.map((object) => ({ type: 'initApply' as const, ...stamp, object })),
    { type: 'initDone', ...stamp, resourceVersion },
  ];
}

/**
 * What is in a namespace: how many objects of each kind, custom resources included, and what changed last.
 *
 *     npm run example -- namespace-contents --context staging -n shop
 */
import { auditTime, filter, map, scan, type MonoTypeOperatorFunction } from 'rxjs';
import { changes, customResource, isCrdEstablished, mapObjects, snapshots, watch$, watchEach } from 'rxkube';
import type { Change, Kind, PartialObjectMetadata, Policy, WatchEvent } from 'rxkube';
import * as kinds from 'rxkube/kinds';
import { command, type CommonOptions } from './shared/command.ts';
import { run } from './shared/run.ts';
import { sayFailures, screen, type Table } from './shared/screen.ts';

interface Options extends CommonOptions {
  readonly namespace?: string;
}

const options = command('namespace-contents', 'Shows how many objects of each kind there are, and what changed last.')
  .option('-n, --namespace <name>', 'what is in this namespace (default: in all)')
  .parse()
  .opts<Options>();
const scope = {
  ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
  metadataOnly: true,
} as const;

const START = Date.now();

const builtIn: readonly Kind[] = Object.values(kinds).filter(({ namespaced }) => namespaced);

await run(options, (cluster) => {
  // Custom resources come and go with their definitions. These are large, so of each only the kind is kept.
  const custom = watch$(cluster.resource(kinds.CustomResourceDefinition), { retry: patiently }).pipe(
    withoutRefusals(),
    mapObjects((definition) => {
      const { name, uid, resourceVersion } = definition.metadata;
      return { metadata: { name, uid, resourceVersion }, served: servedBy(definition) };
    }),
    snapshots(),
    map(({ items }) => items.flatMap(({ served }) => served)),
  );
  const sources = custom.pipe(map((found) => [...builtIn, ...found].map((kind) => cluster.resource(kind, scope))));
  // A watch for each kind, of which no more than eight have their first list under way at a time. Names and labels are enough here: without
  // the rest of the objects, even a large namespace is little.
  return watchEach(sources, { retry: patiently }).pipe(
    withoutRefusals(),
    sayFailures(),
    changes(),
    scan(count, new Map<string, Tally>()),
    auditTime(250),
    map(tableOf),
  );
});

/** A watch that is refused from the start is an error of all, unless somebody says otherwise: here it is tried again, as the others go on. */
function patiently({ retryIn }: Parameters<Policy>[0]): number {
  return retryIn === Infinity ? 60_000 : retryIn;
}

/** Not everybody may list all kinds, and an old server does not have them all. */
function withoutRefusals<E extends WatchEvent>(): MonoTypeOperatorFunction<E> {
  const said = new Set<string>();
  return filter((event) => {
    const code = event.type === 'interrupted' ? event.error.code : undefined;
    if (code === 403 && !said.has(event.resource)) {
      said.add(event.resource);
      screen.say(`# ${event.resource}: left out, as they may not be listed`);
    }
    return code !== 403 && code !== 404;
  });
}

function servedBy(definition: kinds.CustomResourceDefinition): readonly Kind[] {
  const { group, names, scope, versions } = definition.spec;
  const version = versions.find(({ served }) => served)?.name;
  if (scope !== 'Namespaced' || version === undefined || !isCrdEstablished(definition)) return [];
  const { plural, kind, listKind = `${kind}List` } = names;
  return [customResource()({ group, version, plural, kind, listKind })];
}

interface Tally {
  readonly count: number;
  /** ms since 1970 */
  readonly changedAt: number;
  readonly change: string;
}

function count(tallies: Map<string, Tally>, { type, object, resource }: Change<WatchEvent<PartialObjectMetadata>>) {
  const { namespace, name, creationTimestamp = '' } = object.metadata;
  const before = tallies.get(resource) ?? { count: 0, changedAt: 0, change: '' };
  const count = before.count + { added: 1, modified: 0, deleted: -1 }[type];
  // What the first list has was added when it was created.
  const created = Date.parse(creationTimestamp);
  const changedAt = type === 'added' && created < START ? created : Date.now();
  const change = `${when(new Date(changedAt))}  ${type} ${namespace ?? ''}/${name}`;
  return tallies.set(resource, changedAt < before.changedAt ? { ...before, count } : { count, changedAt, change });
}

function tableOf(tallies: ReadonlyMap<string, Tally>): Table {
  const rows = [...tallies].map(([resource, { count, change }]) => [resource, String(count), change]);
  return { head: ['KIND', 'OBJECTS', 'LAST CHANGE'], rows: rows.sort(), none: 'nothing' };
}

/** The time of today, or the day. */
function when(time: Date): string {
  const [day = '', timeOfDay = ''] = time.toLocaleString('sv').split(' ');
  return (time.toDateString() === new Date().toDateString() ? timeOfDay : day).padEnd(10);
}

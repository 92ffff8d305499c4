import { appendFile } from 'node:fs/promises';
import { concatMap, filter, throttleTime } from 'rxjs';
import { watch$, type WatchEvent } from 'rxkube';
import { ConfigMap } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { load, save } from './checkpoint.ts';

const [file = 'checkpoint.json', journal = 'journal.txt'] = process.argv.slice(2);
const source = connect().resource(ConfigMap, { namespace: 'default' });
const saved = await load(file, source.from);
if (saved !== undefined) console.log('resumes at', saved.resourceVersion);

watch$(source, { resourceVersion: saved?.resourceVersion })
  .pipe(
    // One after another, in the order of the server: when one is done, all before it are.
    concatMap(async (event) => {
      await work(event);
      return positionOf(event);
    }),
    filter((position) => position !== undefined),
    throttleTime(1_000, undefined, { leading: true, trailing: true }),
    concatMap((resourceVersion) => save(file, { from: source.from, resourceVersion })),
  )
  .subscribe({
    error: (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  });

/** What is to be done about an event. It may be done twice, so it must not matter. */
async function work(event: WatchEvent<ConfigMap>): Promise<void> {
  if (event.type === 'init') console.log('lists:', event.cause);
  if (event.type !== 'initApply' && event.type !== 'apply' && event.type !== 'delete') return;
  const { metadata, data } = event.object;
  await appendFile(
    journal,
    `${metadata.name} ${event.type === 'delete' ? 'is gone' : `is ${data?.['colour'] ?? ''}`}\n`,
  );
}

/** Where a watch could go on after this event. The objects of a list come in no order, and a `delete` may be of a list, too. */
function positionOf(event: WatchEvent): string | undefined {
  switch (event.type) {
    case 'initDone':
    case 'live':
    case 'bookmark':
      return event.resourceVersion;
    case 'apply':
      return event.object.metadata.resourceVersion;
    default:
      return undefined;
  }
}

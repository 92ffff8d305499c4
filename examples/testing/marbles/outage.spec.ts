import { readFileSync } from 'node:fs';
import { deletedObjects, watch$ } from 'rxkube';
import { replay, watchTest } from 'rxkube/marbles';
import { map } from 'rxjs';
import { it } from 'vitest';

it(
  'finds out what was deleted during an outage that was recorded',
  watchTest(({ expectThat }) => {
    const configMaps = replay(readFileSync(new URL('outage.ndjson', import.meta.url), 'utf8'));
    const deleted$ = watch$(configMaps).pipe(
      deletedObjects(),
      map(({ metadata }) => metadata.name),
    );
    expectThat(deleted$).toBe('2577ms (xy)', { x: 'deleted', y: 'recreated' });
  }),
);

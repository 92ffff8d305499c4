import { setTimeout } from 'node:timers/promises';
import { shareWatch, snapshots, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { filter, firstValueFrom } from 'rxjs';

const pods$ = watch$(connect().resource(Pod, { namespace: 'shop' }), {
  observe: ({ type }) => type === 'request' && console.log('a request'),
}).pipe(shareWatch({ grace: 1_000 }));

async function show(page: string): Promise<void> {
  const { items } = await firstValueFrom(
    pods$.pipe(
      snapshots(),
      filter(({ ready }) => ready),
    ),
  );
  console.log(`${page}: ${items.length} pods`);
}

await show('overview');
await setTimeout(500);
await show('details');
await setTimeout(2_000);
await show('overview again');

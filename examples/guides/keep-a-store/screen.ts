import { mapObjects, snapshots, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

watch$(connect().resource(Pod, { namespace: 'shop' }))
  .pipe(
    mapObjects(({ metadata, status }) => ({ metadata, phase: status?.phase })),
    snapshots({ every: 100 }),
  )
  .subscribe({
    next: ({ phase, ready, items }) => {
      const rows = items.map((pod) => `${pod.metadata.name} ${pod.phase}`);
      console.log(`[${phase}]`, ready ? rows.join(', ') : 'loading …');
    },
    error: console.error,
  });

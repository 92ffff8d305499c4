import { changes, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { connect } from 'rxkube/node';

watch$(connect().resource(Pod, { labels: { app: 'web' } }))
  .pipe(changes())
  .subscribe({
    next: (change) => {
      const { name } = change.object.metadata;
      if (change.type !== 'modified') console.log(name, change.type);
      else console.log(name, change.previous.status?.phase, '→', change.object.status?.phase);
    },
    error: console.error,
  });

import { changes, snapshots, watch$, watchEach } from 'rxkube';
import { ConfigMap, Namespace } from 'rxkube/kinds';
import { connect } from 'rxkube/node';
import { filter, map } from 'rxjs';

const cluster = connect();

const ofTeam$ = watch$(cluster.resource(Namespace, { labels: { team: 'shop' } })).pipe(
  snapshots(),
  filter(({ ready }) => ready),
  map(({ items }) => items.map(({ metadata }) => cluster.resource(ConfigMap, { namespace: metadata.name }))),
);

watchEach(ofTeam$, { retry: ({ error, retryIn }) => (error.code === 403 ? 60_000 : retryIn) })
  .pipe(changes())
  .subscribe({
    next: ({ type, object: { metadata } }) => console.log(`${metadata.namespace}/${metadata.name} ${type}`),
    error: console.error,
  });

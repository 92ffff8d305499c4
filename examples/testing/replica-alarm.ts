import { snapshots, watch$, type Cluster } from 'rxkube';
import { Deployment } from 'rxkube/kinds';
import { distinctUntilChanged, filter, map, type Observable } from 'rxjs';

/** The Deployments that lack replicas, as `shop/web: 1 of 3`; a new list whenever that changes. */
export function replicaAlarm(cluster: Cluster): Observable<readonly string[]> {
  return watch$(cluster.resource(Deployment)).pipe(
    snapshots(),
    filter(({ phase }) => phase !== 'listing'),
    map(({ items }) => items.flatMap(shortage).sort()),
    distinctUntilChanged((before, now) => before.join() === now.join()),
  );
}

function shortage({ metadata, spec, status }: Deployment): string[] {
  const wanted = spec.replicas ?? 1;
  const available = status?.availableReplicas ?? 0;
  return available < wanted ? [`${metadata.namespace}/${metadata.name}: ${available} of ${wanted}`] : [];
}

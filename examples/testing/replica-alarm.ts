import { customResource, snapshots, watch$, type Cluster, type KubernetesObject } from 'rxkube';
import { distinctUntilChanged, filter, map, type Observable } from 'rxjs';

export interface Deployment extends KubernetesObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly availableReplicas?: number };
}

const Deployments = customResource<Deployment>()({
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
});

/** The Deployments that lack replicas, as `shop/web: 1 of 3`; a new list whenever that changes. */
export function replicaAlarm(cluster: Cluster): Observable<readonly string[]> {
  return watch$(cluster.resource(Deployments)).pipe(
    snapshots(),
    filter(({ phase }) => phase !== 'listing'),
    map(({ items }) => items.flatMap(shortage).sort()),
    distinctUntilChanged((before, now) => before.join() === now.join()),
  );
}

function shortage({ metadata, spec, status }: Deployment): string[] {
  const wanted = spec?.replicas ?? 1;
  const available = status?.availableReplicas ?? 0;
  return available < wanted ? [`${metadata.namespace ?? ''}/${metadata.name}: ${available} of ${wanted}`] : [];
}

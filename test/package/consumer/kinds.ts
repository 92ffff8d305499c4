import { fetchCluster, watch$ } from 'rxkube';
import { Pod, Service } from 'rxkube/kinds';
import type { Container } from 'rxkube/kinds/core/v1';
import { HorizontalPodAutoscaler } from 'rxkube/kinds/autoscaling/v1';
import { filter, map, merge, type Observable } from 'rxjs';

const cluster = fetchCluster({ url: '/k8s' });
export const version: 'autoscaling/v1' = {} as HorizontalPodAutoscaler['apiVersion'];
export const autoscalers: 'horizontalpodautoscalers.autoscaling' = HorizontalPodAutoscaler.id;

export const containers: Observable<readonly Container[]> = merge(
  watch$(cluster.resource(Pod)),
  watch$(cluster.resource(Service)),
).pipe(
  filter((event) => event.type === 'apply'),
  map((event) => (event.resource === 'pods' ? (event.object.spec?.containers ?? []) : [])),
);

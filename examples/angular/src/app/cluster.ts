import { InjectionToken } from '@angular/core';
import { fetchCluster, type Cluster } from 'rxkube';

/** The API server, behind a path of the page's own origin: a browser sends no credentials of yours anywhere else. */
export const CLUSTER = new InjectionToken<Cluster>('CLUSTER', { factory: () => fetchCluster({ url: '/k8s' }) });

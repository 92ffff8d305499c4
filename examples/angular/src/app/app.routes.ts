import type { Routes } from '@angular/router';
import { DeploymentPanel } from './deployments/deployment-panel';
import { Deployments } from './deployments/deployments';
import { PodPanel } from './pods/pod-panel';
import { Pods } from './pods/pods';

// None is loaded lazily: the watches may hold all the connections that HTTP/1.1 has, and a chunk would wait for one.
export const routes: Routes = [
  { path: 'pods', title: 'Pods', component: Pods, children: [{ path: ':namespace/:name', component: PodPanel }] },
  {
    path: 'deployments',
    title: 'Deployments',
    component: Deployments,
    children: [{ path: ':namespace/:name', component: DeploymentPanel }],
  },
  { path: '**', redirectTo: 'pods' },
];

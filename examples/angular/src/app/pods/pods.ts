import { Component, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { RouterOutlet } from '@angular/router';
import { snapshots } from 'rxkube';
import { AGE, NAME, NAMESPACE, STATUS } from '../table/columns';
import { Listing } from '../table/listing';
import type { Column } from '../table/row';
import { Workloads } from '../workloads';
import type { PodRow } from './pod-row';

@Component({
  selector: 'app-pods',
  imports: [Listing, RouterOutlet],
  template: `
    <app-listing noun="pods" [snapshot]="snapshot()" [columns]="columns" />
    <router-outlet />
  `,
  host: { class: 'view' },
})
export class Pods {
  // However many changes there are, the table is made anew four times a second.
  protected readonly snapshot = toSignal(inject(Workloads).pods$.pipe(snapshots({ every: 250 })), {
    requireSync: true,
  });

  protected readonly columns: readonly Column<PodRow>[] = [
    NAME,
    NAMESPACE,
    STATUS,
    { id: 'ready', label: 'Ready', width: '3rem', shows: 'number', minor: true, text: ({ ready }) => ready },
    {
      id: 'restarts',
      label: 'Restarts',
      width: '4rem',
      shows: 'number',
      minor: true,
      text: ({ restarts }) => restarts,
    },
    { id: 'node', label: 'Node', width: 'minmax(0, 1fr)', minor: true, text: ({ node }) => node },
    AGE,
  ];
}

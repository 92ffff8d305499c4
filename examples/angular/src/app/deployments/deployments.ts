import { Component, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { RouterOutlet } from '@angular/router';
import { snapshots } from 'rxkube';
import { AGE, NAME, NAMESPACE, STATUS } from '../table/columns';
import { Listing } from '../table/listing';
import type { Column } from '../table/row';
import { Workloads } from '../workloads';
import type { Rollout } from './rollout';

@Component({
  selector: 'app-deployments',
  imports: [Listing, RouterOutlet],
  template: `
    <app-listing noun="deployments" [snapshot]="snapshot()" [columns]="columns" />
    <router-outlet />
  `,
  host: { class: 'view' },
})
export class Deployments {
  protected readonly snapshot = toSignal(inject(Workloads).rollouts$.pipe(snapshots({ every: 250 })), {
    requireSync: true,
  });

  protected readonly columns: readonly Column<Rollout>[] = [
    NAME,
    NAMESPACE,
    { ...STATUS, label: 'Rollout', width: 'minmax(6rem, 1.25fr)' },
    {
      id: 'ready',
      label: 'Ready',
      width: '3rem',
      shows: 'number',
      text: ({ ready, desired }) => `${ready}/${desired}`,
      key: ({ ready, desired }) => ready - desired,
    },
    { id: 'updated', label: 'Updated', width: '4rem', shows: 'number', minor: true, text: ({ updated }) => updated },
    { id: 'image', label: 'Image', width: 'minmax(0, 2fr)', minor: true, text: ({ image }) => image },
    AGE,
  ];
}

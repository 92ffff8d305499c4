import { Component, computed, inject, input } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { snapshots } from 'rxkube';
import { Panel } from '../panel';
import type { PodRow } from '../pods/pod-row';
import { AGE, NAME, STATUS } from '../table/columns';
import { DataTable } from '../table/data-table';
import type { Column } from '../table/row';
import { StatusLabel } from '../table/status-label';
import { Workloads } from '../workloads';

/** How far a deployment has got, and its pods: its route says which. */
@Component({
  selector: 'app-deployment-panel',
  imports: [DataTable, Panel, StatusLabel],
  templateUrl: './deployment-panel.html',
  styleUrl: './deployment-panel.css',
})
export class DeploymentPanel {
  readonly namespace = input.required<string>();
  readonly name = input.required<string>();

  readonly #snapshot = toSignal(inject(Workloads).rollouts$.pipe(snapshots({ every: 250 })), { requireSync: true });

  protected readonly isKnown = computed(() => this.#snapshot().ready);
  protected readonly rollout = computed(() =>
    this.#snapshot().items.find(
      ({ metadata: { namespace, name } }) => namespace === this.namespace() && name === this.name(),
    ),
  );

  protected readonly counts = computed(() => {
    const { updated = 0, ready = 0, available = 0 } = this.rollout() ?? {};
    return Object.entries({ Updated: updated, Ready: ready, Available: available });
  });

  protected readonly columns: readonly Column<PodRow>[] = [
    NAME,
    { ...STATUS, width: 'minmax(5rem, 1.5fr)' },
    { id: 'tag', label: 'Image', width: '3.5rem', text: ({ image }) => image.replace(/^.*:/, '') },
    AGE,
  ];
}

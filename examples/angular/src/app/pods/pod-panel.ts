import { KeyValuePipe } from '@angular/common';
import { Component, computed, inject, input } from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { snapshots } from 'rxkube';
import { age, Clock } from '../clock';
import { Panel } from '../panel';
import type { Status } from '../table/row';
import { StatusLabel } from '../table/status-label';
import { Workloads } from '../workloads';
import { containerStatusOf, statusOf } from './pod-row';

/** One pod in full: its route says which. */
@Component({
  selector: 'app-pod-panel',
  imports: [KeyValuePipe, Panel, StatusLabel],
  templateUrl: './pod-panel.html',
  styles: ':host { display: contents; }',
})
export class PodPanel {
  readonly namespace = input.required<string>();
  readonly name = input.required<string>();

  readonly #workloads = inject(Workloads);
  readonly #now = inject(Clock).now;

  /** A watch of this pod alone. Where the route names another one, and when the panel is closed, Angular unsubscribes from it. */
  protected readonly snapshot = rxResource({
    params: () => ({ namespace: this.namespace(), name: this.name() }),
    stream: ({ params: { namespace, name } }) => this.#workloads.pod(namespace, name).pipe(snapshots()),
  });

  protected readonly pod = computed(() => (this.snapshot.hasValue() ? this.snapshot.value().items[0] : undefined));
  /** What is wrong with its watch, while what was known is still shown; or with its name. */
  protected readonly error = computed(() =>
    this.snapshot.hasValue() ? this.snapshot.value().error : this.snapshot.error(),
  );
  protected readonly status = computed(() => {
    const pod = this.pod();
    return pod && statusOf(pod);
  });
  protected readonly age = computed(() => age(this.pod()?.metadata.creationTimestamp, this.#now()));

  protected readonly containers = computed(() => {
    const { spec, status } = this.pod() ?? {};
    return (spec?.containers ?? []).map(({ name, image = '' }) => {
      const container = status?.containerStatuses?.find((one) => one.name === name);
      const state: Status = container ? containerStatusOf(container) : { text: 'Not ready', tone: 'busy' };
      return { name, image, state, restarts: container?.restartCount ?? 0 };
    });
  });

  protected readonly conditions = computed(() =>
    (this.pod()?.status?.conditions ?? []).map(({ type, status, reason }) => ({
      type,
      status: { text: reason ?? status, tone: status === 'True' ? 'good' : 'busy' } satisfies Status,
    })),
  );
}

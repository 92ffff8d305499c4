import { Component, computed, inject, model } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { snapshots } from 'rxkube';
import { Workloads } from '../workloads';

/** The namespaces that there are, watched as long as the list is on the screen. */
@Component({
  selector: 'app-namespace-list',
  template: `
    <fieldset>
      <legend>Namespaces</legend>
      <label>
        <input
          type="checkbox"
          [checked]="chosen().length === 0"
          [disabled]="chosen().length === 0"
          (change)="chosen.set([])"
        />
        All namespaces
      </label>
      @for (name of names(); track name) {
        <label>
          <input type="checkbox" [checked]="chosen().includes(name)" (change)="toggle(name)" />
          {{ name }}
        </label>
      }
      @if (snapshot().error; as error) {
        <p>{{ error.message }}</p>
      }
    </fieldset>
  `,
  styleUrl: './namespace-list.css',
})
export class NamespaceList {
  readonly chosen = model.required<readonly string[]>();

  protected readonly snapshot = toSignal(inject(Workloads).namespaces$.pipe(snapshots()), { requireSync: true });

  /** One that was chosen can be given up, also when it is gone. */
  protected readonly names = computed(() => {
    const names = this.snapshot().items.map(({ metadata }) => metadata.name);
    return [...new Set([...names, ...this.chosen()])].sort();
  });

  protected toggle(name: string): void {
    this.chosen.update((chosen) =>
      chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name].sort(),
    );
  }
}

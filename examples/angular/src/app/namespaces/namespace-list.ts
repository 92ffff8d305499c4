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
        <input type="checkbox" [checked]="isAll()" [attr.aria-disabled]="isAll()" (click)="chooseAll($event)" />
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

  protected readonly isAll = computed(() => this.chosen().length === 0);

  /** It stays checked until another one is. Disabled, it would lose the focus in the moment that it is chosen. */
  protected chooseAll(event: Event): void {
    if (this.isAll()) event.preventDefault();
    else this.chosen.set([]);
  }

  protected toggle(name: string): void {
    this.chosen.update((chosen) =>
      chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name].sort(),
    );
  }
}

import { Component, computed, model, signal } from '@angular/core';
import { NamespaceList } from './namespace-list';

/** Chooses among the namespaces that there are. None chosen means all of them. */
@Component({
  selector: 'app-namespace-select',
  imports: [NamespaceList],
  template: `
    <button type="button" class="button" popovertarget="namespaces" [attr.aria-label]="'Namespaces: ' + summary()">
      {{ summary() }}
    </button>
    <div id="namespaces" popover (beforetoggle)="isOpen.set($event.newState === 'open')">
      @if (isOpen()) {
        <app-namespace-list [(chosen)]="chosen" />
      }
    </div>
  `,
  styleUrl: './namespace-select.css',
})
export class NamespaceSelect {
  readonly chosen = model.required<readonly string[]>();

  protected readonly isOpen = signal(false);
  protected readonly summary = computed(() => {
    const chosen = this.chosen();
    if (chosen.length === 0) return 'All namespaces';
    return chosen.length <= 2 ? chosen.join(', ') : `${chosen.length} namespaces`;
  });
}

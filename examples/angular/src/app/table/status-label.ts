import { Component, input } from '@angular/core';
import type { Status } from './row';

@Component({
  selector: 'app-status',
  template: '{{ status().text }}',
  host: { '[class]': 'status().tone' },
  styles: `
    :host {
      --tone: var(--muted);
    }

    :host(.good) {
      --tone: var(--good);
    }

    :host(.busy) {
      --tone: var(--busy);
    }

    :host(.bad) {
      --tone: var(--bad);
      color: var(--bad);
    }

    :host::before {
      content: '';
      display: inline-block;
      margin-inline-end: 0.5rem;
      border: 0.25rem solid var(--tone);
      border-radius: 50%;
    }
  `,
})
export class StatusLabel {
  readonly status = input.required<Status>();
}

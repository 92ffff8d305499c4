import { Component, computed, inject } from '@angular/core';
import type { Status } from '../table/row';
import { StatusLabel } from '../table/status-label';
import { WatchControl } from '../watch-control';
import { Connection } from './connection';

@Component({
  selector: 'app-connection-status',
  imports: [StatusLabel],
  template: `
    <app-status role="status" [status]="status()" />
    <button
      type="button"
      class="button icon"
      aria-label="Pause"
      title="Pause"
      [attr.aria-pressed]="control.paused()"
      (click)="control.paused.set(!control.paused())"
    >
      <svg viewBox="0 0 16 16" width="16" height="16" fill="currentColor" aria-hidden="true">
        <path [attr.d]="control.paused() ? 'M5 3l8 5-8 5z' : 'M4 3h3v10H4zM9 3h3v10H9z'" />
      </svg>
    </button>
  `,
  styles: `
    :host {
      display: flex;
      align-items: center;
      gap: 0.75rem;
    }
  `,
})
export class ConnectionStatus {
  readonly #connection = inject(Connection);
  protected readonly control = inject(WatchControl);

  protected readonly status = computed((): Status => {
    switch (this.#connection.phase()) {
      case 'live':
        return { text: 'Live', tone: 'good' };
      case 'listing':
        return { text: 'Loading', tone: 'busy' };
      case 'interrupted':
        return { text: 'Reconnecting', tone: 'bad' };
      case 'paused':
        return { text: 'Paused', tone: 'done' };
    }
  });
}

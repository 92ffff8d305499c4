import { Component, inject } from '@angular/core';
import { WatchControl } from '../watch-control';
import { Connection } from './connection';

/** What is wrong with the connection, while something is. */
@Component({
  selector: 'app-connection-trouble',
  template: `
    @if (connection.error(); as error) {
      <section aria-label="What is wrong">
        <p>{{ error.message }}</p>
        @if (connection.retryIn() > 0) {
          Again in {{ connection.retryIn() }} s
        } @else {
          Trying again
        }
        <button type="button" class="button" (click)="control.retryNow()">Retry now</button>
      </section>
    }
  `,
  styleUrl: './connection-trouble.css',
})
export class ConnectionTrouble {
  protected readonly connection = inject(Connection);
  protected readonly control = inject(WatchControl);
}

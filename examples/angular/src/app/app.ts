import { Component, inject } from '@angular/core';
import { RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { Connection } from './connection/connection';
import { ConnectionStatus } from './connection/connection-status';
import { ConnectionTrouble } from './connection/connection-trouble';
import { NamespaceSelect } from './namespaces/namespace-select';
import { ThemeToggle } from './theme-toggle';
import { UrlQuery } from './url-query';

@Component({
  selector: 'app-root',
  imports: [
    ConnectionStatus,
    ConnectionTrouble,
    NamespaceSelect,
    RouterLink,
    RouterLinkActive,
    RouterOutlet,
    ThemeToggle,
  ],
  templateUrl: './app.html',
  styleUrl: './app.css',
})
export class App {
  protected readonly query = inject(UrlQuery);
  protected readonly connection = inject(Connection);
}

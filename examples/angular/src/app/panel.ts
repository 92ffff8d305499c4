import { Component, DestroyRef, DOCUMENT, ElementRef, inject, input } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

/** What is beside a table: the details of one of its rows. */
@Component({
  selector: 'app-panel',
  imports: [RouterLink],
  template: `
    <header>
      <div>
        <h2>{{ name() }}</h2>
        {{ namespace() }}
      </div>
      <a [routerLink]="back()" class="button">Close</a>
    </header>
    <ng-content />
  `,
  styleUrl: './panel.css',
  host: {
    role: 'region',
    'aria-label': 'Details',
    '(document:keydown.escape)': 'close()',
  },
})
export class Panel {
  readonly name = input.required<string>();
  readonly namespace = input.required<string>();
  /** The route without it. */
  readonly back = input.required<string>();

  readonly #router = inject(Router);

  constructor() {
    const document = inject(DOCUMENT);
    const { nativeElement: panel } = inject<ElementRef<HTMLElement>>(ElementRef);
    const opener = document.activeElement;
    // Who closed it with the keyboard goes on where the panel was opened.
    inject(DestroyRef).onDestroy(() => {
      if (panel.contains(document.activeElement) && opener instanceof HTMLElement) opener.focus();
    });
  }

  protected close(): void {
    void this.#router.navigate([this.back()]);
  }
}

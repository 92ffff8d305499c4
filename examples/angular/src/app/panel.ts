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
    '(document:keydown.escape)': 'close($event)',
  },
})
export class Panel {
  readonly name = input.required<string>();
  readonly namespace = input.required<string>();
  /** The route without it. */
  readonly back = input.required<string>();

  readonly #router = inject(Router);
  readonly #document = inject(DOCUMENT);

  constructor() {
    const document = this.#document;
    const { nativeElement: panel } = inject<ElementRef<HTMLElement>>(ElementRef);
    const opener = document.activeElement;
    // Who closed it with the keyboard goes on where the panel was opened.
    inject(DestroyRef).onDestroy(() => {
      if (panel.contains(document.activeElement) && opener instanceof HTMLElement) opener.focus();
    });
  }

  protected close({ target }: Event): void {
    // Escape empties the filter, too, and closes what is on top.
    if (target instanceof HTMLInputElement || this.#document.querySelector(':popover-open')) return;
    void this.#router.navigate([this.back()]);
  }
}

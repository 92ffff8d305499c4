import { Component, DestroyRef, DOCUMENT, inject, input } from '@angular/core';
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
    '[attr.aria-label]': '"Details of " + name()',
    '(focusin)': 'hadFocus = true',
    '(focusout)': 'hadFocus = $event.relatedTarget === null',
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

  /** Nobody has the focus after what had it is gone: that is no reason to forget that it was here. */
  protected hadFocus = false;

  constructor() {
    const document = this.#document;
    // Who closed it with the keyboard goes on in the table: where it was opened, if that is still to be seen.
    inject(DestroyRef).onDestroy(() => {
      if (this.hadFocus) document.querySelector<HTMLElement>('app-listing a[tabindex="0"]')?.focus();
    });
  }

  protected close({ target }: Event): void {
    // Escape empties the filter, too, and closes what is on top.
    if (target instanceof HTMLInputElement || this.#document.querySelector(':popover-open')) return;
    void this.#router.navigate([this.back()]);
  }
}

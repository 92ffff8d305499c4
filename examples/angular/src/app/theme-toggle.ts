import { Component, DOCUMENT, effect, inject, signal } from '@angular/core';

const THEMES = ['system', 'light', 'dark'] as const;

/** Light, dark, or as the system has it. */
@Component({
  selector: 'app-theme-toggle',
  template: `
    <button
      type="button"
      class="button icon"
      [attr.aria-label]="'Theme: ' + theme()"
      [title]="'Theme: ' + theme()"
      (click)="next()"
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
        @if (theme() !== 'light') {
          <path
            [attr.d]="theme() === 'dark' ? 'M8 2a6 6 0 0 1 0 12a6 6 0 0 1 0-12' : 'M8 2a6 6 0 0 1 0 12'"
            fill="currentColor"
          />
        }
      </svg>
    </button>
  `,
})
export class ThemeToggle {
  protected readonly theme = signal(THEMES.find((theme) => theme === localStorage.getItem('theme')) ?? 'system');

  constructor() {
    const { style } = inject(DOCUMENT).documentElement;
    effect(() => {
      const theme = this.theme();
      localStorage.setItem('theme', theme);
      style.colorScheme = theme === 'system' ? '' : theme;
    });
  }

  protected next(): void {
    this.theme.update((theme) => THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system');
  }
}

import { Directive, effect, ElementRef, inject, input } from '@angular/core';

/** Gives its element the focus when it is to have it; also when that is before the element is there. */
@Directive({ selector: '[appFocused]' })
export class Focused {
  readonly isFocused = input.required<boolean>({ alias: 'appFocused' });

  constructor() {
    const { nativeElement: element } = inject<ElementRef<HTMLElement>>(ElementRef);
    effect(() => {
      if (this.isFocused()) element.focus({ preventScroll: true });
    });
  }
}

import { Directive, effect, ElementRef, inject, input } from '@angular/core';
import type { KubernetesObject } from 'rxkube';

/** Highlights its element for a moment when the object that it shows has changed; not when it shows another one. */
@Directive({ selector: '[appChanged]' })
export class Changed {
  readonly object = input.required<KubernetesObject>({ alias: 'appChanged' });

  constructor() {
    const { nativeElement: element } = inject<ElementRef<HTMLElement>>(ElementRef);
    let last: KubernetesObject | undefined;
    effect(() => {
      const object = this.object();
      const isChanged =
        last?.metadata.uid === object.metadata.uid && last.metadata.resourceVersion !== object.metadata.resourceVersion;
      last = object;
      if (!isChanged || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
      element.animate([{ backgroundColor: 'var(--highlight)' }, {}], { duration: 1_200, easing: 'ease-out' });
    });
  }
}

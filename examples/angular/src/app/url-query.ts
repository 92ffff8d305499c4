import { computed, inject, linkedSignal, Service } from '@angular/core';
import { takeUntilDestroyed, toObservable, toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import { debounceTime, distinctUntilChanged, filter, map, shareReplay } from 'rxjs';

/** What the query of the URL says: which namespaces are chosen, and what is filtered for. It outlives a reload and can be sent to others. */
@Service()
export class UrlQuery {
  readonly #router = inject(Router);
  readonly #params$ = inject(ActivatedRoute).queryParamMap;

  /** None means all of them. */
  readonly namespaces$ = this.#params$.pipe(
    map((params) => [...new Set(params.getAll('namespace').filter(isName))].sort()),
    distinctUntilChanged((before, now) => before.join() === now.join()),
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  readonly namespaces = toSignal(this.namespaces$, { requireSync: true });

  readonly #params = toSignal(this.#params$, { requireSync: true });
  readonly #filter = computed(() => this.#params().get('filter') ?? '');
  /** Follows the URL, and is ahead of it while somebody types. */
  readonly filter = linkedSignal(this.#filter);

  constructor() {
    toObservable(this.filter)
      .pipe(
        debounceTime(300),
        filter((text) => text !== this.#filter()),
        takeUntilDestroyed(),
      )
      .subscribe((text) => this.#navigate({ filter: text || null }));
  }

  choose(namespaces: readonly string[]): void {
    this.#navigate({ namespace: namespaces.length === 0 ? null : namespaces });
  }

  #navigate(queryParams: Readonly<Record<string, string | readonly string[] | null>>): void {
    void this.#router.navigate([], { queryParams, replaceUrl: true });
  }
}

/** Anybody can write anything into a URL. */
function isName(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

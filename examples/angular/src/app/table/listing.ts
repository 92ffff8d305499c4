import { LiveAnnouncer } from '@angular/cdk/a11y';
import { Component, computed, inject, input } from '@angular/core';
import { takeUntilDestroyed, toObservable } from '@angular/core/rxjs-interop';
import { debounceTime, skip } from 'rxjs';
import type { Snapshot } from 'rxkube';
import { Connection } from '../connection/connection';
import { UrlQuery } from '../url-query';
import { DataTable } from './data-table';
import { filtered, type Column, type Row } from './row';

/** ms that it is there for, to be read */
const SAID_FOR = 5_000;

/** What a watch knows, as a table that can be filtered; and where there is nothing to show, why. */
@Component({
  selector: 'app-listing',
  imports: [DataTable],
  templateUrl: './listing.html',
  styleUrl: './listing.css',
})
export class Listing<T extends Row> {
  /** What is listed, in the plural: `pods`. */
  readonly noun = input.required<string>();
  readonly snapshot = input.required<Snapshot<T>>();
  readonly columns = input.required<readonly Column<T>[]>();

  protected readonly query = inject(UrlQuery);
  protected readonly asOf = inject(Connection).asOf;

  protected readonly chosen = computed(() => {
    const namespaces = this.query.namespaces();
    const { items } = this.snapshot();
    return namespaces.length === 0
      ? items
      : items.filter(({ metadata: { namespace = '' } }) => namespaces.includes(namespace));
  });
  protected readonly rows = computed(() => filtered(this.chosen(), this.query.filter()));

  protected readonly count = computed(() => {
    const [shown, all] = [this.rows().length, this.chosen().length];
    const of = shown === all ? '' : `${shown.toLocaleString()} of `;
    return `${of}${all.toLocaleString()} ${all === 1 ? this.noun().replace(/s$/, '') : this.noun()}`;
  });

  constructor() {
    const announcer = inject(LiveAnnouncer);
    // What a filter finds is told to who cannot see it: when it was typed, and not with each change of the cluster.
    toObservable(this.query.filter)
      .pipe(skip(1), debounceTime(500), takeUntilDestroyed())
      .subscribe(() => void announcer.announce(this.count(), SAID_FOR));
  }
}

import { CdkFixedSizeVirtualScroll, CdkVirtualForOf, CdkVirtualScrollViewport } from '@angular/cdk/scrolling';
import { Component, computed, inject, input, signal } from '@angular/core';
import { RouterLink, RouterLinkActive } from '@angular/router';
import { Clock } from '../clock';
import { Changed } from './changed';
import { NAME } from './columns';
import type { Column, Row } from './row';
import { StatusLabel } from './status-label';

/** A table of any length: only the rows that are to be seen are there. Sorted by the column whose head is pressed. */
@Component({
  selector: 'app-data-table',
  imports: [
    CdkFixedSizeVirtualScroll,
    CdkVirtualForOf,
    CdkVirtualScrollViewport,
    Changed,
    RouterLink,
    RouterLinkActive,
    StatusLabel,
  ],
  templateUrl: './data-table.html',
  styleUrl: './data-table.css',
  host: {
    role: 'table',
    '[attr.aria-label]': 'label()',
    '[attr.aria-rowcount]': 'rows().length + 1',
    '[style.--row-height]': 'rowHeight + "px"',
    '[style.--columns]': 'tracks().all',
    '[style.--major-columns]': 'tracks().major',
  },
})
export class DataTable<T extends Row> {
  readonly label = input.required<string>();
  readonly columns = input.required<readonly Column<T>[]>();
  readonly rows = input.required<readonly T[]>();

  protected readonly rowHeight = 32;
  protected readonly now = inject(Clock).now;
  protected readonly sort = signal({ by: NAME.id, descending: false });

  protected readonly sorted = computed(() => {
    const { by, descending } = this.sort();
    const { text, key = (row: T) => text(row, 0) } = this.columns().find(({ id }) => id === by) ?? NAME;
    const [before, after] = descending ? [1, -1] : [-1, 1];
    return this.rows().toSorted((a, b) => {
      const [x, y] = [key(a), key(b)];
      return x < y ? before : x > y ? after : 0;
    });
  });

  protected readonly tracks = computed(() => ({
    all: this.columns()
      .map(({ width }) => width)
      .join(' '),
    major: this.columns()
      .filter(({ minor }) => minor !== true)
      .map(({ width }) => width)
      .join(' '),
  }));

  protected readonly uid = (_: number, { metadata }: T) => metadata.uid;

  protected sortBy(id: string): void {
    this.sort.update(({ by, descending }) => ({ by: id, descending: by === id && !descending }));
  }

  protected order(id: string) {
    const { by, descending } = this.sort();
    return by !== id ? null : descending ? 'descending' : 'ascending';
  }
}

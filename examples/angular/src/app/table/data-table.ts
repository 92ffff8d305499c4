import { CdkFixedSizeVirtualScroll, CdkVirtualForOf, CdkVirtualScrollViewport } from '@angular/cdk/scrolling';
import {
  afterNextRender,
  Component,
  computed,
  DestroyRef,
  inject,
  input,
  linkedSignal,
  signal,
  viewChild,
} from '@angular/core';
import { RouterLink, RouterLinkActive } from '@angular/router';
import { Clock } from '../clock';
import { Changed } from './changed';
import { NAME } from './columns';
import { Focused } from './focused';
import type { Column, Row } from './row';
import { StatusLabel } from './status-label';

interface Place {
  readonly uid: string;
  readonly index: number;
}

/**
 * A table of any length: only the rows that are to be seen are there. Sorted by the column whose head is pressed. Tab leads to one row,
 * and from there the arrows, Page Up, Page Down, Home and End to all the others.
 */
@Component({
  selector: 'app-data-table',
  imports: [
    CdkFixedSizeVirtualScroll,
    CdkVirtualForOf,
    CdkVirtualScrollViewport,
    Changed,
    Focused,
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

  protected readonly viewport = viewChild.required(CdkVirtualScrollViewport);
  /** The index of the first row that is to be seen. */
  protected readonly first = signal(0);
  /** How many rows are to be seen whole. */
  protected readonly page = signal(0);
  protected readonly hasFocus = signal(false);
  /** The row that had the focus last. Where it goes, the next one takes its place. */
  protected readonly place = linkedSignal<readonly T[], Place | undefined>({
    source: this.sorted,
    computation: (rows, previous) => {
      const place = previous?.value;
      if (place === undefined) return undefined;
      const index = rows.findIndex(({ metadata }) => metadata.uid === place.uid);
      return placeAt(rows, index < 0 ? place.index : index);
    },
  });
  /** The one row that Tab leads to: always one of those that are there. */
  protected readonly tabStop = computed(() => {
    const [place, first] = [this.place(), this.first()];
    const isSeen = place !== undefined && place.index >= first && place.index <= first + this.page();
    return (isSeen ? place : placeAt(this.sorted(), first))?.uid;
  });

  constructor() {
    const destroyed = inject(DestroyRef);
    afterNextRender(() => {
      const viewport = this.viewport();
      // Of itself it hears of the window's size only, and not of what comes and goes beside and above it.
      const observer = new ResizeObserver(() => {
        viewport.checkViewportSize();
        this.page.set(Math.floor(viewport.getViewportSize() / this.rowHeight));
      });
      observer.observe(viewport.elementRef.nativeElement);
      destroyed.onDestroy(() => observer.disconnect());
    });
  }

  protected enter({ metadata: { uid } }: T, index: number): void {
    this.place.set({ uid, index });
    this.hasFocus.set(true);
  }

  protected leave({ relatedTarget }: FocusEvent): void {
    // Nobody has it after a row that had it was scrolled away. It gets it again when it is back.
    if (relatedTarget !== null) this.hasFocus.set(false);
  }

  protected go(rows: number, event: Event): void {
    event.preventDefault();
    const place = placeAt(this.sorted(), (this.place()?.index ?? 0) + rows);
    if (place === undefined) return;
    this.place.set(place);
    const viewport = this.viewport();
    const [top, size] = [place.index * this.rowHeight, viewport.getViewportSize()];
    const offset = viewport.measureScrollOffset();
    if (top < offset) viewport.scrollToOffset(top);
    else if (top + this.rowHeight > offset + size) viewport.scrollToOffset(top + this.rowHeight - size);
  }

  protected sortBy(id: string): void {
    this.sort.update(({ by, descending }) => ({ by: id, descending: by === id && !descending }));
  }

  protected order(id: string) {
    const { by, descending } = this.sort();
    return by !== id ? null : descending ? 'descending' : 'ascending';
  }
}

function placeAt(rows: readonly Row[], wanted: number): Place | undefined {
  const index = Math.max(0, Math.min(wanted, rows.length - 1));
  const uid = rows[index]?.metadata.uid;
  return uid === undefined ? undefined : { uid, index };
}

import type { KubernetesObject } from 'rxkube';

export type Tone = 'good' | 'busy' | 'bad' | 'done';

export interface Status {
  readonly text: string;
  readonly tone: Tone;
}

/** What a table shows of an object. It is made once for each version of the object, not each time it is drawn. */
export interface Row extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly creationTimestamp: string };
  readonly status: Status;
  /** Where its details are. */
  readonly link: readonly string[];
  /** What a filter looks through. */
  readonly text: string;
}

export interface Column<T> {
  readonly id: string;
  readonly label: string;
  /** As in `grid-template-columns`. */
  readonly width: string;
  readonly text: (row: T, now: number) => string | number;
  /** What it is sorted by. Default: the text. */
  readonly key?: (row: T) => string | number;
  readonly shows?: 'link' | 'status' | 'number';
  /** Left out where there is little room. */
  readonly minor?: boolean;
}

export function textOf(...parts: readonly (string | undefined)[]): string {
  return parts.join(' ').toLowerCase();
}

/** Those in which each word of the filter is found. */
export function filtered<T extends Row>(rows: readonly T[], filter: string): readonly T[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 ? rows : rows.filter(({ text }) => words.every((word) => text.includes(word)));
}

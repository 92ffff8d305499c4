import { tap, type Subscription } from 'rxjs';
import { changes } from '../../operators/changes.js';
import type { Change } from '../../src/store/change.js';
import type { Interrupted, WatchEvent } from '../../src/events.js';
import { customResource } from '../../src/kind.js';
import type { Observation, WatchOptions } from '../../src/options.js';
import type { Source } from '../../src/source.js';
import { watch$ } from '../../src/watch.js';
import type { Admin } from './admin.ts';

export interface ConfigMap {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly data?: Readonly<Record<string, string>>;
}

export const ConfigMaps = customResource<ConfigMap>()({
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
});

/** A watch, everything it said, and means to wait for more of it. */
export class Followed implements Disposable {
  readonly events: WatchEvent<ConfigMap>[] = [];
  /** `added a@12`, `deleted a`, in order. */
  readonly changes: string[] = [];
  readonly observed: Observation[] = [];
  error: unknown;
  readonly #subscription: Subscription;

  constructor(source: Source<ConfigMap, 'configmaps'>, options: WatchOptions = {}) {
    const observe = (observation: Observation): void => void this.observed.push(observation);
    this.#subscription = watch$(source, { ...options, observe })
      .pipe(
        tap((event) => this.events.push(event)),
        changes(),
      )
      .subscribe({
        next: (change) => this.changes.push(changeLine(change)),
        error: (error: unknown) => {
          this.error = error;
        },
      });
  }

  count(type: WatchEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }

  get interruptions(): readonly Interrupted[] {
    return this.events.filter((event) => event.type === 'interrupted');
  }

  /** Waits until it holds. @throws with what was said last when it does not in time. */
  async until(what: string, holds: (followed: this) => boolean, within = 30_000): Promise<number> {
    const start = performance.now();
    while (!holds(this)) {
      if (performance.now() - start > within) {
        const last = this.events
          .slice(-12)
          .map((event) => (event.type === 'interrupted' ? event.error.message : event.type));
        throw new Error(
          `not within ${String(within)} ms: ${what}; last said: ${last.join(', ')}; ${String(this.error)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return performance.now() - start;
  }

  listed(): Promise<number> {
    return this.until('listed', () => this.count('initDone') > 0);
  }

  unsubscribe(): void {
    this.#subscription.unsubscribe();
  }

  [Symbol.dispose](): void {
    this.unsubscribe();
  }
}

function changeLine(change: Change<WatchEvent<ConfigMap, 'configmaps'>>): string {
  const { name, resourceVersion } = change.object.metadata;
  // A deletion that a list shows has no resourceVersion of its own.
  return change.type === 'deleted' ? `deleted ${name}` : `${change.type} ${name}@${resourceVersion}`;
}

/** A namespace of ConfigMaps, and a note of every change that was committed to it. */
export class Writer {
  readonly namespace: string;
  readonly expected: string[] = [];
  readonly #admin: Admin;
  readonly #churned = new Set<string>();
  #turn = 0;

  private constructor(admin: Admin, namespace: string) {
    this.#admin = admin;
    this.namespace = namespace;
  }

  static async inNewNamespace(admin: Admin): Promise<Writer> {
    const { metadata } = await admin.create('/api/v1/namespaces', { metadata: { generateName: 'rxkube-' } });
    return new Writer(admin, metadata.name ?? '');
  }

  get path(): string {
    return `/api/v1/namespaces/${this.namespace}/configmaps`;
  }

  async create(name: string, data: Readonly<Record<string, string>> = {}): Promise<void> {
    const { metadata } = await this.#admin.create(this.path, { metadata: { name }, data });
    this.expected.push(`added ${name}@${metadata.resourceVersion ?? ''}`);
  }

  async modify(name: string, value: string): Promise<void> {
    const { metadata } = await this.#admin.patch(`${this.path}/${name}`, { data: { value } });
    this.expected.push(`modified ${name}@${metadata.resourceVersion ?? ''}`);
  }

  async delete(name: string): Promise<void> {
    await this.#admin.delete(`${this.path}/${name}`);
    this.expected.push(`deleted ${name}`);
  }

  /** Creates, modifies and deletes, `count` times in all. */
  async churn(count: number): Promise<void> {
    for (const end = this.#turn + count; this.#turn < end; this.#turn++) {
      const name = `churn-${String(this.#turn % 8)}`;
      if (!this.#churned.has(name)) {
        await this.create(name);
        this.#churned.add(name);
      } else if (this.#turn % 3 === 0) {
        await this.delete(name);
        this.#churned.delete(name);
      } else {
        await this.modify(name, String(this.#turn));
      }
    }
  }

  /** name → resourceVersion, as the server has them now. */
  async state(): Promise<ReadonlyMap<string, string>> {
    const { items } = await this.#admin.list(this.path);
    return new Map(items.map(({ metadata }) => [metadata.name ?? '', metadata.resourceVersion ?? '']));
  }
}

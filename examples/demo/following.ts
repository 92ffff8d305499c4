import { BehaviorSubject, connectable, Subject, type Observable, type Subscription } from 'rxjs';
import {
  changes,
  snapshots,
  watch$,
  type Change,
  type KubernetesObject,
  type Policy,
  type Snapshot,
  type Source,
  type WatchEvent,
} from 'rxkube';
import { Journal } from './journal.ts';

export interface FollowingOptions {
  readonly retry?: Policy | undefined;
  readonly idleLimit?: number | undefined;
  readonly pauseWhile?: Observable<boolean> | undefined;
}

const START: Snapshot<KubernetesObject> = { phase: 'listing', ready: false, items: [] };

/** One watch, and all that the demo shows of it. */
export class Following {
  readonly from: string;
  readonly journal = new Journal();
  /** When an object was last heard of, by its uid. */
  readonly touched = new Map<string, number>();
  /** When the connection began to be as it is. */
  since = Date.now();
  readonly #snapshots = new BehaviorSubject(START);
  readonly #changes = new Subject<Change<WatchEvent>>();
  readonly #connection: Subscription;

  constructor(source: Source, options: FollowingOptions) {
    this.from = source.from;
    const events = connectable(
      watch$(source, { ...options, observe: (observation) => this.journal.observed(observation) }),
    );
    const ignored = (): void => undefined; // it is the last snapshot
    // The changes come first: so what a list has found is counted when the list is said to be complete.
    events.pipe(changes()).subscribe({ next: (change) => this.#change(change), error: ignored });
    events.subscribe({ next: (event) => this.journal.said(event), error: ignored });
    events.pipe(snapshots({ every: 50, errorAsValue: true })).subscribe({
      next: (snapshot) => this.#show(snapshot),
      error: (error: unknown) => this.fail(error),
    });
    this.#connection = events.connect();
  }

  get snapshot(): Snapshot<KubernetesObject> {
    return this.#snapshots.value;
  }

  get snapshots(): Observable<Snapshot<KubernetesObject>> {
    return this.#snapshots;
  }

  get changes(): Observable<Change<WatchEvent>> {
    return this.#changes;
  }

  /** A bug, which ends everything. */
  fail(error: unknown): void {
    this.#snapshots.error(error);
  }

  stop(): void {
    this.#connection.unsubscribe();
  }

  #change(change: Change<WatchEvent>): void {
    const { uid } = change.object.metadata;
    if (change.type === 'deleted') this.touched.delete(uid);
    else this.touched.set(uid, Date.now());
    this.journal.changed();
    this.#changes.next(change);
  }

  #show(snapshot: Snapshot<KubernetesObject>): void {
    const { phase, error } = this.snapshot;
    if (phase !== snapshot.phase || error !== snapshot.error) this.since = Date.now();
    this.#snapshots.next(snapshot);
  }
}

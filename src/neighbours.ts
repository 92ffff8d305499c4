import { asyncScheduler, defer, filter, map, merge, of, Subject, take, timer, type Observable } from 'rxjs';
import type { WatchError } from './errors.js';
import { PAGED_MODE_TIME } from './protocol/limits.js';
import type { Mode } from './protocol/state.js';

/**
 * What the watches of one cluster know from each other: that it does not answer, and which resources it does not stream lists of.
 *
 * A server that nobody reaches is a fact about the cluster, not about a watch. So a failed try counts for every watch whose own turn
 * comes soon after it, and whoever is answered wakes the others: three hundred watches knock no more often than one.
 */
export class Neighbours {
  /** Draws jitter; replaced in tests. */
  readonly random: () => number;
  readonly #pagedUntil = new Map<string, number>();
  readonly #outcomes = new Subject<WatchError | undefined>();
  #lastTry: { readonly at: number; readonly error: WatchError | undefined } | undefined;

  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  /** How a full list of this resource is best asked for. */
  mode(resource: string): Mode {
    return asyncScheduler.now() < (this.#pagedUntil.get(resource) ?? 0) ? 'paged' : 'streaming';
  }

  /** Streaming lists of this resource do not work; they are tried again an hour later. */
  listsPaged(resource: string): void {
    this.#pagedUntil.set(resource, asyncScheduler.now() + PAGED_MODE_TIME);
  }

  tried(): void {
    this.#lastTry = { at: asyncScheduler.now(), error: undefined };
  }

  answered(): void {
    this.#lastTry = undefined;
    this.#outcomes.next(undefined);
  }

  unanswered(error: WatchError): void {
    this.#lastTry = { at: asyncScheduler.now(), error };
    this.#outcomes.next(error);
  }

  /** Emits when a watch of the cluster was answered. */
  get answers(): Observable<unknown> {
    return this.#outcomes.pipe(filter((error) => error === undefined));
  }

  /**
   * Emits once, when a watch that waited `waited` ms for an answer may try again: undefined if it shall try itself, or the failure of
   * another watch that tried less than half of that time ago.
   */
  turn(waited: number): Observable<WatchError | undefined> {
    return defer(() => {
      const fresh = (this.#lastTry?.at ?? -Infinity) + waited / 2 - asyncScheduler.now();
      if (this.#lastTry === undefined || fresh <= 0) return of(undefined);
      if (this.#lastTry.error !== undefined) return of(this.#lastTry.error);
      return merge(this.#outcomes, timer(fresh).pipe(map(() => undefined))).pipe(take(1));
    });
  }
}

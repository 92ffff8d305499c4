import { asyncScheduler } from 'rxjs';
import type { WatchEvent } from '../events.js';
import { Connections, type Connection } from './connections.js';

/** How it stands with one watch that a store is fed by. */
export interface StoreScope extends Omit<Connection, 'phase' | 'error'> {
  /** As {@link Connection.phase}; `stopped`: nobody feeds this part any more, for its watch failed, ended or was unsubscribed from. */
  readonly phase: Connection['phase'] | 'stopped';
  /** The failure, while `interrupted`, or where the watch failed for good. */
  readonly error?: unknown;
  /** How far the store has followed this watch: everything up to here is in it. Undefined before its first list is complete. */
  readonly resourceVersion: string | undefined;
  /** Since when this part may be out of date, in milliseconds since the epoch; undefined while it is `live`. */
  readonly staleSince: number | undefined;
  /** When the server last said anything, in milliseconds since the epoch: a bookmark counts. Undefined before it did. */
  readonly lastProgressAt: number | undefined;
}

interface Feed {
  staleSince: number | undefined;
  lastProgressAt: number | undefined;
  stopped: { readonly error?: unknown } | undefined;
  /** Who wrote to it last. */
  writer: object;
}

/** How current each part of a store is. */
export class Feeds {
  readonly #connections = new Connections();
  readonly #feeds = new Map<string, Feed>();

  get ready(): boolean {
    return this.#connections.worst.ready;
  }

  track(event: WatchEvent, writer: object): void {
    const { type, from } = event;
    this.#connections.track(event);
    const phase = this.#connections.get(from)?.phase;
    if (phase === undefined) {
      this.#feeds.delete(from);
      return;
    }
    let feed = this.#feeds.get(from);
    if (feed === undefined) {
      feed = { staleSince: undefined, lastProgressAt: undefined, stopped: undefined, writer };
      this.#feeds.set(from, feed);
    }
    // Virtual under TestScheduler, as `Date.now()` is not.
    const now = asyncScheduler.now();
    feed.stopped = undefined;
    feed.writer = writer;
    if (type !== 'init' && type !== 'interrupted' && type !== 'paused') feed.lastProgressAt = now;
    feed.staleSince = phase === 'live' ? undefined : (feed.staleSince ?? now);
  }

  /** Nobody writes any more what `writer` wrote. */
  stop(writer: object, reason: { readonly error?: unknown }): void {
    for (const feed of this.#feeds.values()) {
      if (feed.writer !== writer) continue;
      feed.stopped ??= reason;
      feed.staleSince ??= asyncScheduler.now();
    }
  }

  scopes(resourceVersionOf: (from: string) => string | undefined): ReadonlyMap<string, StoreScope> {
    const scopes = new Map<string, StoreScope>();
    for (const [from, { stopped, staleSince, lastProgressAt }] of this.#feeds) {
      const connection = this.#connections.get(from);
      if (connection === undefined) continue;
      const rest = { resourceVersion: resourceVersionOf(from), staleSince, lastProgressAt };
      const { ready } = connection;
      scopes.set(from, stopped ? { phase: 'stopped', ready, ...stopped, ...rest } : { ...connection, ...rest });
    }
    return scopes;
  }
}

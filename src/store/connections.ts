import type { WatchError } from '../errors.js';
import type { WatchEvent } from '../events.js';

/**
 * How it stands with a watch.
 *
 * - `listing`: a full list is on its way; what was known before is in doubt.
 * - `live`: what is known is current.
 * - `interrupted`: it fails, and recovers after `retryIn`.
 * - `paused`: `pauseWhile` asked for it; what is known grows old.
 */
export type Phase = 'listing' | 'live' | 'interrupted' | 'paused';

/** How it stands with one watch. */
export interface Connection {
  readonly phase: Phase;
  /** A complete list has been seen. Never reverts. A watch that starts at a given resourceVersion has none before its first relist. */
  readonly ready: boolean;
  /** The failure, while `interrupted`. */
  readonly error?: WatchError;
  /** 1 for the first failure since the watch was healthy. */
  readonly attempt?: number;
  /** Milliseconds from the failure to the next attempt; `Infinity`: the watch gives up. */
  readonly retryIn?: number;
}

interface Scope {
  connection: Connection;
  building: boolean;
  leaving: boolean;
}

const START: Connection = { phase: 'listing', ready: false };
const WORST: readonly Phase[] = ['interrupted', 'paused', 'listing', 'live'];

/** How it stands with every watch of a stream. */
export class Connections {
  readonly #scopes = new Map<string, Scope>();
  #worst = START;

  /** How it stands with each `from`: an immutable copy. */
  scopes(): ReadonlyMap<string, Connection> {
    return new Map(Array.from(this.#scopes, ([from, { connection }]) => [from, connection]));
  }

  get(from: string): Connection | undefined {
    return this.#scopes.get(from)?.connection;
  }

  /** The worst of them, or `listing` before there is one; `ready` once all were. */
  get worst(): Connection {
    return this.#worst;
  }

  /** Takes an event in. @returns whether it changed how it stands with its watch. */
  track(event: WatchEvent): boolean {
    let scope = this.#scopes.get(event.from);
    const isNew = scope === undefined;
    if (scope === undefined) {
      scope = { connection: START, building: false, leaving: false };
      this.#scopes.set(event.from, scope);
    }
    const before = scope.connection;
    if (event.type === 'initDone' && scope.leaving) this.#scopes.delete(event.from);
    else scope.connection = next(scope, event);
    if (!isNew && scope.connection === before && this.#scopes.has(event.from)) return false;
    this.#worst = worstOf(this.#scopes.values(), this.#worst);
    return true;
  }
}

function next(scope: Scope, event: WatchEvent): Connection {
  const { connection } = scope;
  const { ready } = connection;
  switch (event.type) {
    case 'init':
      scope.building = true;
      scope.leaving = event.cause === 'removed';
      if (scope.leaving) return connection;
      // An `init` is said before its request: it proves nothing, and what was wrong still is.
      return connection.phase === 'interrupted' ? connection : settled(connection, 'listing', ready);
    case 'initDone':
      scope.building = false;
      return settled(connection, 'live', true);
    case 'initApply':
    case 'apply':
    case 'delete':
    case 'live':
    case 'bookmark':
      return settled(connection, scope.building ? 'listing' : 'live', ready);
    case 'paused':
      return settled(connection, 'paused', ready);
    case 'interrupted': {
      const { error, attempt, retryIn } = event;
      return { phase: 'interrupted', ready, error, attempt, retryIn };
    }
  }
}

function settled(connection: Connection, phase: Phase, ready: boolean): Connection {
  return connection.phase === phase && connection.ready === ready ? connection : { phase, ready };
}

/** @param last is returned where nothing differs from it, so that identity tells whether anything did. */
function worstOf(scopes: Iterable<Scope>, last: Connection): Connection {
  let worst: Connection | undefined;
  let ready = true;
  for (const { connection } of scopes) {
    ready &&= connection.ready;
    if (worst === undefined || isWorse(connection, worst)) worst = connection;
  }
  const merged = { ...(worst ?? START), ready: last.ready || (worst !== undefined && ready) };
  return (['phase', 'ready', 'error', 'attempt', 'retryIn'] as const).every((name) => merged[name] === last[name])
    ? last
    : merged;
}

function isWorse(a: Connection, b: Connection): boolean {
  return a.phase === b.phase ? (a.attempt ?? 0) > (b.attempt ?? 0) : WORST.indexOf(a.phase) < WORST.indexOf(b.phase);
}

import type { ClusterConfig } from './config.js';
import { Connection, type Owner } from './connection.js';
import type { Protocol } from './dial.js';
import type { NodeLimits } from './limits.js';
import type { RoundTrip } from './round-trip.js';

/**
 * The connections to one cluster. Nothing is opened before it is needed, the oldest with room is used first, and what nobody needs closes
 * by itself.
 */
export class Pool implements Owner {
  readonly #config: ClusterConfig;
  readonly #limits: NodeLimits;
  readonly #connections = new Set<Connection>();
  #protocol: Protocol | undefined;

  constructor(config: ClusterConfig, limits: NodeLimits) {
    this.#config = config;
    this.#limits = limits;
  }

  /** @param fresh the connections of now are in doubt: none of them is used any more. */
  send(trip: RoundTrip, fresh: boolean): void {
    if (trip.over) return;
    for (const connection of this.#connections) {
      // A hundred watches doubt a connection that broke; they shall not all doubt each other's new ones.
      const doubted = fresh && connection.age > this.#limits.fresh;
      if (doubted || connection.security.generation < trip.outgoing.security.generation) connection.retire();
    }
    this.#place(trip);
  }

  opened(protocol: Protocol): void {
    this.#protocol = protocol;
  }

  displaced(trips: readonly RoundTrip[]): void {
    for (const trip of trips) if (!trip.over) this.#place(trip);
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection);
  }

  #place(trip: RoundTrip): void {
    const { security, verb } = trip.outgoing;
    for (const connection of this.#connections) {
      if (connection.security !== security || !connection.hasRoomFor(verb)) continue;
      connection.add(trip);
      return;
    }
    const connection = new Connection(this.#config, security, this.#limits, this.#protocol, this);
    this.#connections.add(connection);
    connection.add(trip);
  }
}

import type { WatchEvent } from '../../src/events.js';
import { Connections } from '../../src/store/connections.js';

/** An event without an object: what a watch says of how it stands with it. */
export type StateEvent = Exclude<WatchEvent<never>, { readonly object: unknown }>;
type Kind = Pick<WatchEvent, 'resource' | 'cluster'>;

/** One resource of one cluster on the left. Its joined objects are one list, whichever watches list the left ones. */
export interface JoinScope {
  readonly stamp: Pick<WatchEvent, 'resource' | 'cluster' | 'from'>;
  readonly connections: Connections;
  listed: boolean;
}

/**
 * What a join says of how it stands with its watches.
 *
 * Joined objects have a `from` of their own. The watches go on telling how it stands with them, and list nothing any more: an object
 * that is made anew because of one watch must not pass for a sign of life of another.
 *
 * @internal
 */
export class JoinScopes {
  readonly #scopes = new Map<string, JoinScope>();
  readonly #right = new Connections();
  /** What the right side said before the left one said of which resource and cluster the join is. */
  #early: readonly StateEvent[] = [];

  of({ resource, cluster }: Kind): JoinScope | undefined {
    return this.#scopes.get(`${resource} ${cluster}`);
  }

  /** Tracks an event of the left side. @returns what is told before anything else. */
  left(event: WatchEvent): readonly StateEvent[] {
    const scope = this.of(event);
    if (scope !== undefined) {
      scope.connections.track(event);
      return [];
    }
    const { resource, cluster, from } = event;
    const stamp = { resource, cluster, from: `${from} join` };
    const connections = new Connections();
    connections.track(event);
    this.#scopes.set(`${resource} ${cluster}`, { stamp, connections, listed: false });
    const early = this.#early;
    this.#early = [];
    // An `init` at once, so that nobody takes the lists of the watches, which are empty now, for that of the join.
    return [{ type: 'init', ...stamp, cause: 'start' }, ...early.flatMap((held) => this.#pass(held))];
  }

  /** Tracks an event of the right side. @returns what is told of it after anything else. */
  right(event: WatchEvent): readonly StateEvent[] {
    this.#right.track(event);
    return 'object' in event ? [] : this.#pass(event);
  }

  /** Takes note that those are listed whose list both sides are ready for. @returns them. */
  list(): readonly JoinScope[] {
    if (!this.#right.worst.ready) return [];
    const ready = [...this.#scopes.values()].filter(({ connections, listed }) => !listed && connections.worst.ready);
    for (const scope of ready) scope.listed = true;
    return ready;
  }

  #pass(event: StateEvent): readonly StateEvent[] {
    const [scope] = this.#scopes.values();
    if (scope !== undefined) {
      const { resource, cluster, from } = scope.stamp;
      return [{ ...event, resource, cluster, from: `${from} ${event.from}` }];
    }
    // Of a list, its beginning and its end have to be told; of the rest, only what is still so.
    const stays = ({ type, from }: StateEvent): boolean =>
      from !== event.from || ((type === 'init' || type === 'initDone') && event.type !== 'init');
    this.#early = [...this.#early.filter(stays), event];
    return [];
  }
}

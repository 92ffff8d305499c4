import type { Occurrence, PlainChange, PlainEvent, PlainError } from './plain.ts';

/** How one watch of a process is made. */
export interface WatchSetup {
  readonly as: string;
  readonly initialList?: 'streaming' | 'paged';
  readonly pageSize?: number;
  readonly timeoutSeconds?: { readonly min: number; readonly max: number };
  readonly idleLimit?: number;
}

export interface ResourceSetup {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}

/** What the child is told. */
export type Command =
  | {
      readonly do: 'watch';
      readonly kubeconfig: string;
      readonly resource: ResourceSetup;
      readonly namespace: string;
      readonly watches: readonly WatchSetup[];
    }
  /** Begins short watches all the time and ends each at a random moment, for so long. */
  | {
      readonly do: 'comeAndGo';
      readonly kubeconfig: string;
      readonly resource: ResourceSetup;
      readonly namespace: string;
      readonly seed: number;
      readonly forMs: number;
      /** On the connections of the watches that stay, instead of some of its own each. */
      readonly shared: boolean;
      /** How long a watch lives at most. */
      readonly lifeMs: number;
    }
  | { readonly do: 'tellState' }
  | { readonly do: 'unsubscribe' }
  | { readonly do: 'count' };

/** What the child says, in the order in which it happened. */
export type Said =
  | { readonly what: 'ready' }
  | { readonly what: 'note'; readonly watch: string; readonly note: Note }
  | { readonly what: 'state'; readonly states: readonly StoreState[] }
  | { readonly what: 'unsubscribed'; readonly watches: number }
  | { readonly what: 'late'; readonly text: string }
  | {
      readonly what: 'counted';
      /** What Node says keeps the process alive, beyond what did at the start. */
      readonly resources: readonly string[];
      /** Promises that are neither settled nor collected, beyond those at the start. */
      readonly promises: number;
    };

export interface StoreState {
  readonly watch: string;
  readonly resourceVersion: string | undefined;
  readonly objects: readonly unknown[];
}

/** Something that a watch did. `at`: milliseconds of the wall clock, which both processes read. */
export type Note = { readonly at: number } & (
  | { readonly what: 'event'; readonly event: PlainEvent }
  | { readonly what: 'change'; readonly change: PlainChange }
  | { readonly what: 'observed'; readonly occurrence: Occurrence }
  | { readonly what: 'error'; readonly error: PlainError }
  | { readonly what: 'complete' }
  /** The fold of the changes is not what the store shows (invariant 12). */
  | { readonly what: 'differs'; readonly text: string }
);

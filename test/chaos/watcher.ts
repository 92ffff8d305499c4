// A process of its own that watches, and tells its parent everything that happens, as it happens. The library is the built package.
import { createHook } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { changes, createStore, customResource, reflectInto, watch$, WatchError } from 'rxkube';
import type { Change, Cluster, KubernetesObject, Observation, Store, WatchEvent } from 'rxkube';
import { connect } from 'rxkube/node';
import { tap, type Subscription } from 'rxjs';
import type { Command, Note, ResourceSetup, Said, WatchSetup } from './messages.ts';
import type { Occurrence, PlainError, PlainEvent, PlainObject } from './plain.ts';
import { Random } from '../random.ts';

// Promises that were made and neither settled nor collected: what an unsubscribed watch must not leave behind.
const pendingPromises = new Set<number>();
createHook({
  init: (id, type) => {
    if (type === 'PROMISE') pendingPromises.add(id);
  },
  promiseResolve: (id) => pendingPromises.delete(id),
  destroy: (id) => pendingPromises.delete(id),
}).enable();

interface Watching {
  readonly setup: WatchSetup;
  readonly store: Store<KubernetesObject>;
  readonly subscription: Subscription;
  isOver: boolean;
}

const watching: Watching[] = [];
let watched: Cluster | undefined;
let counted = false;
let baseline: { readonly resources: readonly string[]; readonly promises: number } | undefined;

function say(said: Said): void {
  if (process.connected) process.send?.(said);
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function follow(cluster: Cluster, { resource, namespace }: Command & { do: 'watch' }, setup: WatchSetup): Watching {
  const store = createStore();
  const told = new Map<string, PlainObject>();
  const note = (what: DistributiveOmit<Note, 'at'>): void => {
    if (self.isOver) say({ what: 'late', text: `${setup.as}: ${JSON.stringify(what).slice(0, 200)}` });
    else say({ what: 'note', watch: setup.as, note: { at: now(), ...what } });
  };
  const compare = (): void => {
    const text = difference(store, told);
    if (text !== undefined) note({ what: 'differs', text });
  };
  const { as, ...options } = setup;
  const source = cluster.resource(kindOf(resource), { namespace });
  const observe = (observation: Observation): void =>
    note({ what: 'observed', occurrence: plainOccurrence(observation) });
  const self: Watching = { setup, store, isOver: false, subscription: undefined as unknown as Subscription };
  const subscription = watch$(source, { ...options, as, observe })
    .pipe(
      tap((event) => {
        compare(); // as of the event before, which by now has passed through everything below
        note({ what: 'event', event: plainEvent(event) });
      }),
      reflectInto(store),
      changes(),
    )
    .subscribe({
      next: (change) => {
        fold(told, change);
        note({ what: 'change', change: plainChange(change) });
      },
      error: (error: unknown) => note({ what: 'error', error: plainError(error) }),
      complete: () => note({ what: 'complete' }),
    });
  return Object.assign(self, { subscription });
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function kindOf({ group, version, plural, kind }: ResourceSetup): ReturnType<ReturnType<typeof customResource>> {
  return customResource()({ group, version, plural, kind });
}

function keyOf({ metadata: { namespace, name } }: KubernetesObject): string {
  return `${namespace ?? ''}/${name}`;
}

function fold(told: Map<string, PlainObject>, { type, object }: Change<WatchEvent>): void {
  if (type === 'deleted') told.delete(keyOf(object));
  else told.set(keyOf(object), object as PlainObject);
}

/** What the store shows that the changes did not tell, or the other way round. */
function difference(store: Store<KubernetesObject>, told: ReadonlyMap<string, PlainObject>): string | undefined {
  if (store.size !== told.size) return `the store has ${store.size} objects, the changes add up to ${told.size}`;
  for (const object of store.values()) {
    const other = told.get(keyOf(object));
    if (
      other?.metadata.resourceVersion !== object.metadata.resourceVersion ||
      other.metadata.uid !== object.metadata.uid
    )
      return `the store has ${keyOf(object)}@${object.metadata.resourceVersion}, the changes ${other?.metadata.resourceVersion ?? 'nothing'}`;
  }
  return undefined;
}

function plainError(error: unknown): PlainError {
  if (!(error instanceof WatchError))
    return { kind: 'bug', code: undefined, reason: undefined, retryAfter: undefined, message: String(error) };
  const { kind, code, reason, retryAfter, message } = error;
  return { kind, code, reason, retryAfter, message };
}

function plainEvent(event: WatchEvent): PlainEvent {
  switch (event.type) {
    case 'init':
      return { type: event.type, cause: event.cause };
    case 'initApply':
    case 'apply':
    case 'delete':
      return { type: event.type, object: event.object as PlainObject };
    case 'initDone':
    case 'live':
    case 'bookmark':
      return { type: event.type, resourceVersion: event.resourceVersion };
    case 'interrupted':
      return { type: event.type, error: plainError(event.error), attempt: event.attempt, retryIn: event.retryIn };
    case 'paused':
      return { type: event.type };
  }
}

function plainChange(change: Change<WatchEvent>): Extract<Note, { what: 'change' }>['change'] {
  const object = change.object as PlainObject;
  return change.type === 'modified'
    ? { type: change.type, object, previous: change.previous as PlainObject }
    : { type: change.type, object };
}

function plainOccurrence(observation: Observation): Occurrence {
  switch (observation.type) {
    case 'request':
      return { type: 'request', verb: observation.verb, resourceVersion: observation.resourceVersion };
    case 'response':
      return { type: 'response', verb: observation.verb };
    case 'end': {
      const { type, verb, lived, frames, error } = observation;
      return { type, verb, lived, frames, ...(error && { error: plainError(error) }) };
    }
    case 'relist':
      return { type: 'relist', cause: observation.cause };
    case 'lateAnswer':
      return { type: 'lateAnswer' };
    default:
      return { type: 'other' };
  }
}

/** Watches that come and go at any moment, whatever the path does: nothing of them may stay. */
async function comeAndGo(command: Command & { do: 'comeAndGo' }): Promise<void> {
  const random = new Random(command.seed);
  const until = now() + command.forMs;
  let watches = 0;
  const one = async (): Promise<void> => {
    while (now() < until) {
      const cluster = command.shared && watched ? watched : connect({ kubeconfig: command.kubeconfig });
      const text = `come-and-go ${++watches}`;
      let isOver = false;
      const subscription = watch$(cluster.resource(kindOf(command.resource), { namespace: command.namespace }), {
        as: text,
        initialList: random.chance(0.5) ? 'streaming' : 'paged',
        pageSize: 5,
      }).subscribe({
        next: ({ type }) => {
          if (isOver) say({ what: 'late', text: `${text}: ${type}` });
        },
        // Permissions or a token may be gone just now: such a watch ends by itself.
        error: () => {
          if (isOver) say({ what: 'late', text: `${text}: error` });
        },
      });
      await sleep(random.between(0, command.lifeMs));
      subscription.unsubscribe();
      isOver = true;
    }
  };
  await Promise.all([one(), one(), one(), one()]);
  say({ what: 'unsubscribed', watches });
}

/** What is left when everything was unsubscribed from. Promises are collected first: one that nobody can settle any more is no leak. */
function count(): void {
  counted = true;
  collect(3, () => {
    const resources = beyond(process.getActiveResourcesInfo(), baseline?.resources ?? []);
    say({ what: 'counted', resources, promises: Math.max(0, pendingPromises.size - (baseline?.promises ?? 0)) });
  });
}

function collect(rounds: number, then: () => void): void {
  if (rounds === 0) {
    then();
    return;
  }
  globalThis.gc?.();
  // Hooks hear of what was collected in a later turn.
  setImmediate(() => setImmediate(() => collect(rounds - 1, then)));
}

function beyond(present: readonly string[], before: readonly string[]): string[] {
  const rest = [...before];
  return present.filter((name) => {
    const at = rest.indexOf(name);
    if (at >= 0) rest.splice(at, 1);
    return at < 0 && name !== 'Immediate';
  });
}

function obey(command: Command): void {
  switch (command.do) {
    case 'watch': {
      watched = connect({ kubeconfig: command.kubeconfig });
      for (const setup of command.watches) watching.push(follow(watched, command, setup));
      return;
    }
    case 'comeAndGo':
      void comeAndGo(command);
      return;
    case 'tellState':
      say({
        what: 'state',
        states: watching.map(({ setup: { as }, store }) => ({
          watch: as,
          resourceVersion: store.scopes.get(as)?.resourceVersion,
          objects: store.values(),
        })),
      });
      return;
    case 'unsubscribe':
      for (const one of watching) {
        one.subscription.unsubscribe(); // says synchronously that the request is over
        one.isOver = true;
      }
      say({ what: 'unsubscribed', watches: watching.length });
      return;
    case 'count':
      count();
      return;
  }
}

process.on('message', obey);
// At the end it has to end by itself; without its parent it has nothing to stay for.
process.on('disconnect', () => {
  if (!counted) process.exit(1);
});
collect(3, () => {
  baseline = { resources: process.getActiveResourcesInfo(), promises: pendingPromises.size };
  say({ what: 'ready' });
});

import { asyncScheduler, defer, NEVER, takeUntil, throwError, timer, type Observable, type Subscription } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';
import { WatchError, type Status } from '../src/errors.js';
import type { KubernetesObject, WatchEvent } from '../src/events.js';
import { customResource } from '../src/kind.js';
import { Neighbours } from '../src/neighbours.js';
import type { Attempt, ListPage, ListParams, WatchFrame, WatchParams } from '../src/protocol/messages.js';
import type { Source } from '../src/source.js';

/** A double of a server for marble tests: the n-th list and the n-th watch play the n-th Observable given. */
export interface Script {
  readonly lists?: readonly Observable<ListPage<Thing>>[];
  readonly watches?: readonly Observable<WatchFrame<Thing>>[];
}

export interface Thing extends KubernetesObject {
  readonly kind: string;
}

const Things = customResource<Thing>()({ group: '', version: 'v1', plural: 'things', kind: 'Thing' });

export interface ScriptedSource extends Source<Thing, 'things'> {
  /** The parameters of every request, as text: `list limit=500`, `watch 12`. */
  readonly requests: string[];
}

/** A source whose requests play `script`; what the script does not have never answers. `random` is 0: every delay is its least. */
export function scripted({ lists = [], watches = [] }: Script, neighbours = new Neighbours(() => 0)): ScriptedSource {
  const requests: string[] = [];
  let nthList = 0;
  let nthWatch = 0;
  return {
    kind: Things,
    cluster: 'test',
    from: 'things',
    neighbours,
    requests,
    api: {
      list: (params, attempt) =>
        defer(() => {
          requests.push(`list${text(params)}${text(attempt)}`);
          return lists[nthList++] ?? NEVER;
        }),
      watch: ({ resourceVersion, sendInitialEvents }: WatchParams, attempt: Attempt) =>
        defer(() => {
          requests.push(`${sendInitialEvents ? 'stream' : 'watch'} ${resourceVersion}${text(attempt)}`);
          return watches[nthWatch++] ?? NEVER;
        }),
    },
  };
}

function text(params: ListParams | Attempt): string {
  return Object.entries(params)
    .map(([name, value]) => ` ${name}=${String(value)}`)
    .join('');
}

/** An object called `name` in its state at `resourceVersion`. */
export function thing(name: string, resourceVersion: number, uid = `uid-${name}`): Thing {
  return { kind: 'Thing', metadata: { name, namespace: 'default', uid, resourceVersion: String(resourceVersion) } };
}

type Frame = WatchFrame<Thing>;

export const frames = {
  open: { type: 'OPEN' } as Frame,
  added: (object: Thing): Frame => ({ type: 'ADDED', object }),
  modified: (object: Thing): Frame => ({ type: 'MODIFIED', object }),
  deleted: (object: Thing): Frame => ({ type: 'DELETED', object }),
  bookmark: (resourceVersion: number | ''): Frame => bookmarkAt(resourceVersion, false),
  marker: (resourceVersion: number): Frame => bookmarkAt(resourceVersion, true),
  error: (error: WatchError): Frame => ({ type: 'ERROR', error }),
};

function bookmarkAt(resourceVersion: number | '', initialEventsEnd: boolean): Frame {
  return { type: 'BOOKMARK', kind: 'Thing', resourceVersion: String(resourceVersion), initialEventsEnd };
}

export function page(resourceVersion: number, items: readonly Thing[], token?: string): ListPage<Thing> {
  return { kind: 'ThingList', items, resourceVersion: String(resourceVersion), continue: token };
}

export function refusal(code: number, reason: string, more: Partial<Status> = {}, retryAfter?: number): WatchError {
  const status: Status = { code, reason, message: reason, ...more };
  return new WatchError(`${reason} (${String(code)})`, { kind: 'status', status, retryAfter });
}

export const gone = refusal(410, 'Expired');
export const reset = new WatchError('ECONNRESET', { kind: 'connection' });
export const failing = (error: WatchError): Observable<never> => throwError(() => error);

/** An event as one line: `apply a@12`, `init expired`, `interrupted ECONNRESET #1 800`. */
export function line(event: WatchEvent): string {
  switch (event.type) {
    case 'init':
      return `init ${event.cause}`;
    case 'initApply':
    case 'apply':
    case 'delete':
      return `${event.type} ${event.object.metadata.name}@${event.object.metadata.resourceVersion}`;
    case 'initDone':
    case 'live':
    case 'bookmark':
      return `${event.type} ${event.resourceVersion}`;
    case 'interrupted':
      return `interrupted ${event.error.message} #${String(event.attempt)} ${String(event.retryIn)}`;
    case 'paused':
      return 'paused';
  }
}

export function marbles(test: Parameters<TestScheduler['run']>[0]): () => void {
  return () => {
    new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    }).run(test);
  };
}

/** Subscribes within a marble test, for so many ms, and notes what happens at which: `809 live 6`. */
export function logged(
  watched: Observable<WatchEvent>,
  duration = Infinity,
): {
  readonly log: string[];
  readonly subscription: Subscription;
} {
  const log: string[] = [];
  const note = (what: string): void => {
    log.push(`${String(asyncScheduler.now())} ${what}`);
  };
  const over = duration === Infinity ? NEVER : timer(duration);
  const subscription = watched.pipe(takeUntil(over)).subscribe({
    next: (event) => {
      note(line(event));
    },
    error: (error: unknown) => {
      note(`error ${error instanceof Error ? error.message : String(error)}`);
    },
  });
  return { log, subscription };
}

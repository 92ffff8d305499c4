import { defer, filter, map, of, tap, toArray, type Observable } from 'rxjs';
import type { KubernetesObject } from '../src/events.js';
import type { Kind } from '../src/kind.js';
import type { Neighbours } from '../src/neighbours.js';
import type { ListPage, ListParams, WatchFrame, WatchParams } from '../src/protocol/messages.js';
import type { Source } from '../src/source.js';
import { Connection } from './connection.js';
import type { Span } from './connections.js';
import type { Declared } from './declared.js';
import { wrong } from './diagram.js';
import type { Run } from './run.js';
import type { Script } from './script.js';
import { World } from './world.js';

/** What a source is called. */
interface Names<T extends KubernetesObject, K extends string> {
  readonly kind: Kind<T, K>;
  readonly cluster: string;
  readonly from: string;
}

/** The server of one source: its n-th connection plays the n-th diagram. */
export class Server<T extends KubernetesObject = KubernetesObject, K extends string = string> {
  readonly source: Source<T, K>;
  readonly world: World<T>;
  /** What was asked. */
  readonly requests: string[] = [];
  /** When its connections were open. */
  readonly spans: Span[] = [];
  readonly #run: Run;
  readonly #scripts: readonly Script[];
  /** It gave a paged list. The watch that follows plays the rest of its diagram. */
  #listed: Connection<T> | undefined;

  constructor(
    run: Run,
    names: Names<T, K>,
    neighbours: Neighbours,
    scripts: readonly Script[],
    { objects, lists }: Declared,
  ) {
    this.#run = run;
    this.#scripts = scripts;
    this.world = new World(names.kind, objects, run.counter);
    const atFirst = lists.get('0');
    if (atFirst !== undefined) this.world.become(atFirst);
    run.toPlay(scripts.reduce((sum, { steps }) => sum + steps.length, 0));
    const api = {
      list: (params: ListParams) => defer(() => this.#list(params)),
      watch: (params: WatchParams) => defer(() => this.#watch(params)),
    };
    this.source = { ...names, neighbours, api };
  }

  #list({ resourceVersion, resourceVersionMatch }: ListParams): Observable<ListPage<T>> {
    // Whether it is alive, and not behind: it is.
    if (resourceVersionMatch === 'NotOlderThan') {
      this.requests.push(text('probe', resourceVersion));
      return of(this.#page([]));
    }
    this.requests.push(text('list', resourceVersion));
    const connection = this.#connect(true);
    return connection.frames(true).pipe(
      tap((frame) => {
        if (frame.type === 'ERROR') throw frame.error;
        if (isMarker(frame)) this.#listed = connection;
      }),
      toArray(),
      // A connection that closes before the end of the list gives no page.
      filter((frames) => frames.some(isMarker)),
      map((frames) => this.#page(listedBy(frames))),
    );
  }

  #watch({ resourceVersion, sendInitialEvents }: WatchParams): Observable<WatchFrame<T>> {
    const { counter } = this.#run;
    const list = sendInitialEvents === true;
    this.requests.push(text(list ? 'list' : 'watch', resourceVersion));
    // Whoever resumes has seen that much of this server before the test.
    if (/^[0-9]+$/.test(resourceVersion)) counter.revision = Math.max(counter.revision, Number(resourceVersion));
    const connection = (list ? undefined : this.#listed) ?? this.#connect(list);
    this.#listed = undefined;
    return connection.frames(false);
  }

  #connect(list: boolean): Connection<T> {
    this.#listed?.close();
    const script = this.#scripts[this.spans.length];
    if (script?.lists === true && !list) throw this.#impossible(script);
    const connection = new Connection(this.#run, this.world, this.source.kind.kind, script, list);
    this.spans.push(connection.span);
    return connection;
  }

  #page(items: readonly T[]): ListPage<T> {
    return { kind: this.source.kind.listKind, items, resourceVersion: this.world.resourceVersion() };
  }

  #impossible({ text, steps }: Script): Error {
    const { column = 0 } = steps.find(({ does }) => does === 'list' || does === 'begin') ?? {};
    const message = `connection ${this.spans.length + 1} is asked to ${this.requests.at(-1) ?? ''}: no list belongs to it`;
    return (this.#run.impossible ??= wrong(text, column, message));
  }
}

function text(verb: string, resourceVersion = ''): string {
  return resourceVersion === '' ? verb : `${verb} ${resourceVersion}`;
}

function isMarker(frame: WatchFrame): boolean {
  return frame.type === 'BOOKMARK' && frame.initialEventsEnd;
}

function listedBy<T extends KubernetesObject>(frames: readonly WatchFrame<T>[]): readonly T[] {
  const items = new Map<string, T>();
  for (const frame of frames) {
    if (frame.type === 'ADDED') items.set(frame.object.metadata.uid, frame.object);
    if (frame.type === 'DELETED') items.delete(frame.object.metadata.uid);
  }
  return [...items.values()];
}

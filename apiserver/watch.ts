import type { Answer } from './exchange.js';
import { TOO_LARGE_WAIT, type ListRequest, type StorageOptions } from './list.js';
import { revisionOf, type ListOptions } from './list-options.js';
import type { ApiObject } from './objects.js';
import { apiVersionOf } from './resources.js';
import { expired, tooLarge, type ApiError, type Status } from './status.js';
import type { Change, Collection } from './storage.js';
import { typeOf, type Form, type Version } from './version.js';

export type FrameType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** Bookmarks come about once a minute, and 2 s before the end (E7). */
const BOOKMARK_EVERY = 60_000;
const BOOKMARK_BEFORE_END = 2_000;
/** `--min-request-timeout`: a watch that asks for no time gets this, or up to twice as much (A9). */
const DEFAULT_TIMEOUT = 1_800_000;
/** Who reads too slowly is disconnected, in order, and comes back (F2). */
const MAX_BACKLOG = 4 * 1024 * 1024;

/** @throws ApiError where the watch is refused before it begins */
export function startWatch(
  request: ListRequest,
  options: ListOptions,
  server: StorageOptions,
  answer: Answer,
  headers: Readonly<Record<string, string>>,
): void {
  if (options.resourceVersion !== '') revisionOf(options.resourceVersion);
  new Watch(request, options, server, answer).start(headers);
}

class Watch {
  readonly #request: ListRequest;
  readonly #options: ListOptions;
  readonly #server: StorageOptions;
  readonly #answer: Answer;
  readonly #apiVersion: string;
  readonly #cancels: (() => void)[] = [];
  /** Changes up to here were delivered, or were not asked for. */
  #revision = 0;
  /** What may wait to be read. Until the past is sent, which nobody could have read yet, there is no limit. */
  #limit = Infinity;
  #over = false;

  constructor(request: ListRequest, options: ListOptions, server: StorageOptions, answer: Answer) {
    this.#request = request;
    this.#options = options;
    this.#server = server;
    this.#answer = answer;
    this.#apiVersion = apiVersionOf(request.collection.resource.group, request.version);
  }

  start(headers: Readonly<Record<string, string>>): void {
    const { collection } = this.#request;
    const { resourceVersion, sendInitialEvents, timeoutSeconds } = this.#options;
    const { storage, clock, watchList } = this.#server;
    this.#answer.onClose(() => this.#stop());
    this.#answer.head(200, headers);
    if (this.#over) return;
    const timeout =
      timeoutSeconds === undefined || timeoutSeconds <= 0
        ? DEFAULT_TIMEOUT * (1 + Math.random())
        : timeoutSeconds * 1_000;
    this.#cancels.push(clock.after(timeout, () => this.#end()));

    const from = Number(resourceVersion);
    // Without a revision the server sends what there is first, with WatchList as if that had been asked for (H8).
    const isState = from === 0 && sendInitialEvents !== false;
    if (sendInitialEvents === true && from > storage.revision) return this.#awaitRevision(from, timeout);
    if (isState || sendInitialEvents === true) {
      this.#sendState(sendInitialEvents === true || watchList);
    } else if (from === 0 || from >= storage.revision) {
      this.#revision = Math.max(from, storage.revision);
    } else {
      const oldest = this.#oldest();
      if (from < oldest)
        return this.#fail(
          this.#server.watchCache
            ? expired(`too old resource version: ${from} (${oldest})`)
            : expired('The resourceVersion for the provided watch is too old.'),
        );
      this.#revision = from;
      for (const change of collection.since(from)) this.#changed(change);
    }
    this.#follow(timeout);
  }

  /** Waits for a revision that is not there yet, and says after a while that it will not come (F10). */
  #awaitRevision(from: number, timeout: number): void {
    const { storage, clock, watchCache } = this.#server;
    if (!watchCache) return this.#fail(tooLarge(from, storage.revision, 1));
    this.#cancels.push(
      clock.after(TOO_LARGE_WAIT, () => {
        if (from > storage.revision) return this.#fail(tooLarge(from, storage.revision, 1));
        this.#sendState(true);
        this.#follow(timeout);
      }),
    );
  }

  #sendState(marker: boolean): void {
    const { collection, namespace } = this.#request;
    const { selects } = this.#options;
    for (const version of collection.sorted()) {
      if (isIn(namespace, version) && (selects?.(version.object) ?? true)) this.#send('ADDED', version);
    }
    this.#revision = this.#server.storage.revision;
    if (marker && this.#options.allowWatchBookmarks) this.#bookmark({ 'k8s.io/initial-events-end': 'true' });
  }

  #follow(timeout: number): void {
    if (this.#over) return;
    const { collection } = this.#request;
    this.#limit = this.#answer.backlog + MAX_BACKLOG;
    this.#cancels.push(collection.listen({ changed: (change) => this.#changed(change), ended: () => this.#end() }));
    // etcd itself sends none.
    if (!this.#options.allowWatchBookmarks || !this.#server.watchCache) return;
    const { clock } = this.#server;
    let cancel: () => void;
    const next = (): void => {
      cancel = clock.after(BOOKMARK_EVERY, () => {
        this.#bookmark();
        // It may have been the last that got through.
        if (!this.#over) next();
      });
    };
    next();
    this.#cancels.push(() => cancel());
    if (timeout > BOOKMARK_BEFORE_END)
      this.#cancels.push(clock.after(timeout - BOOKMARK_BEFORE_END, () => this.#bookmark()));
  }

  /** A selector turns what enters into ADDED and what leaves into DELETED (E3). */
  #changed(change: Change): void {
    const { version, previous, revision, type } = change;
    if (revision <= this.#revision || !isIn(this.#request.namespace, version)) return;
    this.#revision = revision;
    const { selects } = this.#options;
    const was = previous !== undefined && (selects?.(previous.object) ?? true);
    const is = type !== 'DELETED' && (selects?.(version.object) ?? true);
    if (is) this.#send(was ? 'MODIFIED' : 'ADDED', version);
    // What it was last, under the revision at which it went (E2).
    else if (was) this.#send('DELETED', type === 'DELETED' ? version : previous.at(revision));
    if (this.#answer.backlog > this.#limit) this.#end();
  }

  #send(type: FrameType, version: Version): void {
    this.#answer.write(frame(type, version, this.#request.form, this.#apiVersion, this.#request.collection));
  }

  #bookmark(annotations?: Readonly<Record<string, string>>): void {
    const { collection, form } = this.#request;
    const { revision } = this.#server.storage;
    // A watch that is ahead of the server hears nothing, not even this (C3).
    if (revision < this.#revision) return;
    const { kind, custom } = collection.resource;
    const metadata = { resourceVersion: String(revision), ...(annotations === undefined ? {} : { annotations }) };
    this.#answer.write(encode('BOOKMARK', { ...typeOf(form, kind, this.#apiVersion, custom), metadata }));
  }

  #oldest(): number {
    const { forgotten, cachedSince } = this.#request.collection;
    const { storage, watchCache } = this.#server;
    // The change at the revision that was compacted to is still there.
    return Math.max(forgotten, watchCache ? cachedSince : storage.compacted - 1);
  }

  #fail(error: ApiError): void {
    this.#answer.write(encode('ERROR', error.status));
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#stop();
    this.#answer.end();
  }

  #stop(): void {
    this.#over = true;
    for (const cancel of this.#cancels.splice(0)) cancel();
  }
}

function isIn(namespace: string | undefined, { object }: Version): boolean {
  return namespace === undefined || object.metadata.namespace === namespace;
}

function encode(type: FrameType, object: Status | Partial<ApiObject> | Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

/** The last frame made. All watches of a resource are told of a change in one go, and most of them send the same. */
let last: { readonly version: Version; readonly key: string; readonly bytes: Buffer } | undefined;

function frame(type: FrameType, version: Version, form: Form, apiVersion: string, { resource }: Collection): Buffer {
  const key = `${type} ${form} ${apiVersion}`;
  if (last?.version !== version || last.key !== key) {
    const bytes = Buffer.from(`{"type":"${type}","object":${version.text(form, apiVersion, resource.custom)}}\n`);
    last = { version, key, bytes };
  }
  return last.bytes;
}

import { asyncScheduler, defer, tap, type Observable } from 'rxjs';
import { WatchError } from './errors.js';
import type { KubernetesObject } from './events.js';
import type { Source } from './source.js';

/** What a recording keeps of the objects. */
export interface RecordingOptions<T extends KubernetesObject> {
  /**
   * What is kept of an object besides its type and `metadata`. What it returns is written as it is: take care of secrets.
   * Default: nothing, so neither `spec` nor `data`.
   */
  readonly keep?: ((object: T) => object) | undefined;
}

/**
 * A source whose requests and their answers are written down, to be played again by `replay` of `rxkube/marbles`: a failure in the field
 * becomes a test.
 *
 * Each line is JSON: first the source, then what was asked, each page, frame and failure, and how it ended, in milliseconds since the first
 * line. Of an object it has the type, and `metadata` without `managedFields` and the values of annotations (one of them may be a copy of
 * everything), and what `keep` returns. Credentials are in no line, as in no error; names, labels and the address of the cluster are.
 *
 * ```ts
 * import { createWriteStream } from 'node:fs';
 * import { recorded, watch$ } from 'rxkube';
 *
 * const file = createWriteStream('pods.ndjson');
 * watch$(recorded(pods, (line) => file.write(`${line}\n`))).subscribe();
 * ```
 *
 * @param write is given one line at a time, without its end. What it throws errors the watch.
 */
export function recorded<T extends KubernetesObject, K extends string>(
  source: Source<T, K>,
  write: (line: string) => unknown,
  { keep = () => ({}) }: RecordingOptions<T> = {},
): Source<T, K> {
  const { kind, cluster, from, api } = source;
  const start = asyncScheduler.now();
  let requests = 0;
  const note = (entry: object): unknown => write(JSON.stringify(entry, tellErrors));
  const essence = (object: T): object => ({ ...typeOf(object), metadata: metadataOf(object), ...keep(object) });

  const record = <V>(ask: 'list' | 'watch', params: object, answer: Observable<V>, told: (value: V) => object) =>
    defer(() => {
      const request = ++requests;
      const at = (what: object): void => void note({ request, at: asyncScheduler.now() - start, ...what });
      at({ ask, params });
      return answer.pipe(
        tap({
          next: (value) => at({ next: told(value) }),
          error: (error: unknown) =>
            at({ error: error instanceof WatchError ? error : { message: 'not a WatchError' } }),
          complete: () => at({ end: 'completed' }),
          unsubscribe: () => at({ end: 'unsubscribed' }),
        }),
      );
    });

  note({ recording: 1, kind, cluster, from });
  return {
    ...source,
    api: {
      list: (params, attempt) =>
        record('list', params, api.list(params, attempt), (page) => ({ ...page, items: page.items.map(essence) })),
      watch: (params, attempt) =>
        record('watch', params, api.watch(params, attempt), (frame) =>
          'object' in frame ? { ...frame, object: essence(frame.object) } : frame,
        ),
    },
  };
}

function typeOf(object: object): object {
  const { apiVersion, kind } = object as { readonly apiVersion?: unknown; readonly kind?: unknown };
  return { apiVersion, kind };
}

function metadataOf({ metadata }: KubernetesObject): object {
  const copy: Record<string, unknown> = { ...metadata, managedFields: undefined };
  const { annotations } = copy;
  if (typeof annotations === 'object' && annotations !== null) {
    copy['annotations'] = Object.fromEntries(Object.keys(annotations).map((name) => [name, '']));
  }
  return copy;
}

/** An error has its message where `JSON.stringify` does not look. */
function tellErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof WatchError)) return value;
  const { message, kind, code, status, retryAfter } = value;
  return { message, kind, code, status, retryAfter };
}

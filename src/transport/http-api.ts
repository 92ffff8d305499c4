import { asyncScheduler, timer, type Observable } from 'rxjs';
import { WatchError } from '../errors.js';
import type { KubernetesObject } from '../events.js';
import type { Kind } from '../kind.js';
import type { ListPage, WatchFrame, WatchParams } from '../protocol/messages.js';
import { createByteBuffer } from './byte-buffer.js';
import { createFrameDecoder, type FrameDecoder } from './decoder.js';
import { exchange, type Answer } from './exchange.js';
import { isJson, responseError } from './http-errors.js';
import { readListPage } from './list-page.js';
import type { HttpClient } from './request.js';
import type { ResourceApi } from './resource-api.js';
import { reduceToMetadata } from './type-meta.js';
import { listPath, resourceScope, watchPath, type ResourceOptions } from './url.js';
import { warningsOf } from './warnings.js';

/** Milliseconds and bytes that a request may take. */
export interface HttpLimits {
  /** Default: 30 s. */
  readonly watchHeaders?: number;
  /** Default: 65 s, as the server's own limit of a request is 60 s. */
  readonly listHeaders?: number;
  /** Between two chunks of a list; the silence of a watch is the watch's business. Default: 90 s. */
  readonly listSilence?: number;
  /** Default: 400 MiB, as a text can have about 512 MiB in V8. */
  readonly maxListBytes?: number;
  /** Default: 16 MiB, the limit of Go clients (D4). */
  readonly maxFrameBytes?: number;
}

/**
 * Lists and watches one resource over HTTP, in Node and in browsers.
 *
 * @throws RangeError when the options name nothing that could be watched.
 */
export function httpResourceApi<T extends KubernetesObject>(
  client: HttpClient,
  kind: Kind<T>,
  options: ResourceOptions = {},
  {
    watchHeaders = 30_000,
    listHeaders = 65_000,
    listSilence = 90_000,
    maxListBytes = MAX_LIST_BYTES,
    maxFrameBytes,
  }: HttpLimits = {},
): ResourceApi<T> {
  const scope = resourceScope(kind, options);
  const metadataOnly = options.metadataOnly === true;
  const listing = `list ${scope.label}`;
  const watching = `watch ${scope.label}`;

  return {
    list: (params, attempt) =>
      exchange<ListPage<T>>(
        client,
        {
          name: listing,
          headersWithin: listHeaders,
          path: listPath(scope, params),
          accept: metadataOnly ? metadata('PartialObjectMetadataList') : 'application/json',
          verb: 'list',
          attempt,
        },
        async (answer) => {
          await accepted(answer, listing);
          const text = await readText(answer, listing, listSilence, maxListBytes);
          if (answer.abandoned()) return;
          // An empty 200 is what a broken proxy makes of a request.
          if (text.trim() === '') throw responseError(listing, answer.response, '', asyncScheduler.now());
          const page = readListPage(text, listing, kind, metadataOnly);
          answer.subscriber.next({ ...page, ...warningsOf(answer.response) });
        },
      ),

    watch: (params, attempt) => {
      const watch = (asked: WatchParams): Observable<WatchFrame<T>> =>
        exchange<WatchFrame<T>>(
          client,
          {
            name: watching,
            headersWithin: watchHeaders,
            path: watchPath(scope, asked),
            accept: metadataOnly ? metadata('PartialObjectMetadata') : 'application/json',
            verb: 'watch',
            attempt,
          },
          async (answer) => {
            await accepted(answer, watching);
            const convert = metadataOnly ? reduceToMetadata(kind) : undefined;
            await readFrames(answer, createFrameDecoder<T>({ request: watching, convert, maxFrameBytes }), client);
          },
        );
      return client.streams?.share(params, watch) ?? watch(params);
    },
  };
}

/** Plain JSON is asked for as well: a server that knows no partial objects sends whole ones. */
function metadata(as: string): string {
  return `application/json;as=${as};g=meta.k8s.io;v=v1,application/json`;
}

async function accepted<R>(answer: Answer<R>, name: string): Promise<void> {
  const { response } = answer;
  const ok = response.status >= 200 && response.status < 300;
  if (ok && isJson(response)) return;
  throw responseError(name, response, ok ? '' : await readErrorText(answer), asyncScheduler.now());
}

async function readFrames<T extends KubernetesObject>(
  { response, subscriber, read, abandoned }: Answer<WatchFrame<T>>,
  decoder: FrameDecoder<T>,
  client: HttpClient,
): Promise<void> {
  let busy = 0;

  const deliver = async (frames: Iterable<WatchFrame<T>>): Promise<void> => {
    let since = performance.now() - busy;
    for (const frame of frames) {
      subscriber.next(frame);
      // Nothing comes after it, even if the server does not close the stream (E11).
      if (frame.type === 'ERROR') subscriber.complete();
      if (abandoned()) return;
      if (performance.now() - since < MAX_BUSY) continue;
      await client.breathe();
      if (abandoned()) return;
      since = performance.now();
    }
    busy = performance.now() - since;
  };

  subscriber.next({ type: 'OPEN', ...warningsOf(response) });
  for (let chunk; (chunk = await read()) !== undefined;) await deliver(decoder.push(chunk));
  if (!abandoned()) await deliver(decoder.end());
}

async function readText<R>(
  { read, within, abandoned }: Answer<R>,
  name: string,
  silence: number,
  maxBytes: number,
): Promise<string> {
  // Text at once: large buffers of bytes make V8 collect all garbage every few pages, which took three quarters of a long list's time.
  const utf8 = new TextDecoder();
  const parts: string[] = [];
  let length = 0;
  const late = `the list fell silent for ${silence / 1000} s`;
  for (let chunk; (chunk = await within(silence, read(), late)) !== undefined;) {
    length += chunk.length;
    if (length > maxBytes) throw new WatchError(`${name}: a list of more than ${maxBytes} bytes`, { kind: 'decode' });
    parts.push(utf8.decode(chunk, { stream: true }));
  }
  return abandoned() ? '' : parts.join('') + utf8.decode();
}

/** The status is known: what can be had of the body soon has to do for its words. */
async function readErrorText<R>({ subscriber, read }: Answer<R>): Promise<string> {
  const bytes = createByteBuffer();
  const late = new Promise<undefined>((resolve, reject) => {
    subscriber.add(timer(ERROR_BODY_TIME).subscribe({ next: () => resolve(undefined), error: reject }));
  });
  try {
    for (let chunk; (chunk = await Promise.race([read(), late])) !== undefined;) {
      bytes.append(chunk.subarray(0, MAX_ERROR_BYTES - bytes.length));
      if (bytes.length === MAX_ERROR_BYTES) break;
    }
  } catch {
    // Cut short.
  }
  return new TextDecoder().decode(bytes.take());
}

const MAX_LIST_BYTES = 400 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
const ERROR_BODY_TIME = 10_000;
/** Milliseconds of decoding without a pause: half a frame of a display. */
const MAX_BUSY = 8;

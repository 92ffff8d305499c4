import { WatchError } from '../errors.js';
import type { KubernetesObject } from '../events.js';
import type { WatchFrame } from '../protocol/messages.js';
import { createByteBuffer } from './byte-buffer.js';
import { readStatus, statusError } from './http-errors.js';
import { endOfValue, isJsonObject, parseJson, skipWhitespace, type JsonObject } from './json.js';
import { parseObjects } from './managed-fields.js';

export interface FrameDecoderOptions {
  /** For messages: `watch pods in namespace "default"`. */
  readonly request: string;
  /** What becomes of the object of a frame. Default: it stays what the server sent. */
  readonly convert?: ((object: JsonObject) => JsonObject) | undefined;
  /** Default: 16 MiB, the limit of Go clients (D4). */
  readonly maxFrameBytes?: number | undefined;
}

/**
 * Turns the chunks of a watch's body into frames, wherever the chunks are cut. Pure: the only state is the frame that is not complete yet.
 *
 * Frames are decoded as they are asked for: who stops in the middle of a chunk has not paid for the rest of it. A result has to be
 * iterated to its end before the next chunk is pushed. What is not a frame throws a {@link WatchError} of kind `decode`, whose message
 * never quotes the frame: it may be a Secret.
 */
export interface FrameDecoder<T extends KubernetesObject> {
  push(chunk: Uint8Array): Iterable<WatchFrame<T>>;
  /** The body is over: a last frame may lack its newline; a part of one is an error of kind `connection` (D3). */
  end(): Iterable<WatchFrame<T>>;
}

export function createFrameDecoder<T extends KubernetesObject>({
  request,
  convert = (object) => object,
  maxFrameBytes = MAX_FRAME_BYTES,
}: FrameDecoderOptions): FrameDecoder<T> {
  // Not fatal: like Go, it replaces what is not UTF-8. One bad byte in one object must not end a watch for ever.
  const utf8 = new TextDecoder();
  const incomplete = createByteBuffer();

  function* push(chunk: Uint8Array): Generator<WatchFrame<T>> {
    let start = 0;
    for (let end; (end = chunk.indexOf(NEWLINE, start)) !== -1; start = end + 1) {
      let line = piece(chunk, start, end);
      if (incomplete.length > 0) {
        incomplete.append(line);
        line = incomplete.take();
      }
      const text = utf8.decode(line);
      const value = parseObjects(text, objectOf);
      if (value === undefined) yield* several(text, false);
      else yield frame(value);
    }
    if (start < chunk.length) incomplete.append(piece(chunk, start, chunk.length));
  }

  function* end(): Generator<WatchFrame<T>> {
    yield* several(utf8.decode(incomplete.take()), true);
  }

  function piece(chunk: Uint8Array, start: number, end: number): Uint8Array {
    if (incomplete.length + end - start <= maxFrameBytes) return chunk.subarray(start, end);
    incomplete.take();
    throw malformed(`a frame of more than ${maxFrameBytes} bytes`);
  }

  /** A line is one frame from kube-apiserver, but the contract is only one JSON value after another (D1); a blank one is none. */
  function* several(text: string, last: boolean): Generator<WatchFrame<T>> {
    for (let start = 0; (start = skipWhitespace(text, start)) < text.length;) {
      const end = endOfValue(text, start);
      if (end === -1 && last && text[start] === '{') {
        throw new WatchError(`${request}: the stream ended in the middle of a frame`, { kind: 'connection' });
      }
      const value = end === -1 ? undefined : parseJson(text.slice(start, end));
      if (value === undefined) throw malformed('a frame that is not JSON');
      yield frame(value);
      start = end;
    }
  }

  function frame(value: unknown): WatchFrame<T> {
    if (!isJsonObject(value)) throw malformed('a frame that is not an object');
    const { type, object } = value;
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        if (!isJsonObject(object)) throw malformed('a frame without an object');
        return { type, object: convert(object) as unknown as T };
      case 'BOOKMARK':
        if (!isJsonObject(object)) throw malformed('a frame without an object');
        return bookmark(convert(object));
      case 'ERROR':
        return { type, error: statusError(request, object) };
      default:
        // Refused in place of a stream, by a server that had said 200 already.
        if (readStatus(value) !== undefined) return { type: 'ERROR', error: statusError(request, value) };
        throw malformed('a frame of unknown type');
    }
  }

  function malformed(what: string): WatchError {
    return new WatchError(`${request}: ${what}`, { kind: 'decode' });
  }

  return { push, end };
}

/** Only the resourceVersion and the marker mean anything; the rest is a zero object of the kind (E7, H3). */
function bookmark({ kind, metadata }: JsonObject): WatchFrame<never> {
  const { resourceVersion, annotations } = isJsonObject(metadata) ? metadata : {};
  return {
    type: 'BOOKMARK',
    kind: typeof kind === 'string' ? kind : undefined,
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    initialEventsEnd: isJsonObject(annotations) && annotations['k8s.io/initial-events-end'] === 'true',
  };
}

function objectOf({ object }: JsonObject): readonly unknown[] {
  return [object];
}

const NEWLINE = 0x0a;
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

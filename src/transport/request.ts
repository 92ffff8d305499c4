import type { Attempt } from '../protocol/messages.js';
import type { StreamLimit } from './stream-limit.js';

/** One HTTP request, as the environment (undici in Node, `fetch` in a browser) has to make it. */
export interface HttpRequest {
  /** Path and query, beginning with `/api` or `/apis`. */
  readonly path: string;
  readonly accept: string;
  /** A watch holds its connection, or one stream of it, for minutes. */
  readonly verb: 'list' | 'watch';
  readonly attempt: Attempt;
  /** Aborted when nobody wants the answer any more, at any point of the request and of the body. */
  readonly signal: AbortSignal;
}

/** The beginning of an answer: whatever the status, it is not an error of the {@link HttpClient}. */
export interface HttpResponse {
  readonly status: number;
  /** The value of a header, whose name is in lower case; undefined where there is none. */
  header(name: string): string | undefined;
  /**
   * The body, already decompressed. Ending the iteration early lets go of the request. The memory of a chunk is not reused before the
   * next one is asked for.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** What a transport needs of its environment. */
export interface HttpClient {
  /** Names the cluster in `event.cluster` and `event.from`: its URL, without credentials. */
  readonly id: string;
  /**
   * Resolves when the response's headers are there, whatever their status. Rejects with a {@link WatchError} of kind
   * `connection`, `timeout` or `credentials`; any other rejection counts as `connection`.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Where only so many watches can be open at once. @internal */
  readonly streams?: StreamLimit | undefined;
  /** Lets timers and other sockets have their turn; called after 8 ms of uninterrupted decoding. */
  breathe(): Promise<void>;
}

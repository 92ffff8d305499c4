/**
 * What a Kubernetes API server answers instead of an object: the parts of `v1.Status` that a client acts on.
 * {@link https://kubernetes.io/docs/reference/using-api/api-concepts/}
 */
export interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly kind?: string;
    readonly name?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  };
}

/**
 * Who is to blame for a failure, and so what can mend it.
 *
 * - `status`: the API server answered with an error: an HTTP status, or an `ERROR` frame of a watch. `code` is that of the answer.
 * - `gateway`: somebody answered who is not the API server: a proxy's 502, a login page, an empty body.
 * - `connection`: nobody answered, or the connection broke: refused, reset, unreachable, TLS, a frame cut in two.
 * - `timeout`: nobody answered in time, or an open stream fell silent.
 * - `decode`: the answer is not what the protocol promises: malformed JSON, another kind, no resourceVersion.
 * - `credentials`: the credentials could not be obtained: a token file or an exec plug-in failed.
 */
export type WatchErrorKind = 'status' | 'gateway' | 'connection' | 'timeout' | 'decode' | 'credentials';

/** What a transport of your own makes a {@link WatchError} of. */
export interface WatchErrorInit {
  readonly kind: WatchErrorKind;
  /** The HTTP status, or the `code` of the Status in an `ERROR` frame. */
  readonly code?: number | undefined;
  readonly status?: Status | undefined;
  /** How long the server asked to be left alone, in milliseconds. */
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/**
 * A failure of a list or a watch: what an `interrupted` event carries, and what a watch that gives up errors with.
 * Its message names the request and quotes the server's own words, and never quotes credentials or object data.
 */
export class WatchError extends Error {
  override readonly name = 'WatchError';
  readonly kind: WatchErrorKind;
  readonly code: number | undefined;
  /** The Kubernetes Status of the answer, where it had one. */
  readonly status: Status | undefined;
  /** Milliseconds that the server asked to be left alone; the watch never waits less, up to ten minutes. */
  readonly retryAfter: number | undefined;

  constructor(message: string, init: WatchErrorInit) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.kind = init.kind;
    this.code = init.code ?? init.status?.code;
    this.status = init.status;
    this.retryAfter = init.retryAfter;
  }

  /** The machine-readable reason of the Status: `Forbidden`, `Expired` …; undefined where there is none. */
  get reason(): string | undefined {
    return this.status?.reason;
  }
}

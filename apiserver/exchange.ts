/** A request, as it came over whatever transport. */
export interface Call {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  header(name: string): string | undefined;
  /** The body, whole. */
  readonly body: string;
}

export type Headers = Readonly<Record<string, string>>;

/** Where the answer to a request goes. Nothing is awaited: who asks too much reads {@link backlog}. */
export interface Answer {
  /** Status and headers; they are sent at once. */
  head(status: number, headers: Headers): void;
  write(chunk: Uint8Array): void;
  /** The orderly end. */
  end(): void;
  /** An end that is none: this answer is cut off where it is, or the connection with all that goes over it. */
  cut(what: 'stream' | 'connection'): void;
  /** Bytes that nobody has read yet. */
  readonly backlog: number;
  /** Called once, when the client or the network is gone or the answer is over. */
  onClose(callback: () => void): void;
}

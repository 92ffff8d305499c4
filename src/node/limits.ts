/** What the connections to a cluster are held to. Milliseconds and counts; only tests change them. */
export interface NodeLimits {
  /** For a connection to be there, proxy and TLS included. */
  readonly connect: number;
  /** A connection that nobody uses is closed after that; client and process can end then. */
  readonly idle: number;
  /** A connection with a watch on it that brought no byte for so long is asked for a sign of life … */
  readonly silence: number;
  /** … and given up when it brings none within that. */
  readonly answer: number;
  /** A connection that is younger cannot be the one that somebody doubts: it has just proved itself. */
  readonly fresh: number;
  /** Before TCP asks an idle peer whether it is there. */
  readonly keepAlive: number;
  /** Watches on one HTTP/2 connection. */
  readonly watches: number;
  /** Streams of one HTTP/2 connection, unless the server allows fewer. */
  readonly streams: number;
  /** For an exec plug-in to say its credentials. */
  readonly plugin: number;
  /** Credentials that replaced refused ones are not replaced themselves before that, however often they are refused. */
  readonly settle: number;
}

export const NODE_LIMITS: NodeLimits = {
  connect: 10_000,
  idle: 5_000,
  // client-go asks after 30 s and waits for 15 s (F11).
  silence: 30_000,
  answer: 10_000,
  fresh: 10_000,
  // libuv then probes every second, ten times.
  keepAlive: 15_000,
  // A Go server allows 100 streams; the rest is for lists and for the sign of life, which would wait for ever behind the hundredth.
  watches: 95,
  streams: 100,
  plugin: 60_000,
  settle: 10_000,
};

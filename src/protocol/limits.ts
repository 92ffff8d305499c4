/** Objects a page of a list; what client-go asks for. */
export const PAGE_SIZE = 500;

/** A plain watch asks the server to close it after so many seconds: spreads reconnects and bounds blindness (A9). */
export const TIMEOUT_SECONDS: { readonly min: number; readonly max: number } = { min: 240, max: 480 };

/** A streaming list goes on as the watch, and a long one must not be cut: the server's own least timeout. */
export const STREAMING_TIMEOUT_SECONDS = 1800;

/** The server closes at its `timeoutSeconds` exactly; this long after that, the client does. */
export const DEADLINE_SLACK = 15_000;

/** A watch that was open this long was healthy: its next failure is attempt 1. */
export const HEALTHY_LIFE = 10_000;

/** A stream that closes sooner did no work (client-go's "very short watch", F4). */
export const SHORT_LIFE = 1_000;

/** A stream with frames that closes after 1–10 s: its next start comes no sooner than this after its last one (F5). */
export const START_SPACING = 5_000;

/** A stream open this long without an `ERROR` frame is live: a 410 comes at once, and as a 200 too (C1). */
export const SETTLE_TIME = 1_000;

/** Bookmarks come every 60 s even when nothing moves (E7); after this long without any, the server is asked. */
export const IDLE_LIMIT = 90_000;

/** A streaming list without a new object for this long will not end by itself (H7). */
export const MARKER_LIMIT = 120_000;

/** The same, once the server sent what does not belong before the marker: it ignored `sendInitialEvents`. */
export const DOUBTED_MARKER_LIMIT = 10_000;

/** The longest Retry-After that is honoured: a bad proxy must not park a watch. */
export const MAX_FLOOR = 600_000;

/** The least distance between two attempts, whatever a policy says, and between an empty page and the next. */
export const MIN_DELAY = 100;

/**
 * Requests that a watch begins in a minute, as long as nobody answers its failures otherwise. The ladders alone keep most servers under
 * it; this keeps every one, whatever it thinks of. Further pages of a list are not counted.
 */
export const MOST_A_MINUTE = 20;

/** Reconnecting after a healthy life: no wait, but not all watches of a lost connection in one instant. */
export const RECONNECT_JITTER = 100;

/** What ends the waits of many watches ends them over this time. */
export const WAKE_SPREAD = 1_000;

/** How long a server that refused streaming lists is asked for paged ones. */
export const PAGED_MODE_TIME = 3_600_000;

/** Initial lists that a composed watch has under way: priority and fairness gives few seats to a client, and a list takes several. */
export const LISTS_AT_ONCE = 8;

/** Milliseconds to wait: somewhere in `[from, to)`, drawn by the shell. */
export interface Delay {
  readonly from: number;
  readonly to: number;
}

interface Ladder {
  /** The base delay doubles from 800 ms up to this. */
  readonly cap: number;
  /** The most that jitter makes of it. */
  readonly most: number;
}

/** 800 ms × 2 with jitter up to the double, as in client-go and kube-rs (G1). */
export const LADDERS: Readonly<Record<'answered' | 'unanswered' | 'slow', Ladder>> = {
  /** The server answered, with an error. */
  answered: { cap: 30_000, most: 60_000 },
  /** Nobody answered: asking costs the server next to nothing, and who waits long is blind long after it is back. */
  unanswered: { cap: 3_400, most: 4_000 },
  /** Refused after having worked: RBAC, tokens and CRDs come back. */
  slow: { cap: 10_000, most: 15_000 },
};

export function delayOf({ cap, most }: Ladder, attempt: number): Delay {
  const base = Math.min(800 * 2 ** (attempt - 1), cap);
  return { from: base, to: Math.min(2 * base, most) };
}

/** How long the answer to a probe may take; a server that is behind says so after 3 s. */
export const PROBE_LIMIT = 10_000;

/** For what every restart of a server causes once in every watch (410): soon, but not all at once. */
export const SOON: Delay = { from: 0, to: 1_000 };

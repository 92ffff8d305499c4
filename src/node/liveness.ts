import type { NodeLimits } from './limits.js';

/** A connection, as far as its life is concerned. */
export interface Lifeline {
  /** All bytes that were received on it, of whatever request. */
  bytesRead(): number;
  /** Bytes that were given to it and have not left. */
  unsent(): number;
  /** Whether its silence could hide something: whether there is a watch on it. */
  matters(): boolean;
  /** Sends something that any server answers, on this same connection. */
  ask(): void;
  /** It is `silent`: neither a byte by itself nor one when asked. Or it is `stuck`: it takes nothing and gives nothing. */
  dead(how: 'silent' | 'stuck'): void;
}

/**
 * Notices a connection whose other end is gone without a word: a cable, a frozen host, a firewall that forgot it (F11).
 * Silence alone means nothing, as a quiet watch is silent for a minute, so it asks before it judges.
 *
 * It also notices a connection that Node has lost without saying so. When one is reset while HTTP/2 acknowledges by itself what it has
 * just read, the error of that write is dropped, and what is written after it stays where it is: no end, no error, no `close` follows
 * (seen in Node 24, https://github.com/nodejs/node/issues/61304). All that shows are the bytes that do not leave.
 *
 * Its timers do not keep the process alive; the open watches do.
 *
 * @returns what stops it.
 */
export function listenForLife(lifeline: Lifeline, { silence, answer }: NodeLimits): () => void {
  let bytes = lifeline.bytesRead();
  let heardAt = performance.now();
  let unsent = 0;
  let verdict: NodeJS.Timeout | undefined;
  let stopped = false;

  const heard = (): boolean => {
    const now = lifeline.bytesRead();
    if (now === bytes) return false;
    bytes = now;
    heardAt = performance.now();
    clearTimeout(verdict);
    verdict = undefined;
    return true;
  };

  const judge = (): void => {
    if (!stopped && !heard()) lifeline.dead('silent');
  };

  const stuck = (): boolean => {
    const before = unsent;
    unsent = lifeline.unsent();
    return unsent > 0 && unsent === before;
  };

  const listen = (): void => {
    if (heard()) {
      unsent = 0;
      return;
    }
    if (stuck()) return lifeline.dead('stuck');
    if (verdict !== undefined || performance.now() - heardAt < silence || !lifeline.matters()) return;
    lifeline.ask();
    // Where our own process was busy or suspended meanwhile, the answer is there but not read yet: sockets have their turn first.
    verdict = setTimeout(() => setImmediate(judge), answer).unref();
  };

  // Polled, as bytes cost nothing to count and every frame would cost a timer. 30 s of silence are noticed after 30 to 32 s.
  const poll = setInterval(listen, silence / 30).unref();

  return () => {
    stopped = true;
    clearInterval(poll);
    clearTimeout(verdict);
  };
}

import type { WatchError } from '../errors.js';

/**
 * What a failure means for the watch:
 *
 * - `expired`: the changes since that resourceVersion are no longer there (410).
 * - `ahead`: the server has not reached that resourceVersion ("too large", B4).
 * - `unauthorized`, `forbidden`, `absent`, `invalid`: refused; only a change on the server or of the request mends it.
 * - `unreadable`: the server cannot read an object that the watch has to pass (F9).
 * - `busy`: the server, or a gateway before it, cannot answer now; it says nothing about the resourceVersion.
 * - `broken`: the server answered with another error.
 * - `garbled`: the answer is not what the protocol promises.
 * - `unanswered`: nobody answered, or the connection broke.
 */
export type Cause =
  | 'expired'
  | 'ahead'
  | 'unauthorized'
  | 'forbidden'
  | 'absent'
  | 'invalid'
  | 'unreadable'
  | 'busy'
  | 'broken'
  | 'garbled'
  | 'unanswered';

export function causeOf(error: WatchError): Cause {
  switch (error.kind) {
    case 'connection':
    case 'timeout':
      return 'unanswered';
    case 'decode':
      return 'garbled';
    case 'credentials':
      return 'forbidden';
    case 'gateway':
      return 'busy';
    case 'status':
      return causeOfStatus(error);
  }
}

function causeOfStatus(error: WatchError): Cause {
  const { code, reason } = error;
  // Up to 1.17 the reason was `Gone`; a Status without a code still has its reason (F6).
  if (code === 410 || reason === 'Expired' || reason === 'Gone') return 'expired';
  // Said with 429, it is a lagging cache that a list at '' meets: asking otherwise cannot help, waiting does.
  if (isTooLarge(error) && code !== 429) return 'ahead';
  if (reason === 'StoreReadError') return 'unreadable';
  switch (code) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'absent';
    case 400:
    case 405:
    case 406:
    case 415:
    case 422:
      return 'invalid';
    case 429:
    case 502:
    case 503:
    case 504:
      return 'busy';
    default:
      return 'broken';
  }
}

/** Three generations of servers say it in three ways (B4). */
function isTooLarge({ status }: WatchError): boolean {
  const text = 'Too large resource version';
  return (
    status?.message?.includes(text) === true ||
    status?.details?.causes?.some((cause) => cause.reason === 'ResourceVersionTooLarge' || cause.message === text) ===
      true
  );
}

/** Refusals of a streaming list as such: a plain list may still be answered (H6). */
export function refusesStreaming(error: WatchError): boolean {
  if (error.kind !== 'status') return false;
  if (error.code === 400 || error.code === 406 || error.code === 422) return true;
  // The etcd behind the server is too old; comes as an ERROR frame with code 500.
  return error.status?.message?.includes('RequestWatchProgress') === true;
}

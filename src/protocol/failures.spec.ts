import { describe, expect, it } from 'vitest';
import { WatchError, type Status, type WatchErrorKind } from '../errors.js';
import { causeOf, refusesStreaming, type Cause } from './failures.js';

/** A Status as an HTTP answer or an `ERROR` frame; what is undefined is not in it. */
function status({ http, ...status }: Status & { http?: number }): WatchError {
  return new WatchError('words', { kind: 'status', code: http, status });
}

/** An HTTP answer without a Status in it. */
function text(code: number): WatchError {
  return new WatchError('words', { kind: 'status', code });
}

function other(kind: WatchErrorKind, code?: number): WatchError {
  return new WatchError('words', { kind, code });
}

const tooLarge = 'Too large resource version';
const noProgress =
  'a watch stream was requested by the client but the required storage feature RequestWatchProgress is disabled';

describe('causeOf', () => {
  it.each<[string, WatchError, Cause]>([
    ['410 Expired (F6, ≥ 1.18)', status({ code: 410, reason: 'Expired' }), 'expired'],
    ['410 Gone (F6, ≤ 1.17)', status({ code: 410, reason: 'Gone' }), 'expired'],
    ['410 of an unknown reason (F6)', status({ code: 410, reason: 'Whatever' }), 'expired'],
    ['410 as text (C2: proxies)', text(410), 'expired'],
    ['Expired without a code', status({ reason: 'Expired' }), 'expired'],
    ['Gone without a code', status({ reason: 'Gone' }), 'expired'],

    [
      'too large, as a reason of a cause (B4, ≥ 1.19)',
      status({ code: 504, reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }),
      'ahead',
    ],
    [
      'too large, as the message of a cause (B4, 1.17.0–1.18.5)',
      status({ code: 504, reason: 'Timeout', details: { causes: [{ message: tooLarge }] } }),
      'ahead',
    ],
    [
      'too large, in the message (B4, < 1.17)',
      status({ code: 504, reason: 'Timeout', message: `Timeout: ${tooLarge}: 99999, current: 12345` }),
      'ahead',
    ],
    [
      'too large, not the first of several causes (B4)',
      status({ code: 504, details: { causes: [{ reason: 'Other' }, { reason: 'ResourceVersionTooLarge' }] } }),
      'ahead',
    ],
    [
      '429 to a list at "" for a cache that lags (F7): asking otherwise cannot help, waiting does',
      status({ code: 429, reason: 'TooManyRequests', message: `Timeout: ${tooLarge}: 99999, current: 12345` }),
      'busy',
    ],
    ['504 Timeout without that cause: the server’s own limit (B6)', status({ code: 504, reason: 'Timeout' }), 'busy'],
    [
      'a cause that only mentions it is none',
      status({ code: 500, details: { causes: [{ message: `not: ${tooLarge}` }] } }),
      'broken',
    ],

    ['401 (C8)', status({ code: 401, reason: 'Unauthorized' }), 'unauthorized'],
    ['401 as text', text(401), 'unauthorized'],
    ['403 (C9)', status({ code: 403, reason: 'Forbidden' }), 'forbidden'],
    ['403 as text', text(403), 'forbidden'],
    ['credentials that could not be obtained', other('credentials'), 'forbidden'],
    ['404 as text (C10)', text(404), 'absent'],
    ['404 as a Status', status({ code: 404, reason: 'NotFound' }), 'absent'],
    ['400 (C12)', status({ code: 400, reason: 'BadRequest' }), 'invalid'],
    ['405 (C11)', status({ code: 405, reason: 'MethodNotAllowed' }), 'invalid'],
    ['406 (C13)', status({ code: 406, reason: 'NotAcceptable' }), 'invalid'],
    ['415 (C13)', status({ code: 415, reason: 'UnsupportedMediaType' }), 'invalid'],
    ['422 (C12)', status({ code: 422, reason: 'Invalid' }), 'invalid'],

    ['StoreReadError (F9)', status({ code: 500, reason: 'StoreReadError' }), 'unreadable'],
    ['429 as a Status (C4)', status({ code: 429, reason: 'TooManyRequests' }), 'busy'],
    ['429 as text (F7)', text(429), 'busy'],
    ['503 (C15)', status({ code: 503, reason: 'ServiceUnavailable' }), 'busy'],
    ['502 with a Status', status({ code: 502 }), 'busy'],
    ['504 as text (B6)', text(504), 'busy'],
    ['a proxy’s 502 (C16)', other('gateway', 502), 'busy'],
    ['a login page with 200 (C16)', other('gateway', 200), 'busy'],
    ['a proxy’s 500', other('gateway', 500), 'busy'],

    ['500 InternalError (F8)', status({ code: 500, reason: 'InternalError' }), 'broken'],
    ['500 without a reason: an unparsable resourceVersion', status({ code: 500 }), 'broken'],
    ['500 as text: a panic', text(500), 'broken'],
    ['500 ServerTimeout', status({ code: 500, reason: 'ServerTimeout' }), 'broken'],
    ['409 and whatever else there is', status({ code: 409, reason: 'Conflict' }), 'broken'],
    ['an ERROR frame that is not a Status (D8)', status({}), 'broken'],

    ['malformed JSON (D5)', other('decode'), 'garbled'],
    ['refused, reset, a frame cut in two (F3)', other('connection'), 'unanswered'],
    ['no answer in time (F11)', other('timeout'), 'unanswered'],
  ])('%s', (_, error, expected) => {
    expect(causeOf(error)).toBe(expected);
  });
});

describe('refusesStreaming (H6)', () => {
  it.each<[string, WatchError, boolean]>([
    ['400: an odd aggregated server', status({ code: 400, reason: 'BadRequest' }), true],
    ['400 as text', text(400), true],
    ['406', status({ code: 406, reason: 'NotAcceptable' }), true],
    ['422: the gate is off', status({ code: 422, reason: 'Invalid' }), true],
    ['the etcd is too old', status({ code: 500, reason: 'InternalError', message: noProgress }), true],
    ['405: nothing can be watched there', status({ code: 405, reason: 'MethodNotAllowed' }), false],
    ['403', status({ code: 403, reason: 'Forbidden' }), false],
    ['404', text(404), false],
    ['410', status({ code: 410, reason: 'Expired' }), false],
    ['another 500: it would demote everybody to paged lists', status({ code: 500, reason: 'InternalError' }), false],
    ['429', text(429), false],
    ['503', status({ code: 503, reason: 'ServiceUnavailable' }), false],
    ['a proxy’s 400', other('gateway', 400), false],
    ['a reset', other('connection'), false],
    ['a malformed frame', other('decode'), false],
  ])('%s', (_, error, expected) => {
    expect(refusesStreaming(error)).toBe(expected);
  });
});

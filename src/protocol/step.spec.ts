import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frames, gone, line, page, refusal, reset, thing, type Thing } from '../../test/double.js';
import { WatchError, type Status } from '../errors.js';
import type { InitCause, KubernetesObject } from '../events.js';
import { MAX_FLOOR, MIN_DELAY } from './limits.js';
import type { Attempt, ListPage, ListParams, WatchFrame } from './messages.js';
import type { CoreEvent, Input, Life, Mode, Next, Phase, Plan, Request, State, Transition } from './state.js';
import { begin, step } from './step.js';

// --- what a row is made of ----------------------------------------------------------------------------------------------------

/**
 * One thing that can happen to a watch, and everything that is to come of it.
 *
 * - The name says which row or default of docs/state-machine.md it is, and which rules of docs/protocol.md it keeps.
 * - The history leads there from `begin`; its last input is what happens. A {@link Setup} may come first.
 * - The outcome is what {@link told} makes of it: `events, I #attempt ⇒ phase`. `still` says that the stream goes on. I is a failure,
 *   to be told as `interrupted`; `fatal` where the intent is to give up, and its kind where the error is the core’s own.
 */
type Row = readonly [name: string, history: History, outcome: string | RegExp];
type History = readonly (Setup | Input<Thing> | readonly Input<Thing>[])[];

/** What differs from a watch of things that lists first, by a streaming list at "". */
interface Setup {
  readonly plan?: Partial<Plan>;
  readonly mode?: Mode;
}

const paged: Setup = { mode: 'paged' };
const any: Setup = { plan: { freshness: 'any' } };
const anyPaged: Setup = { ...any, ...paged };
/** Starts at a resourceVersion of the user’s. */
const checkpoint: Setup = { plan: { resourceVersion: '7' } };

/** Refused, or broken before it was answered. */
const unaccepted: Life = { lived: undefined, frames: 0 };
const young: Life = { lived: 200, frames: 2 };
const healthy: Life = { lived: 10_000, frames: 2 };
/** Of a stream that brought a bookmark and nothing more within the idle limit. */
const silence: Life = { lived: 100_000, frames: 1 };

const frame = (frame: WatchFrame<Thing>, life = young): Input<Thing> => ({ type: 'frame', frame, life });
const opened = frame(frames.open, { lived: 0, frames: 0 });
const added = (name: string, at: number): Input<Thing> => frame(frames.added(thing(name, at)));
const modified = (name: string, at: number): Input<Thing> => frame(frames.modified(thing(name, at)));
const deleted = (name: string, at: number): Input<Thing> => frame(frames.deleted(thing(name, at)));
const bookmarkFrame = (at: number | '', more: Partial<Bookmark> = {}): Bookmark => {
  return { type: 'BOOKMARK', kind: 'Thing', resourceVersion: String(at), initialEventsEnd: false, ...more };
};
const bookmark = (at: number | '', more?: Partial<Bookmark>): Input<Thing> => frame(bookmarkFrame(at, more));
const marker = (at: number | '', kind = 'Thing'): Input<Thing> => bookmark(at, { kind, initialEventsEnd: true });
const error = (of: WatchError, life?: Life): Input<Thing> => frame(frames.error(of), life);
const failed = (of: WatchError, life = unaccepted): Input<Thing> => ({ type: 'failed', error: of, life });
const ended = (lived: number, frames: number): Input<Thing> => ({ type: 'ended', life: { lived, frames } });
const answered = (at: number, items: readonly Thing[], token?: string): Input<Thing> => listed(page(at, items, token));
const listed = (page: ListPage<Thing>): Input<Thing> => ({ type: 'page', page, life: young });
const settled: Input<Thing> = { type: 'settled' };
const silent: Input<Thing> = { type: 'silent' };
const unmarked: Input<Thing> = { type: 'unmarked' };
const probed = (error?: WatchError): Input<Thing> => ({ type: 'probed', ...(error && { error }), life: silence });
const waited: Input<Thing> = { type: 'waited', mode: 'streaming' };
const waitedPaged: Input<Thing> = { type: 'waited', mode: 'paged' };
const pause: Input<Thing> = { type: 'pause' };
const resume: Input<Thing> = { type: 'resume', mode: 'streaming' };
const resumePaged: Input<Thing> = { type: 'resume', mode: 'paged' };

type Bookmark = Extract<WatchFrame, { type: 'BOOKMARK' }>;

function times(n: number, ...inputs: readonly Input<Thing>[]): Input<Thing>[] {
  return Array.from({ length: n }, () => inputs).flat();
}

/** An object that a server should not have sent. */
function flawed(flaw: { kind?: string; name?: string; resourceVersion?: string }): Thing {
  const { kind, metadata } = thing('a', 6);
  const { kind: otherKind = kind, ...rest } = flaw;
  return { kind: otherKind, metadata: { ...metadata, ...rest } };
}

/** The kind is not the one that was asked for. */
const gadget = frame(frames.added(flawed({ kind: 'Gadget' })));
/** The first of several pages. */
const page1 = answered(5, [thing('a', 3)], 't1');
/** A streaming list of a@3, up to 5, on a server that has said `live` by it. */
const list5 = [opened, added('a', 3), marker(5)];
/** The same page by page; the watch after it is not open yet. */
const pages5 = [answered(5, [thing('a', 3)])];
/** A watch that is open at 5 after its first life ended properly. */
const resumed5 = [...list5, ended(300_000, 9), waited, opened];
/** A watch that stands at 5 and has seen a bookmark, so that its silence means something. */
const bookmarked5 = [...list5, bookmark(5)];

const broken = refusal(500, 'InternalError');
const storeRead = refusal(500, 'StoreReadError');
const tooMany = refusal(429, 'TooManyRequests', {}, 7_000);
const unavailable = refusal(503, 'ServiceUnavailable', {}, 1_000);
const unauthorized = refusal(401, 'Unauthorized');
const forbidden = refusal(403, 'Forbidden');
const absent = new WatchError('404 page not found', { kind: 'status', code: 404 });
const badRequest = refusal(400, 'BadRequest');
const notAllowed = refusal(405, 'MethodNotAllowed');
const notAcceptable = refusal(406, 'NotAcceptable');
const unsupported = refusal(415, 'UnsupportedMediaType');
const invalid = refusal(422, 'Invalid');
const gatewayTimeout = refusal(504, 'Timeout');
const noProgress = refusal(500, 'InternalError', {
  message: 'the required storage feature RequestWatchProgress is disabled',
});
const unreachable = new WatchError('ECONNREFUSED', { kind: 'connection' });
const overdue = new WatchError('no answer within 30 s', { kind: 'timeout' });
const truncated = new WatchError('the list was cut short', { kind: 'connection' });
const malformed = new WatchError('a frame that is not JSON', { kind: 'decode' });
const html = new WatchError('502 of a proxy', { kind: 'gateway', code: 502 });
const noCredentials = new WatchError('the exec plug-in failed', { kind: 'credentials' });

const tooLarge = (status: Partial<Status>, retryAfter = 1_000): WatchError =>
  refusal(504, 'Timeout', status, retryAfter);
/** The three generations of B4. */
const tooLargeSince119 = tooLarge({ details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } });
const tooLargeSince117 = tooLarge({ details: { causes: [{ message: 'Too large resource version' }] } });
const tooLargeBefore117 = tooLarge({ message: 'Timeout: Too large resource version: 99, current: 12' });

// --- the table ----------------------------------------------------------------------------------------------------------------

const table: Record<string, readonly Row[]> = {
  start: [
    ['no resourceVersion: init(start), a streaming list at "" (H1, A3)', [], 'init start ⇒ streaming ""'],
    ['no resourceVersion, paged: limit 500 at "" (A4, L5)', [paged], 'init start ⇒ listing limit=500'],
    ['the user’s page size wins (A4)', [{ ...paged, plan: { pageSize: 50 } }], 'init start ⇒ listing limit=50'],
    ['a resourceVersion from the user: no init (a checkpoint epoch)', [checkpoint], '⇒ watching 7'],
    ['… whatever the mode', [{ ...checkpoint, ...paged }], '⇒ watching 7'],
    ['freshness any: "0", whatever the server has (A1)', [any], 'init start ⇒ streaming "0"'],
    ['freshness any, paged: limit and "0" (A1)', [anyPaged], 'init start ⇒ listing limit=500 resourceVersion=0'],
  ],

  streaming: [
    ['OPEN: says nothing, live belongs to streams that resume', [opened], '⇒ still streaming ""'],
    [
      'ADDED: initApply, no resourceVersion recorded (E9)',
      [opened, added('a', 9)],
      'initApply a@9 ⇒ still streaming ""',
    ],
    [
      'MODIFIED: initApply (H2), but not by a server that heeds the parameters (H7)',
      [opened, added('a', 3), modified('a', 4)],
      'initApply a@4 ⇒ still streaming "" in doubt',
    ],
    [
      'DELETED: delete withdraws it (H2), doubt (H7)',
      [opened, added('a', 3), deleted('a', 4)],
      'delete a@4 ⇒ still streaming "" in doubt',
    ],
    ['a plain bookmark: nothing but doubt (H7)', [opened, added('a', 3), bookmark(4)], '⇒ still streaming "" in doubt'],
    ['doubt stays (H7)', [opened, bookmark(4), added('a', 3)], 'initApply a@3 ⇒ still streaming "" in doubt'],
    [
      'the marker: initDone at its resourceVersion, on the same stream (H3, H4)',
      [opened, added('b', 9), added('a', 3), marker(5)],
      'initDone 5 ⇒ still watching 5',
    ],
    ['the marker first: an empty list (B9)', [opened, marker(5)], 'initDone 5 ⇒ still watching 5'],
    [
      'the marker without a resourceVersion: I (decode), nothing to watch from (H4)',
      [opened, marker('')],
      'I #1 decode ⇒ waiting 800–1600 → list',
    ],
    [
      'the marker with "0": nothing to watch from either (A11)',
      [opened, marker(0)],
      'I #1 decode ⇒ waiting 800–1600 → list',
    ],
    ['after the marker: no second live', [list5, added('b', 6)], 'apply b@6 ⇒ still watching 6'],
    [
      'after the marker, cut: the watch resumes plainly, it does not list again (L10)',
      [list5, failed(reset, young), waited],
      '⇒ watching 5',
    ],

    ...[badRequest, notAcceptable, invalid].map((refused): Row => [
      `refused with ${refused.message}: paged at once, no I, the init stands (C13, H6)`,
      [failed(refused)],
      '⇒ listing limit=500 (paged from now on)',
    ]),
    [
      'refused as a frame, "RequestWatchProgress disabled": paged (H6)',
      [opened, error(noProgress)],
      '⇒ listing limit=500 (paged from now on)',
    ],
    [
      'refused after an initApply: paged, a new init (H6)',
      [opened, added('a', 3), error(invalid)],
      'init restart ⇒ listing limit=500 (paged from now on)',
    ],
    ['no marker in time: paged, no I (H7, W6, L37)', [opened, unmarked], '⇒ listing limit=500 (paged from now on)'],
    [
      'no marker in time after an initApply: paged, a new init (H7)',
      [opened, added('a', 3), unmarked],
      'init restart ⇒ listing limit=500 (paged from now on)',
    ],
    [
      'the fallback keeps the freshness that was asked for (A1)',
      [any, failed(invalid)],
      '⇒ listing limit=500 resourceVersion=0 (paged from now on)',
    ],
    [
      '… and the plain list refused as well: that is the error (C12)',
      [failed(invalid), failed(invalid)],
      'I #1, fatal ⇒ waiting 800–1600 → list limit=500',
    ],

    [
      'closed early: I, streaming again (H5)',
      [opened, ended(200, 0)],
      'I #1 connection ⇒ waiting 800–1600 (unanswered) → list',
    ],
    [
      'reset early, something delivered: I, init(restart) (H5, L30)',
      [opened, added('a', 3), failed(reset, young)],
      'I #1 ⇒ waiting 800–1600 (unanswered) → init restart',
    ],
    [
      '… which is said when the wait is over',
      [opened, added('a', 3), failed(reset, young), waited],
      'init restart ⇒ streaming ""',
    ],
    ['… and not said where nothing was delivered', [opened, failed(reset, young), waited], '⇒ streaming ""'],
    [
      '… and said once, however often it breaks after it',
      [opened, added('a', 3), failed(tooMany), waited, failed(tooMany), waited],
      '⇒ streaming ""',
    ],
    ['malformed early: I', [opened, failed(malformed, young)], 'I #1 ⇒ waiting 800–1600 → list'],
    [
      'silent before the marker, timed out: I, another connection',
      [opened, failed(overdue, young)],
      'I #1 ⇒ waiting 800–1600 (unanswered) → list freshConnection',
    ],
    [
      'an object without a resourceVersion: I (decode) (D7)',
      [opened, frame(frames.added(flawed({ resourceVersion: '' })))],
      'I #1 decode ⇒ waiting 800–1600 → list',
    ],
    ...(
      [
        ['closed', ended(200, 1), 'I #2 connection ⇒ waiting 1600–3200 (unanswered)'],
        ['reset', failed(reset, young), 'I #2 ⇒ waiting 1600–3200 (unanswered)'],
        ['malformed', failed(malformed, young), 'I #1 ⇒ waiting 800–1600'],
        ['closed after a healthy life', ended(60_000, 1), 'I #1 connection ⇒ waiting 800–1600 (unanswered)'],
      ] as const
    ).map(([how, input, told]): Row => [
      `${how} early the second time: paged (a short-lived proxy would livelock it)`,
      [opened, failed(reset, young), waited, opened, input],
      `${told} → list (paged from now on)`,
    ]),
    [
      'the second time counts from the last complete list',
      [opened, failed(reset, young), waited, list5, error(gone), waited, opened, failed(reset, young)],
      'I #2 ⇒ waiting 1600–3200 (unanswered) → list',
    ],
    [
      'refused to open is no break-off, as often as it takes: streaming stays (H6)',
      [times(9, failed(unreachable), waited), failed(unreachable)],
      'I #10 ⇒ waiting 3400–4000 (unanswered) → list',
    ],
    ...(
      [
        ['429 as a status', failed(tooMany), 'waiting 800–1600 floor 7000 → list'],
        ['429 as a frame', error(tooMany), 'waiting 800–1600 floor 7000 → list'],
        ['503', failed(unavailable), 'waiting 800–1600 floor 1000 → list freshConnection'],
        ['500 as a status (H6)', failed(broken), 'waiting 800–1600 → list'],
        ['500 as a frame (H6)', error(broken), 'waiting 800–1600 → list'],
        ['StoreReadError', error(storeRead), 'waiting 800–1600 → list'],
        ['a proxy’s HTML', failed(html), 'waiting 800–1600 (unanswered) → list'],
        ['refused', failed(unreachable), 'waiting 800–1600 (unanswered) → list'],
      ] as const
    ).map(([how, input, then]): Row => [`${how}: I, then streaming again`, [input], `I #1 ⇒ ${then}`]),
    [
      '429 as a frame after an initApply: I, init(restart)',
      [opened, added('a', 3), error(tooMany)],
      'I #1 ⇒ waiting 800–1600 floor 7000 → init restart',
    ],
    [
      'streaming lists are tried again at an init once they may work (H6)',
      [paged, pages5, error(gone), waited],
      'init expired ⇒ streaming ""',
    ],
    [
      'the mode that is known when the wait is over counts',
      [failed(tooMany), waitedPaged],
      '⇒ listing limit=500 (paged from now on)',
    ],
  ],

  listing: [
    [
      'a page with a token: its objects, then the next page (A7, L1)',
      [paged, answered(5, [thing('a', 3), thing('b', 4)], 't1')],
      'initApply a@3, initApply b@4 ⇒ listing limit=500 continue=t1',
    ],
    [
      '… without resourceVersion, which is an error on later pages (A5, L4)',
      [anyPaged, page1],
      'initApply a@3 ⇒ listing limit=500 continue=t1',
    ],
    [
      'an empty page with a token is not the end, but may come without end: the next one a moment later (B9)',
      [paged, answered(5, [], 't1')],
      '⇒ waiting 100–100 → list limit=500 continue=t1',
    ],
    [
      'an empty page with a token: … then the rest (B9)',
      [paged, answered(5, [], 't1'), waitedPaged],
      '⇒ listing limit=500 continue=t1',
    ],
    [
      'the last page: its objects, initDone, watching',
      [paged, answered(5, [thing('a', 3)])],
      'initApply a@3, initDone 5 ⇒ watching 5',
    ],
    [
      'the first page’s resourceVersion counts (A6)',
      [paged, page1, answered(6, [thing('b', 6)], 't2'), answered(8, [thing('c', 8)])],
      'initApply c@8, initDone 5 ⇒ watching 5',
    ],
    [
      '… also after pages that were asked for again (A6)',
      [paged, page1, failed(reset), waitedPaged, answered(8, [thing('c', 8)])],
      'initApply c@8, initDone 5 ⇒ watching 5',
    ],
    [
      '… but not that of a list that was begun again (A6)',
      [paged, page1, times(3, failed(reset), waitedPaged), answered(8, [thing('c', 8)])],
      'initApply c@8, initDone 8 ⇒ watching 8',
    ],
    ['an empty list (B9)', [paged, answered(5, [])], 'initDone 5 ⇒ watching 5'],
    ['an empty token is none (A7, L2)', [paged, answered(5, [], '')], 'initDone 5 ⇒ watching 5'],
    [
      'a list without a resourceVersion: I (decode), nothing of it delivered (L3)',
      [paged, listed({ ...page(5, [thing('a', 3)]), resourceVersion: '' })],
      'I #1 decode ⇒ waiting 800–1600 → list limit=500',
    ],
    [
      'a list at "0": nothing can be watched from there (A11, E9)',
      [paged, answered(0, [thing('a', 3)])],
      'I #1 decode ⇒ waiting 800–1600 → list limit=500',
    ],
    [
      'an object without a resourceVersion: I (decode), nothing of the page delivered (D7, B8)',
      [paged, answered(5, [thing('a', 3), flawed({ resourceVersion: '' })])],
      'I #1 decode ⇒ waiting 800–1600 → list limit=500',
    ],
    [
      'an object without a name: I (decode)',
      [paged, answered(5, [flawed({ name: '' })])],
      'I #1 decode ⇒ waiting 800–1600 → list limit=500',
    ],

    ...(
      [
        ['429 (B5)', failed(tooMany), 'waiting 800–1600 floor 7000 → list limit=500 continue=t1'],
        ['500', failed(broken), 'waiting 800–1600 → list limit=500 continue=t1'],
        ['503 (C15)', failed(unavailable), 'waiting 800–1600 floor 1000 → list limit=500 continue=t1 freshConnection'],
        ['504, the server’s own limit (B6)', failed(gatewayTimeout), 'waiting 800–1600 → list limit=500 continue=t1'],
        ['a proxy’s HTML', failed(html), 'waiting 800–1600 (unanswered) → list limit=500 continue=t1'],
        ['reset', failed(reset), 'waiting 800–1600 (unanswered) → list limit=500 continue=t1'],
        [
          'no answer in time',
          failed(overdue),
          'waiting 800–1600 (unanswered) → list limit=500 continue=t1 freshConnection',
        ],
        ['truncated (B12)', failed(truncated), 'waiting 800–1600 (unanswered) → list limit=500 continue=t1'],
        ['malformed', failed(malformed), 'waiting 800–1600 → list limit=500 continue=t1'],
      ] as const
    ).map(([how, input, then]): Row => [`${how}: I, the same page again`, [paged, page1, input], `I #1 ⇒ ${then}`]),
    [
      'ended without a page: I, the same page again',
      [paged, ended(0, 0)],
      'I #1 connection ⇒ waiting 800–1600 (unanswered) → list limit=500',
    ],
    [
      'the same page again is the same request, and no init',
      [paged, page1, failed(broken), waitedPaged],
      '⇒ listing limit=500 continue=t1',
    ],
    [
      '… even if streaming lists work by now',
      [paged, page1, failed(broken), waited],
      '⇒ listing limit=500 continue=t1',
    ],
    [
      'the third time at one page: I, init(restart)',
      [paged, page1, times(2, failed(broken), waitedPaged), failed(broken)],
      'I #3 ⇒ waiting 3200–6400 → init restart',
    ],
    [
      '… from the first page',
      [paged, page1, times(2, failed(broken), waitedPaged), failed(broken), waitedPaged],
      'init restart ⇒ listing limit=500',
    ],
    [
      '… without init where nothing was delivered',
      [paged, times(2, failed(broken), waitedPaged), failed(broken), waitedPaged],
      '⇒ listing limit=500',
    ],
    [
      '… and the list that was begun again has three times too',
      [paged, times(3, failed(broken), waitedPaged), failed(broken)],
      'I #4 ⇒ waiting 6400–12800 → list limit=500',
    ],
    [
      'each page has three times',
      [paged, page1, times(2, failed(broken), waitedPaged), answered(5, [thing('b', 4)], 't2'), failed(broken)],
      'I #3 ⇒ waiting 3200–6400 → list limit=500 continue=t2',
    ],

    [
      '410 on a later page: I, init(expired), the offered token is never used (B2)',
      [paged, page1, failed(gone)],
      'I #1 ⇒ waiting 0–1000 → init expired unpaged',
    ],
    [
      '… the whole list unpaged at "" (B2)',
      [anyPaged, page1, failed(gone), waitedPaged],
      'init expired ⇒ listing unpaged',
    ],
    [
      '… also where streaming lists work by now',
      [paged, page1, failed(gone), waited],
      'init expired ⇒ listing unpaged',
    ],
    [
      '… and 410 again: by the ladder, as usual (B2)',
      [paged, page1, failed(gone), waitedPaged, failed(gone)],
      'I #2 ⇒ waiting 800–1600 → list',
    ],
    [
      'too large on a later page: init(expired), as something was delivered (B4)',
      [paged, page1, failed(tooLargeSince119)],
      'I #1 ⇒ waiting 0–1000 → init expired',
    ],
    [
      'a server that pages an unpaged list keeps doing so (A5)',
      [paged, page1, failed(gone), waitedPaged, answered(9, [thing('a', 3)], 't9')],
      'initApply a@3 ⇒ listing continue=t9',
    ],
    [
      '400 on a later page: it is the token that is refused, I, init(restart)',
      [paged, page1, failed(badRequest)],
      'I #1 ⇒ waiting 800–1600 → init restart',
    ],
    [
      '401 on a later page: the same page with fresh credentials, at once',
      [paged, page1, failed(unauthorized)],
      '⇒ listing limit=500 continue=t1 refreshCredentials',
    ],
    [
      '404 on a later page of a relist: from the first page (C10)',
      [paged, pages5, error(gone), waitedPaged, answered(9, [thing('a', 3)], 't1'), failed(absent)],
      'I #2 ⇒ waiting 1600–3200 → init restart',
    ],
  ],

  'any list': [
    ...(
      [
        ['410 (B3)', gone],
        ['too large, ≥ 1.19 (B4, W10)', tooLargeSince119],
        ['too large, 1.17 (B4)', tooLargeSince117],
        ['too large, < 1.17 (B4)', tooLargeBefore117],
      ] as const
    ).flatMap(([what, refused]): Row[] => [
      [
        `${what} on the first page: I, once within 0–1 s, whatever its Retry-After`,
        [anyPaged, failed(refused)],
        'I #1 ⇒ waiting 0–1000 → list',
      ],
      [`${what}: … and at "" (A3)`, [anyPaged, failed(refused), waitedPaged], '⇒ listing limit=500'],
      [
        `${what}: the second time by the ladder`,
        [paged, failed(refused), waitedPaged, failed(refused)],
        /^I #2 ⇒ waiting 800–1600 (floor 1000 )?→ list$/,
      ],
      [
        `${what} as a frame of a streaming list: the same (F10)`,
        [any, opened, error(refused)],
        'I #1 ⇒ waiting 0–1000 → list',
      ],
      [
        `${what} as a frame of a streaming list: … and at "" (A3)`,
        [any, opened, error(refused), waited],
        '⇒ streaming ""',
      ],
    ]),
    [
      'B4 is exempt from its Retry-After as its parameters change; unchanged ones are a retry, and the floor holds',
      [
        paged,
        failed(tooLargeSince119),
        waitedPaged,
        failed(tooLarge({ details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }, 30_000)),
      ],
      'I #2 ⇒ waiting 800–1600 floor 30000 → list',
    ],
    [
      '429 "Too large" to a list at "": nothing to ask otherwise, so wait as it says (F7)',
      [paged, failed(refusal(429, 'TooManyRequests', { message: 'Timeout: Too large resource version: 9' }, 5_000))],
      'I #1 ⇒ waiting 800–1600 floor 5000 → list limit=500',
    ],
    [
      '410 after something of a streaming list was delivered: init(expired)',
      [opened, added('a', 3), error(gone)],
      'I #1 ⇒ waiting 0–1000 → init expired',
    ],
    [
      'freshness any: a relist is not older than what is known, and streamed (A2, H1, L36)',
      [any, list5, error(storeRead), waited],
      'init stuck ⇒ streaming "5"',
    ],
    [
      'freshness any, paged: … without limit, which would mean that very one (A2)',
      [anyPaged, pages5, error(storeRead), waitedPaged],
      'init stuck ⇒ listing unpaged resourceVersion=5',
    ],
    ['freshness any: after a 410 at "" (A3)', [any, list5, error(gone), waited], 'init expired ⇒ streaming ""'],
    [
      'freshness any, paged: after a 410 at "" (A3)',
      [anyPaged, pages5, error(gone), waitedPaged],
      'init expired ⇒ listing limit=500',
    ],
    [
      'freshness any: "" lasts until a list is complete (A3)',
      [anyPaged, pages5, error(gone), waitedPaged, times(2, failed(broken), waitedPaged), failed(broken), waitedPaged],
      '⇒ listing limit=500',
    ],
    [
      'freshness any: … and no longer (A2)',
      [
        anyPaged,
        pages5,
        error(gone),
        waitedPaged,
        answered(9, []),
        error(storeRead),
        waitedPaged,
        failed(unauthorized),
      ],
      '⇒ listing unpaged resourceVersion=9 refreshCredentials',
    ],
    [
      'freshness latest: a relist is at "", whatever is known (A2, L36)',
      [list5, error(storeRead), waited],
      'init stuck ⇒ streaming ""',
    ],
    [
      'freshness latest, paged: … with limit (A2)',
      [paged, pages5, error(storeRead), waitedPaged],
      'init stuck ⇒ listing limit=500',
    ],
  ],

  live: [
    ['OPEN alone is not live: a 410 is a 200 too (C1)', [paged, pages5, opened], '⇒ still watching 5'],
    [
      'a first frame: live, then what it says',
      [paged, pages5, opened, added('b', 6)],
      'live 5, apply b@6 ⇒ still watching 6',
    ],
    ['a first frame that is a bookmark: live', [resumed5, bookmark(9)], 'live 5, bookmark 9 ⇒ still watching 9'],
    ['1 s after the 200 without a frame: live', [resumed5, settled], 'live 5 ⇒ still watching 5'],
    ['live is said once a stream', [resumed5, added('b', 6), settled], '⇒ still watching 6'],
    [
      '… also when it settled before its first frame',
      [resumed5, settled, added('b', 6)],
      'apply b@6 ⇒ still watching 6',
    ],
    ['a first frame that is ERROR: not live (C1)', [resumed5, error(gone)], 'I #1 ⇒ waiting 0–1000 → init expired'],
    [
      'a first frame that is malformed: not live',
      [resumed5, frame(frames.added(flawed({ resourceVersion: '' })))],
      'I #1 decode ⇒ waiting 800–1600 → watch 5',
    ],
    ['a checkpoint is resumed from too', [checkpoint, opened, settled], 'live 7 ⇒ still watching 7'],
  ],

  watching: [
    ['ADDED: apply, and its resourceVersion (E1)', [list5, added('b', 6)], 'apply b@6 ⇒ still watching 6'],
    ['ADDED of what is known: apply (E4)', [list5, added('a', 6)], 'apply a@6 ⇒ still watching 6'],
    ['MODIFIED: apply (E1)', [list5, modified('a', 6)], 'apply a@6 ⇒ still watching 6'],
    [
      'DELETED: delete, and the resourceVersion of the deletion (E2)',
      [list5, deleted('a', 6)],
      'delete a@6 ⇒ still watching 6',
    ],
    [
      'the frame’s resourceVersion counts, not the greatest (E1, J3)',
      [list5, added('b', 55), added('c', 32)],
      'apply c@32 ⇒ still watching 32',
    ],
    [
      'a resourceVersion that is no number is passed on as it is (J1)',
      [list5, frame(frames.added(flawed({ resourceVersion: 'a1/b2' })))],
      'apply a@a1/b2 ⇒ still watching a1/b2',
    ],
    ['BOOKMARK: bookmark, and its resourceVersion (E7, E8)', [list5, bookmark(9)], 'bookmark 9 ⇒ still watching 9'],
    ['… from which the watch resumes (E8, L9)', [list5, bookmark(9), ended(300_000, 2), waited], '⇒ watching 9'],
    ['BOOKMARK of the present resourceVersion: bookmark', [list5, bookmark(5)], 'bookmark 5 ⇒ still watching 5'],
    ['BOOKMARK with "": a sign of life and no more (D7, L34)', [list5, bookmark('')], '⇒ still watching 5'],
    ['BOOKMARK with "" as the first frame: live (C1)', [resumed5, bookmark('')], 'live 5 ⇒ still watching 5'],
    [
      'BOOKMARK with "0": as with "", nothing can be watched from there (A11)',
      [list5, bookmark(0)],
      '⇒ still watching 5',
    ],
    ['a second marker is a bookmark', [list5, marker(9)], 'bookmark 9 ⇒ still watching 9'],

    ['a frame repeated exactly: nothing (E4)', [list5, added('b', 6), added('b', 6)], '⇒ still watching 6'],
    [
      'a frame repeated after a reconnect: nothing but live (E4)',
      [list5, modified('a', 6), failed(reset, young), waited, opened, modified('a', 6)],
      'live 6 ⇒ still watching 6',
    ],
    [
      'the same object at the same resourceVersion, but deleted: delete',
      [list5, modified('a', 6), deleted('a', 6)],
      'delete a@6 ⇒ still watching 6',
    ],
    [
      'another object at the same resourceVersion: no repetition',
      [list5, modified('a', 6), modified('b', 6)],
      'apply b@6 ⇒ still watching 6',
    ],
    [
      '… even if neither has a uid, as of some aggregated servers',
      [list5, frame(frames.modified(thing('a', 6, ''))), frame(frames.modified(thing('b', 6, '')))],
      'apply b@6 ⇒ still watching 6',
    ],
    [
      'the same again after something else: no repetition',
      [list5, modified('a', 6), modified('a', 8), modified('a', 6)],
      'apply a@6 ⇒ still watching 6',
    ],

    ...(
      [
        ['malformed (D5, L35)', failed(malformed, young), ''],
        ['wrong kind (D6)', gadget, ' decode'],
        ['no resourceVersion (D7)', frame(frames.modified(flawed({ resourceVersion: '' }))), ' decode'],
        ['resourceVersion "0" (A11)', frame(frames.modified(flawed({ resourceVersion: '0' }))), ' decode'],
        ['no name (D7)', frame(frames.deleted(flawed({ name: '' }))), ' decode'],
      ] as const
    ).flatMap(([what, input, own]): Row[] => [
      [
        `${what}: I (decode), watch at the same resourceVersion`,
        [list5, input],
        `I #1${own} ⇒ waiting 800–1600 → watch 5`,
      ],
      [
        `${what}, twice at one resourceVersion: I, init(stuck)`,
        [list5, input, waited, opened, input],
        `I #2${own} ⇒ waiting 1600–3200 → init stuck`,
      ],
      [
        `${what}, twice but with progress between: watch again`,
        [list5, input, waited, opened, added('b', 6), input],
        `I #2${own} ⇒ waiting 1600–3200 → watch 6`,
      ],
    ]),
    [
      'a bookmark that does not say its kind is taken (E7)',
      [list5, bookmark(9, { kind: undefined })],
      'bookmark 9 ⇒ still watching 9',
    ],
    [
      'what comes after a malformed frame is not applied: never skip (D5)',
      [list5, frame(frames.modified(flawed({ resourceVersion: '' }))), added('b', 9)],
      '⇒ still waiting 800–1600 → watch 5',
    ],
    [
      'a truncated tail is a reset, not malformed: never stuck (D3)',
      [list5, times(3, failed(truncated, young), waited, opened), failed(truncated, young)],
      'I #4 ⇒ waiting 3400–4000 (unanswered) → watch 5',
    ],

    ...(
      [
        ['410 as a frame (C1, F6)', error(gone)],
        ['410 as a status (C2, L32)', failed(gone)],
        ['410 Gone (F6, ≤ 1.17)', error(refusal(410, 'Gone'))],
      ] as const
    ).map(([what, input]): Row => [
      `${what}: I, init(expired) within 0–1 s`,
      [list5, input],
      'I #1 ⇒ waiting 0–1000 → init expired',
    ]),
    ['410: … and a list at "" (F6)', [list5, error(gone), waited], 'init expired ⇒ streaming ""'],
    ['410 at a checkpoint: the first init', [checkpoint, opened, error(gone), waited], 'init expired ⇒ streaming ""'],
    ['410 at a checkpoint is no refusal: not fatal', [checkpoint, error(gone)], 'I #1 ⇒ waiting 0–1000 → init expired'],
    [
      'a second 410 without a healthy life: the ladder, though there was an initDone (F6)',
      [list5, error(gone), waited, list5, error(gone)],
      'I #2 ⇒ waiting 800–1600 → init expired',
    ],
    [
      'a second 410 after a healthy life: soon again (F6)',
      [list5, error(gone), waited, list5, error(gone, healthy)],
      'I #1 ⇒ waiting 0–1000 → init expired',
    ],
    [
      'the routine restart of a server: healthy life, close, 410 at once: soon (F6)',
      [list5, error(gone), waited, list5, ended(60_000, 4), waited, opened, error(gone)],
      'I #1 ⇒ waiting 0–1000 → init expired',
    ],
    [
      'the second 410 amid other failures: by a count of its own',
      [list5, error(gone), waited, list5, times(4, failed(unavailable), waited), error(gone)],
      'I #6 ⇒ waiting 800–1600 → init expired',
    ],
    [
      'the first 410 is soon even amid other failures',
      [list5, times(3, failed(unavailable), waited), error(gone)],
      'I #4 ⇒ waiting 0–1000 → init expired',
    ],
    ['StoreReadError: I, init(stuck) (F9)', [list5, error(storeRead)], 'I #1 ⇒ waiting 800–1600 → init stuck'],
    [
      'StoreReadError again without a healthy life: the ladder (no hot loop, invariant 8)',
      [list5, error(storeRead), waited, list5, error(storeRead)],
      'I #2 ⇒ waiting 1600–3200 → init stuck',
    ],
    [
      'too large: the server was restored from a backup: I, init(rollback) (J5, L33)',
      [list5, error(tooLargeSince119)],
      'I #1 ⇒ waiting 0–1000 → init rollback',
    ],

    ...(
      [
        ['refused (C5)', failed(unreachable), 'waiting 800–1600 (unanswered) → watch 5'],
        ['reset before it was accepted (C6)', failed(reset), 'waiting 800–1600 (unanswered) → watch 5'],
        ['reset (F3)', failed(reset, young), 'waiting 800–1600 (unanswered) → watch 5'],
        ['no answer in time', failed(overdue), 'waiting 800–1600 (unanswered) → watch 5 freshConnection'],
        ['429 as a status (C4, F7)', failed(tooMany), 'waiting 800–1600 floor 7000 → watch 5'],
        ['429 as a frame (F7, W4)', error(tooMany), 'waiting 800–1600 floor 7000 → watch 5'],
        ['503 (C10b, C15)', failed(unavailable), 'waiting 800–1600 floor 1000 → watch 5 freshConnection'],
        ['504 of the server (B6)', failed(gatewayTimeout), 'waiting 800–1600 → watch 5'],
        ['a proxy’s HTML (C16)', failed(html), 'waiting 800–1600 (unanswered) → watch 5'],
      ] as const
    ).flatMap(([what, input, then]): Row[] => [
      [`${what}: I, then watch at the same resourceVersion`, [list5, input], `I #1 ⇒ ${then}`],
      [
        `${what}: … as often as it takes, never stuck (F1, F4)`,
        [list5, times(19, input, waited), input],
        /^I #20 ⇒ .* → watch 5( freshConnection)?$/,
      ],
    ]),

    ...(
      [
        ['500 as a frame (F8)', error(broken)],
        ['500 as a status (C14, W3, L33)', failed(broken)],
        ['an ERROR frame that is no Status (D8)', error(new WatchError('an error without words', { kind: 'status' }))],
      ] as const
    ).flatMap(([what, input]): Row[] => [
      [`${what}: I, then watch at the same resourceVersion`, [list5, input], 'I #1 ⇒ waiting 800–1600 → watch 5'],
      [`${what}, twice: the same`, [list5, input, waited, input], 'I #2 ⇒ waiting 1600–3200 → watch 5'],
      [
        `${what}, three times at one resourceVersion: I, init(stuck)`,
        [list5, times(2, input, waited), input],
        'I #3 ⇒ waiting 3200–6400 → init stuck',
      ],
    ]),
    [
      'what was stuck is forgotten at a new resourceVersion',
      [list5, times(2, failed(broken), waited), opened, added('b', 6), error(broken)],
      'I #3 ⇒ waiting 3200–6400 → watch 6',
    ],
    [
      '… of a bookmark too',
      [list5, times(2, failed(broken), waited), opened, bookmark(9), error(broken)],
      'I #3 ⇒ waiting 3200–6400 → watch 9',
    ],
    [
      '… but neither by a bookmark of the same one',
      [list5, times(2, failed(broken), waited), opened, bookmark(5), error(broken)],
      'I #3 ⇒ waiting 3200–6400 → init stuck',
    ],
    [
      '… but by a healthy life there: the resourceVersion cannot be to blame',
      [list5, times(2, failed(broken), waited), opened, failed(broken, healthy)],
      'I #1 ⇒ waiting 800–1600 → watch 5',
    ],
    [
      'a bookmark of another kind: only its resourceVersion means something (E7)',
      [list5, bookmark(9, { kind: 'Gadget' })],
      'bookmark 9 ⇒ still watching 9',
    ],
    [
      '… but by a complete list',
      [list5, times(2, failed(broken), waited), failed(absent), waited, opened, marker(5), error(broken)],
      'I #4 ⇒ waiting 6400–12800 → watch 5',
    ],
    [
      'after init(stuck) the count begins anew',
      [list5, times(3, failed(broken), waited), opened, marker(5), failed(broken)],
      'I #4 ⇒ waiting 6400–12800 → watch 5',
    ],
  ],

  'watching, closed': [
    [
      'after a healthy life: nothing is said, at once, small jitter (F1)',
      [list5, ended(300_000, 9)],
      '⇒ waiting 0–100 → watch 5',
    ],
    ['… which begins at 10 s', [list5, ended(10_000, 1)], '⇒ waiting 0–100 → watch 5'],
    ['… and needs no frame', [list5, ended(10_000, 0)], '⇒ waiting 0–100 → watch 5'],
    [
      'after 1 s with frames: nothing is said, starts are 5 s apart (F5)',
      [list5, ended(1_000, 3)],
      '⇒ waiting 4000–5000 → watch 5',
    ],
    ['after 4 s with frames: the rest of the 5 s (F5)', [list5, ended(4_000, 3)], '⇒ waiting 1000–2000 → watch 5'],
    ['after 9 s with frames: soon, no negative wait (F5)', [list5, ended(9_000, 3)], '⇒ waiting 0–1000 → watch 5'],
    [
      'under 1 s with frames: I, the ladder (F5, W1)',
      [list5, ended(999, 3)],
      'I #1 connection ⇒ waiting 800–1600 → watch 5',
    ],
    [
      'without a frame under 10 s: I, the ladder',
      [list5, ended(9_999, 0)],
      'I #1 connection ⇒ waiting 800–1600 → watch 5',
    ],
    [
      'without having been accepted: as under 1 s',
      [list5, failed(reset, young), waited, { type: 'ended', life: unaccepted }],
      'I #1 connection ⇒ waiting 800–1600 → watch 5',
    ],
    [
      'the second under 1 s without a frame (F4, L29): I, the ladder',
      [list5, ended(500, 0), waited, ended(500, 0)],
      'I #2 connection ⇒ waiting 1600–3200 → watch 5',
    ],
    [
      'the third under 1 s without a frame (F4): I, init(stuck)',
      [list5, times(2, ended(500, 0), waited), ended(500, 0)],
      'I #3 connection ⇒ waiting 3200–6400 → init stuck',
    ],
    [
      '… with frames it is not stuck, as often as it takes (F5)',
      [list5, times(9, ended(500, 1), waited), ended(500, 1)],
      'I #10 connection ⇒ waiting 30000–60000 → watch 5',
    ],
    [
      '… after 1–10 s without a frame neither',
      [list5, times(9, ended(5_000, 0), waited), ended(5_000, 0)],
      'I #10 connection ⇒ waiting 30000–60000 → watch 5',
    ],
    [
      '… and a frame between them begins the count anew',
      [list5, times(2, ended(500, 0), waited), opened, added('b', 6), ended(500, 1), waited, ended(500, 0)],
      'I #4 connection ⇒ waiting 6400–12800 → watch 6',
    ],
    [
      '… and so does a complete list',
      [paged, pages5, times(2, ended(500, 0), waitedPaged), error(gone), waitedPaged, answered(9, []), ended(500, 0)],
      'I #4 connection ⇒ waiting 6400–12800 → watch 9',
    ],
    [
      '… and so does a healthy life',
      [list5, times(2, ended(500, 0), waited), ended(300_000, 0), waited, ended(500, 0)],
      'I #1 connection ⇒ waiting 800–1600 → watch 5',
    ],
    [
      'the reconnect of a healthy life asks plainly, with the resourceVersion (A11, L10)',
      [list5, added('b', 6), ended(300_000, 3), waited],
      '⇒ watching 6',
    ],
  ],

  probing: [
    [
      'watching, silent beyond the idle limit: the question, the stream kept (F11)',
      [bookmarked5, silent],
      '⇒ still probing 5 limit=1 resourceVersion=5 resourceVersionMatch=NotOlderThan',
    ],
    [
      'who sends the marker sends bookmarks: as for one that sent some (F11)',
      [list5, silent, probed()],
      '⇒ waiting 0–100 → watch 5 freshConnection',
    ],
    [
      'whether bookmarks were seen or not: a resourceVersion of the user’s may be of the future (C3)',
      [checkpoint, opened, settled, silent],
      '⇒ still probing 7 limit=1 resourceVersion=7 resourceVersionMatch=NotOlderThan',
    ],
    [
      '200, and no bookmarks were seen: it is quiet',
      [checkpoint, opened, settled, silent, probed()],
      '⇒ still watching 7',
    ],
    [
      '… which is asked again: it may be restored later (J5)',
      [checkpoint, opened, settled, silent, probed(), silent],
      '⇒ still probing 7 limit=1 resourceVersion=7 resourceVersionMatch=NotOlderThan',
    ],
    [
      '… a refusal is no worse than a 200',
      [checkpoint, opened, settled, silent, probed(forbidden)],
      '⇒ still watching 7',
    ],
    [
      'bookmarks seen by an earlier stream count',
      [bookmarked5, ended(300_000, 3), waited, opened, settled, silent, probed()],
      '⇒ waiting 0–100 → watch 5 freshConnection',
    ],
    [
      '200, where bookmarks came: the server is there, but the path of this stream may be dead: watch again, another connection (F11)',
      [bookmarked5, silent, probed()],
      '⇒ waiting 0–100 → watch 5 freshConnection',
    ],
    [
      '… which is silent, too: there are no bookmarks any more, and the stream stays',
      [bookmarked5, silent, probed(), waited, opened, settled, silent, probed()],
      '⇒ still watching 5 freshConnection',
    ],
    [
      '… until a bookmark comes',
      [bookmarked5, silent, probed(), waited, opened, bookmark(9), silent, probed()],
      '⇒ waiting 0–100 → watch 9 freshConnection',
    ],
    [
      '… another frame is none',
      [bookmarked5, silent, probed(), waited, opened, added('b', 6), silent, probed()],
      '⇒ still watching 6 freshConnection',
    ],
    [
      'too large: I, init(rollback)',
      [bookmarked5, silent, probed(tooLargeSince119)],
      'I #1 ⇒ waiting 0–1000 → init rollback',
    ],
    [
      'too large: … at "", whatever the freshness (A3)',
      [any, bookmarked5, silent, probed(tooLargeSince119), waited],
      'init rollback ⇒ streaming ""',
    ],
    [
      'no answer: I, a fresh connection, watch at the same resourceVersion (F11)',
      [bookmarked5, silent, probed(overdue)],
      'I #1 ⇒ waiting 800–1600 (unanswered) → watch 5 freshConnection',
    ],
    [
      'a gateway answers for the server: as no answer',
      [bookmarked5, silent, probed(html)],
      'I #1 ⇒ waiting 800–1600 (unanswered) → watch 5 freshConnection',
    ],
    [
      'a silent stream had a healthy life: its failure is attempt 1 (G2)',
      [list5, times(3, failed(unreachable), waited), opened, bookmark(5), silent, probed(overdue)],
      'I #1 ⇒ waiting 800–1600 (unanswered) → watch 5 freshConnection',
    ],
    [
      'refused (403): the server is there',
      [bookmarked5, silent, probed(forbidden)],
      '⇒ waiting 0–100 → watch 5 freshConnection',
    ],
    [
      '… but that is no answer of a server without bookmarks: the next silence is doubted as this one',
      [bookmarked5, silent, probed(forbidden), waited, opened, settled, silent, probed()],
      '⇒ waiting 0–100 → watch 5 freshConnection',
    ],
    ['an overload (429): the server is there', [bookmarked5, silent, probed(tooMany)], '⇒ still watching 5'],
    [
      '… but in trouble, as one that is being restored: it is asked again',
      [bookmarked5, silent, probed(tooMany), silent],
      '⇒ still probing 5 limit=1 resourceVersion=5 resourceVersionMatch=NotOlderThan',
    ],
    ['a frame answers the question', [bookmarked5, silent, added('b', 6)], 'apply b@6 ⇒ still watching 6'],
    ['… and a later answer is of no use', [bookmarked5, silent, added('b', 6), probed(overdue)], '⇒ still watching 6'],
    [
      'the stream ends meanwhile: as when watching',
      [bookmarked5, silent, ended(300_000, 3)],
      '⇒ waiting 0–100 → watch 5',
    ],
    [
      'the stream breaks meanwhile: as when watching',
      [bookmarked5, silent, failed(reset, healthy)],
      'I #1 ⇒ waiting 800–1600 (unanswered) → watch 5',
    ],
    ['410 meanwhile: as when watching', [bookmarked5, silent, error(gone)], 'I #1 ⇒ waiting 0–1000 → init expired'],
    [
      'settled meanwhile: live, still asking',
      [bookmarked5, ended(300_000, 3), waited, opened, silent, settled],
      'live 5 ⇒ still probing 5 limit=1 resourceVersion=5 resourceVersionMatch=NotOlderThan',
    ],
  ],

  'refused (400, 401, 403, 404, 405, 422)': [
    [
      'the first 401: no event, fresh credentials, at once (C8)',
      [failed(unauthorized)],
      '⇒ streaming "" refreshCredentials',
    ],
    ['the first 401 of a paged list', [paged, failed(unauthorized)], '⇒ listing limit=500 refreshCredentials'],
    [
      'the first 401 of a watch',
      [list5, ended(300_000, 3), waited, failed(unauthorized)],
      '⇒ watching 5 refreshCredentials',
    ],
    ['the first 401 as a frame', [resumed5, error(unauthorized)], '⇒ watching 5 refreshCredentials'],
    [
      'the first 401 in the middle of a streaming list: a new init',
      [opened, added('a', 3), error(unauthorized)],
      'init restart ⇒ streaming "" refreshCredentials',
    ],
    [
      'a second 401, never worked: fatal',
      [failed(unauthorized), failed(unauthorized)],
      'I #1, fatal ⇒ waiting 800–1600 → list refreshCredentials',
    ],
    [
      'a second 401, worked: the slow ladder, with fresh credentials each time (C8)',
      [list5, ended(300_000, 3), waited, failed(unauthorized), failed(unauthorized)],
      'I #1 ⇒ waiting 800–1600 → watch 5 refreshCredentials',
    ],
    [
      '… as often as it takes, never stuck',
      [list5, failed(unauthorized), times(9, failed(unauthorized), waited), failed(unauthorized)],
      'I #10 ⇒ waiting 10000–15000 → watch 5 refreshCredentials',
    ],
    [
      'reauthed clears when a watch is accepted',
      [list5, failed(unauthorized), opened, bookmark(9), ended(300_000, 3), waited, failed(unauthorized)],
      '⇒ watching 9 refreshCredentials',
    ],
    [
      'reauthed clears with a page',
      [paged, failed(unauthorized), answered(5, [thing('a', 3)], 't1'), failed(unauthorized)],
      '⇒ listing limit=500 continue=t1 refreshCredentials',
    ],
    [
      'reauthed does not clear with another failure',
      [failed(unauthorized), failed(unavailable), waited, failed(unauthorized)],
      'I #2, fatal ⇒ waiting 1600–3200 → list refreshCredentials',
    ],
    [
      '401 in a frame of every stream that is accepted: only the first at once (invariant 8)',
      [list5, failed(unauthorized), opened, error(unauthorized)],
      'I #1 ⇒ waiting 800–1600 → watch 5 refreshCredentials',
    ],

    ...([forbidden, absent, notAllowed, unsupported, noCredentials] as const).map((refused): Row => [
      `${refused.message}, never worked, streaming list: fatal`,
      [failed(refused)],
      'I #1, fatal ⇒ waiting 800–1600 → list',
    ]),
    ...([badRequest, forbidden, notAllowed, invalid, noCredentials] as const).map((refused): Row => [
      `${refused.message}, never worked, paged list: fatal (C9, C11, C12, W7)`,
      [paged, failed(refused)],
      'I #1, fatal ⇒ waiting 800–1600 → list limit=500',
    ]),
    [
      '404 as text, never worked, paged list: fatal (C10, W7)',
      [paged, failed(absent)],
      'I #1, fatal ⇒ waiting 800–1600 → list',
    ],
    ...([badRequest, forbidden, notAllowed, invalid, noCredentials] as const).map((refused): Row => [
      `${refused.message} to a checkpoint that never worked: fatal`,
      [checkpoint, failed(refused)],
      'I #1, fatal ⇒ waiting 800–1600 → watch 7',
    ]),
    [
      '404 to a checkpoint that never worked: fatal; whoever overrules that gets an init',
      [checkpoint, failed(absent)],
      'I #1, fatal ⇒ waiting 800–1600 → init restart',
    ],
    ['a fatal refusal in a frame is fatal too', [opened, error(forbidden)], 'I #1, fatal ⇒ waiting 800–1600 → list'],
    [
      'transient failures do not make a refusal less final',
      [failed(unreachable), waited, failed(forbidden)],
      'I #1, fatal ⇒ waiting 800–1600 → list',
    ],
    [
      'one page of a list is not to have worked',
      [paged, page1, failed(forbidden)],
      'I #1, fatal ⇒ waiting 800–1600 → list limit=500 continue=t1',
    ],
    [
      'an overruled fatal refusal stays fatal',
      [failed(forbidden), waited, failed(forbidden)],
      'I #2, fatal ⇒ waiting 1600–3200 → list',
    ],

    ...([badRequest, forbidden, notAllowed, invalid, noCredentials] as const).map((refused): Row => [
      `${refused.message}, worked, watch: the slow ladder`,
      [list5, failed(refused)],
      'I #1 ⇒ waiting 800–1600 → watch 5',
    ]),
    ...([badRequest, forbidden, notAllowed, invalid, noCredentials] as const).map((refused): Row => [
      `${refused.message}, worked, relist: the slow ladder`,
      [paged, pages5, error(gone), waitedPaged, failed(refused)],
      'I #2 ⇒ waiting 1600–3200 → list limit=500',
    ]),
    [
      '403, worked: at most 15 s, never stuck',
      [list5, times(19, failed(forbidden), waited), failed(forbidden)],
      'I #20 ⇒ waiting 10000–15000 → watch 5',
    ],
    ...([badRequest, notAllowed, invalid] as const).map((refused): Row => [
      `${refused.message}, worked, three times at one resourceVersion: init(stuck), still slow (C11, C12)`,
      [list5, times(2, failed(refused), waited), failed(refused)],
      'I #3 ⇒ waiting 3200–6400 → init stuck',
    ]),
    [
      '401 and 403 never count towards stuck',
      [
        list5,
        failed(unauthorized),
        times(2, failed(unauthorized), waited),
        times(2, failed(forbidden), waited),
        failed(broken),
      ],
      'I #5 ⇒ waiting 12800–25600 → watch 5',
    ],
    [
      '404 as text, worked: the slow ladder, next = init (C10)',
      [list5, failed(absent)],
      'I #1 ⇒ waiting 800–1600 → init restart',
    ],
    [
      '404: … at "", as a recreated CRD begins anew (C10)',
      [list5, failed(absent), waited],
      'init restart ⇒ streaming ""',
    ],
    [
      '404 to the list that looks for it: the init stands',
      [list5, failed(absent), waited, failed(absent)],
      'I #2 ⇒ waiting 1600–3200 → list',
    ],
    ['404 after an empty list: init', [opened, marker(5), failed(absent)], 'I #1 ⇒ waiting 800–1600 → init restart'],

    [
      'wrong kind in a list, never worked: fatal (B7)',
      [paged, listed({ ...page(5, []), kind: 'GadgetList' })],
      'I #1, fatal decode ⇒ waiting 800–1600 → list limit=500',
    ],
    [
      'wrong kind in a streaming list, never worked: fatal (D6)',
      [opened, gadget],
      'I #1, fatal decode ⇒ waiting 800–1600 → list',
    ],
    [
      'wrong kind of the marker, never worked: fatal (E7)',
      [opened, marker(5, 'Gadget')],
      'I #1, fatal decode ⇒ waiting 800–1600 → list',
    ],
    [
      'wrong kind at a checkpoint, never worked: fatal (D6)',
      [checkpoint, opened, gadget],
      'I #1, fatal decode ⇒ waiting 800–1600 → watch 7',
    ],
    [
      'wrong kind of a relist, worked: I (decode), not fatal',
      [paged, pages5, error(gone), waitedPaged, listed({ ...page(9, []), kind: 'GadgetList' })],
      'I #2 decode ⇒ waiting 1600–3200 → list limit=500',
    ],
    [
      'a Table is refused as any wrong kind (B7)',
      [paged, listed({ ...page(5, []), kind: 'Table' })],
      'I #1, fatal decode ⇒ waiting 800–1600 → list limit=500',
    ],
  ],

  worked: [
    ['one initDone', [list5, failed(forbidden)], 'I #1 ⇒ waiting 800–1600 → watch 5'],
    [
      'a checkpoint: its first frame',
      [checkpoint, opened, added('b', 8), failed(forbidden)],
      'I #1 ⇒ waiting 800–1600 → watch 8',
    ],
    [
      'a checkpoint: a bookmark is a frame',
      [checkpoint, opened, bookmark(9), failed(forbidden)],
      'I #1 ⇒ waiting 800–1600 → watch 9',
    ],
    ['a checkpoint: live', [checkpoint, opened, settled, failed(forbidden)], 'I #1 ⇒ waiting 800–1600 → watch 7'],
    [
      'a checkpoint: live by a bookmark with ""',
      [checkpoint, opened, bookmark(''), settled, failed(forbidden)],
      'I #1 ⇒ waiting 800–1600 → watch 7',
    ],
    ['a checkpoint: not by OPEN', [checkpoint, opened, failed(forbidden)], 'I #1, fatal ⇒ waiting 800–1600 → watch 7'],
    [
      'a checkpoint: not by an ERROR frame',
      [checkpoint, opened, error(tooMany), waited, failed(forbidden)],
      'I #2, fatal ⇒ waiting 1600–3200 → watch 7',
    ],
    [
      'a checkpoint that worked and whose resource is gone (404): init, as it has none yet (C10)',
      [checkpoint, opened, settled, ended(300_000, 0), waited, failed(absent), waited],
      'init restart ⇒ streaming ""',
    ],
    [
      'a checkpoint that is stuck: init(stuck)',
      [checkpoint, times(2, failed(broken), waited), failed(broken)],
      'I #3 ⇒ waiting 3200–6400 → init stuck',
    ],
  ],

  pausing: [
    ['a streaming list: let go of', [opened, pause], 'paused ⇒ paused → list'],
    [
      'a streaming list of which something was delivered: init(restart)',
      [opened, added('a', 3), pause],
      'paused ⇒ paused → init restart',
    ],
    ['a page: its token is kept', [paged, page1, pause], 'paused ⇒ paused → list limit=500 continue=t1'],
    ['a watch: its resourceVersion is kept', [list5, added('b', 6), pause], 'paused ⇒ paused → watch 6'],
    ['a probing watch', [bookmarked5, silent, pause], 'paused ⇒ paused → watch 5'],
    ['a wait: what it waits for', [list5, error(gone), pause], 'paused ⇒ paused → init expired'],
    ['twice: once', [list5, pause, pause], '⇒ still paused → watch 5'],
    ['resume: where it was', [list5, pause, resume], '⇒ watching 5'],
    ['resume a streaming list', [opened, added('a', 3), pause, resume], 'init restart ⇒ streaming ""'],
    [
      'resume a streaming list that cannot be streamed by now',
      [opened, added('a', 3), pause, resumePaged],
      'init restart ⇒ listing limit=500 (paged from now on)',
    ],
    ['resume a page', [paged, page1, pause, resumePaged], '⇒ listing limit=500 continue=t1'],
    ['resume a wait: no more waiting', [list5, error(gone), pause, resume], 'init expired ⇒ streaming ""'],
    ['resume, then live', [list5, pause, resume, opened, settled], 'live 5 ⇒ still watching 5'],
    ['resume without a pause: nothing', [list5, resume], '⇒ still watching 5'],
    [
      'after resuming, a failure is attempt 1 on every ladder',
      [
        list5,
        times(3, failed(broken), waited, failed(unreachable), waited, failed(forbidden), waited),
        pause,
        resume,
        failed(unreachable),
      ],
      'I #1 ⇒ waiting 800–1600 (unanswered) → list',
    ],
    [
      '… and a 401 the first one: the credentials that were refused are old by now',
      [failed(unauthorized), pause, resume, failed(unauthorized)],
      '⇒ streaming "" refreshCredentials',
    ],
    [
      'a 410 after resuming: init(expired) without I, at once',
      [list5, pause, resume, opened, error(gone)],
      'init expired ⇒ streaming ""',
    ],
    ['… as a status', [list5, pause, resume, failed(gone)], 'init expired ⇒ streaming ""'],
    ['… of a page, too old by now', [paged, page1, pause, resumePaged, failed(gone)], 'init expired ⇒ listing unpaged'],
    ['… but once', [paged, pages5, pause, resumePaged, error(gone), failed(gone)], 'I #1 ⇒ waiting 0–1000 → list'],
    [
      '… and not once it is live',
      [list5, pause, resume, opened, settled, error(gone)],
      'I #1 ⇒ waiting 0–1000 → init expired',
    ],
    [
      '… nor after a frame',
      [list5, pause, resume, opened, added('b', 6), error(gone)],
      'I #1 ⇒ waiting 0–1000 → init expired',
    ],
    [
      'the first 410 after resuming is soon again, whatever was before',
      [list5, error(gone), waited, list5, pause, resume, opened, settled, error(gone)],
      'I #1 ⇒ waiting 0–1000 → init expired',
    ],
    [
      '… not even by a bookmark with ""',
      [list5, pause, resume, opened, bookmark(''), error(gone)],
      'I #1 ⇒ waiting 0–1000 → init expired',
    ],
    [
      '… nor once a list is complete',
      [paged, answered(5, [], 't1'), pause, resumePaged, answered(5, []), error(gone)],
      'I #1 ⇒ waiting 0–1000 → init expired',
    ],
  ],

  counters: [
    [
      'failures of every kind count together, each waits by its own ladder (G3)',
      [list5, failed(unavailable), waited, failed(forbidden), waited, failed(reset)],
      'I #3 ⇒ waiting 3200–4000 (unanswered) → watch 5',
    ],
    [
      'the hundredth failure is waited out as the tenth was (L15)',
      [list5, times(99, failed(broken), waited), failed(broken)],
      /^I #100 ⇒ waiting 30000–60000 → /,
    ],
    [
      'attempt begins anew when an unreachable server answers',
      [list5, times(9, failed(unreachable), waited), failed(tooMany)],
      'I #1 ⇒ waiting 800–1600 floor 7000 → watch 5',
    ],
    [
      '… once: one that is there now and then is not asked without end (invariant 8)',
      [list5, times(2, failed(reset), waited, failed(broken), waited), failed(broken)],
      'I #4 ⇒ waiting 6400–12800 → init stuck',
    ],
    [
      '… and once more after a healthy life',
      [list5, failed(reset), waited, failed(broken), waited, failed(reset, healthy), waited, failed(tooMany)],
      'I #1 ⇒ waiting 800–1600 floor 7000 → watch 5',
    ],
    [
      '… and not where nobody was unreachable',
      [list5, times(3, failed(tooMany), waited), failed(forbidden)],
      'I #4 ⇒ waiting 6400–12800 → watch 5',
    ],
    [
      'a first frame never resets (F5, G2)',
      [list5, times(2, failed(reset, young), waited), opened, added('b', 6), failed(reset, young)],
      'I #3 ⇒ waiting 3200–4000 (unanswered) → watch 6',
    ],
    [
      'a bookmark never resets (F5)',
      [list5, times(2, failed(tooMany), waited), opened, bookmark(9), error(tooMany)],
      'I #3 ⇒ waiting 3200–6400 floor 7000 → watch 9',
    ],
    [
      'live never resets (F5)',
      [list5, times(2, failed(reset, young), waited), opened, settled, failed(reset, young)],
      'I #3 ⇒ waiting 3200–4000 (unanswered) → watch 5',
    ],
    [
      'a marker never resets (G2)',
      [times(2, failed(unavailable), waited), list5, error(unavailable)],
      'I #3 ⇒ waiting 3200–6400 floor 1000 → watch 5 freshConnection',
    ],
    [
      'init never resets (G2)',
      [times(3, opened, added('a', 3), error(broken), waited), error(broken)],
      'I #4 ⇒ waiting 6400–12800 → list',
    ],
    [
      'a page never resets (G2)',
      [paged, failed(broken), waitedPaged, page1, failed(broken)],
      'I #2 ⇒ waiting 1600–3200 → list limit=500 continue=t1',
    ],
    [
      'a complete list never resets (G2)',
      [paged, failed(broken), waitedPaged, pages5, failed(broken)],
      'I #2 ⇒ waiting 1600–3200 → watch 5',
    ],
    [
      'a life of 10 s resets: its own failure is attempt 1',
      [list5, times(5, failed(reset, young), waited), failed(reset, healthy)],
      'I #1 ⇒ waiting 800–1600 (unanswered) → watch 5',
    ],
    [
      '… of any ladder',
      [list5, times(5, failed(tooMany), waited), error(tooMany, healthy)],
      'I #1 ⇒ waiting 800–1600 floor 7000 → watch 5',
    ],
    [
      '… a life that ended properly resets for what comes after it',
      [list5, times(5, failed(tooMany), waited), ended(10_000, 1), waited, failed(tooMany)],
      'I #1 ⇒ waiting 800–1600 floor 7000 → watch 5',
    ],
    [
      '… and a life of a millisecond less does not',
      [list5, times(5, failed(reset, young), waited), failed(reset, { lived: 9_999, frames: 99 })],
      'I #6 ⇒ waiting 3400–4000 (unanswered) → watch 5',
    ],
    [
      'a healthy streaming list resets as any stream',
      [times(5, failed(tooMany), waited), opened, added('a', 3), error(tooMany, healthy)],
      'I #1 ⇒ waiting 800–1600 floor 7000 → init restart',
    ],
    [
      'a quiet close with frames neither counts nor resets (F5)',
      [list5, times(2, failed(tooMany), waited), ended(2_000, 3), waited, failed(tooMany)],
      'I #3 ⇒ waiting 3200–6400 floor 7000 → watch 5',
    ],
  ],

  'Retry-After': [
    [
      'is a floor, not the delay (C7, F7)',
      [list5, failed(refusal(429, 'TooManyRequests', {}, 100))],
      'I #1 ⇒ waiting 800–1600 floor 100 → watch 5',
    ],
    [
      'of 10 min holds',
      [list5, failed(refusal(503, 'ServiceUnavailable', {}, 600_000))],
      'I #1 ⇒ waiting 800–1600 floor 600000 → watch 5 freshConnection',
    ],
    [
      'of an hour is 10 min: a bad proxy must not park a watch (C7)',
      [list5, failed(refusal(503, 'ServiceUnavailable', {}, 3_600_000))],
      'I #1 ⇒ waiting 800–1600 floor 600000 → watch 5 freshConnection',
    ],
    [
      'of a gateway holds too',
      [list5, failed(new WatchError('502', { kind: 'gateway', code: 502, retryAfter: 9_000 }))],
      'I #1 ⇒ waiting 800–1600 floor 9000 (unanswered) → watch 5',
    ],
    [
      'of a 500 holds too (ServerTimeout)',
      [list5, failed(refusal(500, 'ServerTimeout', {}, 2_000))],
      'I #1 ⇒ waiting 800–1600 floor 2000 → watch 5',
    ],
    [
      'of a 403 holds too',
      [list5, failed(refusal(403, 'Forbidden', {}, 20_000))],
      'I #1 ⇒ waiting 800–1600 floor 20000 → watch 5',
    ],
  ],
};

describe.each(Object.entries(table))('%s', (_, rows) => {
  it.each(rows)('%s', (_name, history, outcome) => {
    const told = lastOf(history);
    if (typeof outcome === 'string') expect(told).toBe(outcome);
    else expect(told).toMatch(outcome);
  });
});

describe('the core’s own errors say what was wrong', () => {
  it.each<[string, History, string]>([
    [
      'a list of another kind',
      [paged, listed({ ...page(5, []), kind: 'GadgetList' })],
      'expected objects of kind ThingList, but the server sent GadgetList',
    ],
    ['an object of another kind', [opened, gadget], 'expected objects of kind Thing, but the server sent Gadget'],
    [
      'a list without a resourceVersion',
      [paged, listed({ ...page(5, []), resourceVersion: '' })],
      'the list has no resourceVersion',
    ],
    ['a marker without one', [opened, marker('')], 'the marker of the streaming list has no resourceVersion'],
    [
      'an object without one',
      [opened, frame(frames.added(flawed({ resourceVersion: '' })))],
      'an object without metadata.resourceVersion',
    ],
    [
      'an object without a name',
      [opened, frame(frames.added(flawed({ name: '' })))],
      'an object without metadata.name',
    ],
    ['a list that was closed', [opened, ended(200, 0)], 'the server closed the list before its end'],
    ['a watch that was closed', [list5, ended(200.4, 3)], 'the server closed the watch after 200 ms and 3 frames'],
  ])('%s', (_name, history, message) => {
    expect(play(history).transition.failure?.error.message).toBe(message);
  });
});

describe('a ladder, climbed', () => {
  const answeredLadder = [1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000];

  it.each<[string, History, readonly number[]]>([
    [
      'lists that fail wait longer and longer, whatever was said before them (G2, W2, L28)',
      [opened, added('a', 3), error(broken)],
      [800, ...answeredLadder],
    ],
    [
      'an unreachable server is asked every 4 s at the latest (G1)',
      [failed(unreachable)],
      [800, 1600, 3200, 3400, 3400, 3400],
    ],
    ['a server that lists and says 410 to the watch', [list5, error(gone)], [0, 800, ...answeredLadder.slice(0, -1)]],
    ['a server that lists and cannot read an object', [list5, error(storeRead)], [800, ...answeredLadder]],
  ])('%s', (_name, history, expected) => {
    let { state } = begin(planned(), 'streaming');
    const delays = expected.map(() => {
      state = arrived(state, inputsOf(history));
      const least = state.phase.at === 'waiting' ? state.phase.wait.delay.from : NaN;
      state = arrived(state, [waited]);
      return least;
    });
    expect(delays).toEqual(expected);
  });
});

describe('an input that the phase has no use for changes nothing', () => {
  const phases: Record<string, readonly Input<Thing>[]> = {
    streaming: [opened],
    listing: [failed(invalid)],
    watching: list5,
    probing: [...bookmarked5, silent],
    waiting: [...list5, failed(reset)],
    paused: [...list5, pause],
  };
  const page5 = answered(5, [thing('a', 3)]);
  const ofWatches = [
    opened,
    added('b', 6),
    deleted('a', 6),
    bookmark(9),
    marker(9),
    error(gone),
    settled,
    silent,
    unmarked,
  ];
  const ofAny = [page5, ...ofWatches, probed(), probed(overdue), ended(300_000, 1), failed(reset)];
  const late: Record<string, readonly Input<Thing>[]> = {
    streaming: [page5, settled, silent, probed(), probed(overdue), waited, resume],
    listing: [...ofWatches, probed(), probed(overdue), waited, resume],
    watching: [page5, unmarked, settled, probed(), probed(tooLargeSince119), waited, resume],
    probing: [page5, unmarked, silent, settled, waited, resume],
    waiting: [...ofAny, resume],
    paused: [...ofAny, waited, pause],
  };
  const cases = Object.entries(late).flatMap(([phase, inputs]) =>
    inputs.map((input): [string, string, Input<Thing>] => [phase, nameOf(input), input]),
  );

  it.each(cases)('%s: %s', (phase, _name, input) => {
    const { state } = begin(planned(), 'streaming');
    const before = arrived(state, phases[phase] ?? []);
    expect(before.phase.at).toBe(phase);
    expect(stepped(before, input)).toEqual({ state: before, events: [] });
  });

  function nameOf(input: Input<Thing>): string {
    if (input.type === 'frame') return `frame ${input.frame.type}`;
    return `${input.type}${errorIn(input) === undefined ? '' : ' with an error'}`;
  }
});

// --- invariants ---------------------------------------------------------------------------------------------------------------

/** What a server does with a request, and when: after so many milliseconds, this. The last of it ends the request. */
type Server = (request: Request, nth: number) => readonly (readonly [after: number, input: Input<Thing>])[];

describe('invariant 8, by the ladders alone: on average at most 20 lists or watches a minute, even if jitter is always least', () => {
  /** A server that completes every list at once, and does with the watches what is told. */
  const listing =
    (watched: Server): Server =>
    (request, nth) => {
      if (request.ask === 'list') return [[0, answered(5, [thing('a', 3)])]];
      const list = request.sendInitialEvents ? list5.map((input) => [0, input] as const) : [[0, opened] as const];
      return [...list, ...watched(request, nth)];
    };
  const inTurn =
    (...servers: readonly Server[]): Server =>
    (request, nth) =>
      servers[nth % servers.length]?.(request, nth) ?? [];
  const says =
    (input: Input<Thing>, after = 0): Server =>
    () => [[after, input]];
  const frameEach: Server = (_, nth) => [
    [0, added('b', 100 + nth)],
    [0, ended(500, 1)],
  ];
  const watchOnly =
    (refused: WatchError): Server =>
    (request) =>
      request.ask === 'list' ? [[0, answered(5, [])]] : [[0, failed(refused)]];

  it.each<[string, Mode, Server]>([
    ['refuses connections', 'streaming', says(failed(unreachable))],
    ['answers 500', 'streaming', says(failed(broken))],
    ['answers 500 to pages', 'paged', says(failed(broken))],
    ['answers a proxy’s HTML', 'streaming', says(failed(html))],
    ['resets every watch', 'streaming', listing(says(failed(reset, young)))],
    ['resets every watch after 9.9 s', 'streaming', listing(says(failed(reset, { lived: 9_900, frames: 1 }), 9_900))],
    ['resets every watch after 10 s', 'streaming', listing(says(failed(reset, healthy), 10_000))],
    ['closes every watch at once', 'streaming', listing(says(ended(0, 0)))],
    ['closes every watch at once, paged', 'paged', listing(says(ended(0, 0)))],
    ['closes every watch after a frame (F5)', 'streaming', listing(frameEach)],
    ['closes every watch after a second with frames (F5)', 'streaming', listing(says(ended(1_000, 3), 1_000))],
    ['closes every watch after 9.9 s without a frame', 'streaming', listing(says(ended(9_900, 0), 9_900))],
    ['says 410 to every watch', 'streaming', listing(says(error(gone)))],
    ['says 410 to every watch, paged', 'paged', listing(says(error(gone)))],
    ['says 410 to every list', 'paged', says(failed(gone))],
    ['says too large to every list', 'streaming', says(error(tooLargeSince119))],
    ['cannot read an object', 'paged', listing(says(error(storeRead)))],
    ['sends a malformed frame', 'paged', listing(says(failed(malformed, young)))],
    ['forbids watching, not listing', 'paged', watchOnly(forbidden)],
    ['has no watch, but lists (C11)', 'paged', watchOnly(notAllowed)],
    ['says 404 to watches, but lists', 'paged', watchOnly(absent)],
    ['says 401 to every watch', 'paged', watchOnly(unauthorized)],
    ['says 401 in the first frame of every watch', 'streaming', listing(says(error(unauthorized)))],
    [
      'cuts streaming lists short',
      'streaming',
      () => [
        [0, opened],
        [0, added('a', 3)],
        [0, failed(reset, young)],
      ],
    ],
    [
      'is unreachable, broken and forbids in turn',
      'streaming',
      inTurn(
        listing(says(failed(reset, young))),
        says(failed(broken)),
        says(failed(unreachable)),
        says(failed(forbidden)),
      ),
    ],
    [
      'lets a watch live for 10 s and then is broken, forbids and unreachable, twice',
      'streaming',
      inTurn(
        listing(says(failed(reset, healthy), 10_000)),
        says(failed(broken)),
        says(failed(forbidden)),
        says(failed(unreachable)),
        says(failed(broken)),
        says(failed(forbidden)),
      ),
    ],
    [
      'lets a watch live for 10 s, then cannot read an object and has a proxy answer the list, again and again',
      'paged',
      inTurn(
        listing(says(ended(10_000, 1), 10_000)),
        says(failed(storeRead)),
        says(failed(html)),
        listing(says(ended(10_000, 1), 10_000)),
      ),
    ],
    [
      'lets a watch live for 10 s, closes one at once and says 410 and 500, again and again',
      'streaming',
      inTurn(
        listing(says(ended(10_000, 1), 10_000)),
        listing(says(ended(0, 0))),
        says(failed(gone)),
        says(failed(broken)),
      ),
    ],
  ])('a server that %s', (_, mode, server) => {
    const starts = requestsTo(server, mode);
    expect(starts.length).toBeLessThanOrEqual(20 * MINUTES);
    expect(mostInAMinute(starts)).toBeLessThanOrEqual(24);
  });

  const MINUTES = 20;

  /** When a watch makes its lists and watches of twenty minutes. Further pages and the fallback to pages are exempt. */
  function requestsTo(server: Server, mode: Mode): number[] {
    const starts: number[] = [];
    let { state } = begin(planned(), mode);
    let exempt = false;
    let nth = 0;
    for (let now = 0; now < MINUTES * 60_000 && starts.length < 500;) {
      const { phase, memory } = state;
      if (phase.at === 'waiting') {
        const { delay, floor } = phase.wait;
        now += Math.max(delay.from, floor, memory.failures > 0 ? MIN_DELAY : 0);
        ({ state } = step(state, { type: 'waited', mode: memory.mode }));
        continue;
      }
      if (!('request' in phase)) throw new Error(rendered(state));
      if (!exempt) starts.push(now);
      for (const [after, input] of server(phase.request, nth)) {
        now += after;
        ({ state } = step(state, input));
      }
      nth++;
      if ('request' in state.phase && state.phase.request === phase.request)
        throw new Error(`the server forgot ${rendered(state)}`);
      exempt = memory.mode === 'streaming' && state.memory.mode === 'paged' && state.phase.at === 'listing';
    }
    return starts;
  }

  /** Somewhat more than on average: a minute can hold the ends of one more cycle than its length has room for. */
  function mostInAMinute(starts: readonly number[]): number {
    return Math.max(...starts.map((from) => starts.filter((at) => at >= from && at < from + 60_000).length));
  }
});

describe('whatever happens, in any order', () => {
  const names = fc.constantFrom('a', 'b');
  const versions = fc.integer({ min: 1, max: 40 });
  const objects = fc.oneof(
    { weight: 9, arbitrary: fc.tuple(names, versions).map(([name, at]) => thing(name, at)) },
    fc.constantFrom(flawed({ kind: 'Gadget' }), flawed({ name: '' }), flawed({ resourceVersion: '' })),
  );
  const errors = fc.constantFrom(
    ...[gone, broken, storeRead, tooMany, unavailable, unauthorized, forbidden, absent, badRequest, notAllowed],
    ...[invalid, gatewayTimeout, noProgress, unreachable, overdue, malformed, html, noCredentials, tooLargeSince119],
  );
  const lives = fc.constantFrom<Life[]>(
    ...[unaccepted, young, healthy, { lived: 0, frames: 0 }, { lived: 2_000, frames: 1 }, { lived: 5_000, frames: 0 }],
  );
  const sent = fc.oneof(
    fc.constant<WatchFrame<Thing>>(frames.open),
    objects.map(frames.added),
    objects.map(frames.modified),
    objects.map(frames.deleted),
    fc
      .tuple(fc.oneof(versions, fc.constant('' as const)), fc.boolean())
      .map(([at, initialEventsEnd]) => bookmarkFrame(at, { initialEventsEnd })),
    errors.map(frames.error),
  );
  const pages = fc
    .tuple(versions, fc.array(objects, { maxLength: 2 }), fc.constantFrom(undefined, 't1', 't2'))
    .map(([at, items, token]) => page(at, items, token));
  const modes = fc.constantFrom<Mode[]>('streaming', 'paged');
  const inputs: fc.Arbitrary<Input<Thing>> = fc.oneof(
    { weight: 8, arbitrary: fc.record({ type: fc.constant('frame'), frame: sent, life: lives }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('page'), page: pages, life: lives }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('waited'), mode: modes }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('failed'), error: errors, life: lives }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('ended'), life: lives }) },
    { weight: 1, arbitrary: fc.constantFrom(settled, silent, unmarked, pause, probed()) },
    { weight: 1, arbitrary: errors.map(probed) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('resume'), mode: modes }) },
  );
  const histories = fc.array(inputs, { maxLength: 40, size: 'max' });
  const freshnesses = fc.constantFrom<Plan['freshness'][]>('latest', 'any');

  it.each<[string, string | undefined]>([
    ['a watch that lists first', undefined],
    ['a watch from a checkpoint', '7'],
  ])('%s keeps its grammar, its resourceVersions and its promises', (_, resourceVersion) => {
    fc.assert(
      fc.property(freshnesses, modes, histories, (freshness, mode, history) => {
        const plan = planned({ freshness, resourceVersion });
        let transition = begin(plan, mode);
        const said = new Listener(resourceVersion);
        said.hear(transition, undefined);
        for (const input of history) {
          const before = transition.state;
          frozen(before);
          transition = step(before, input);
          said.hear(transition, before, input);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  /** Knows the invariants of docs/state-machine.md that the core can break, and nothing of how it keeps them. */
  class Listener {
    #epoch: 'none' | 'listing' | 'complete' = 'none';
    #worked = false;
    /** Up to here everything was delivered. */
    #position: string;
    /** Of the list that is going on. */
    #firstPage: string | undefined;

    constructor(checkpoint: string | undefined) {
      this.#position = checkpoint ?? '';
      if (checkpoint !== undefined) this.#epoch = 'complete'; // begins without init
    }

    hear({ events, state, failure }: Transition, before: State | undefined, input?: Input<Thing>): void {
      const first = before?.phase.at === 'listing' && before.phase.request.params.continue === undefined;
      if (first && input?.type === 'page') this.#firstPage = input.page.resourceVersion;
      const promised =
        input?.type === 'frame' && input.frame.type === 'BOOKMARK' ? input.frame.resourceVersion : this.#firstPage;
      for (const event of events) this.#hearEvent(event, promised);

      // `failure` always comes with a wait, and is only final where nothing ever worked (invariant 7).
      if (failure !== undefined) {
        expect(state.phase).toMatchObject({ at: 'waiting', wait: failure.wait });
        expect(failure.attempt).toBeGreaterThan(0);
        expect(failure.wait.delay.from).toBeGreaterThanOrEqual(0);
        expect(failure.wait.delay.to).toBeGreaterThanOrEqual(failure.wait.delay.from);
        expect(failure.wait.floor).toBeLessThanOrEqual(MAX_FLOOR);
        if (this.#worked) expect(failure.fatal).toBe(false);
      }
      const { phase } = state;
      if ('request' in phase && !(before && 'request' in before.phase && before.phase.request === phase.request)) {
        this.#hearRequest(phase.request, state.memory.plan.freshness);
      }
      if (phase.at === 'probing') expect(phase.probe.resourceVersion).toBe(this.#position);
    }

    /** The grammar (invariant 1). */
    #hearEvent(event: CoreEvent<KubernetesObject>, promised: string | undefined): void {
      switch (event.type) {
        case 'init':
          this.#epoch = 'listing';
          break;
        case 'initApply':
          expect(this.#epoch).toBe('listing');
          break;
        case 'initDone':
          expect(this.#epoch).toBe('listing');
          expect(event.resourceVersion).toBe(promised);
          this.#epoch = 'complete';
          this.#worked = true;
          this.#position = event.resourceVersion;
          break;
        case 'delete':
          expect(this.#epoch).not.toBe('none');
          if (this.#epoch === 'listing') break;
          this.#worked = true;
          this.#position = event.object.metadata.resourceVersion;
          break;
        case 'apply':
          expect(this.#epoch).toBe('complete');
          this.#worked = true;
          this.#position = event.object.metadata.resourceVersion;
          break;
        case 'bookmark':
        case 'live':
          expect(this.#epoch).toBe('complete');
          expect(event.type === 'live' ? this.#position : promised).toBe(event.resourceVersion);
          this.#worked = true;
          this.#position = event.resourceVersion;
          break;
        case 'paused':
          break;
      }
    }

    /** A watch begins where everything was delivered up to, a list at none or, if that may be, not before it (invariants 5, 6). */
    #hearRequest(request: Request, freshness: Plan['freshness']): void {
      const known = freshness === 'latest' ? [''] : ['', this.#position || '0'];
      if (request.ask === 'watch' && !request.sendInitialEvents) {
        expect(this.#epoch).toBe('complete');
        expect(request.resourceVersion).toBe(this.#position);
        expect(request.resourceVersion).not.toBe('');
      } else if (request.ask === 'watch') {
        expect(this.#epoch).toBe('listing');
        expect(known).toContain(request.resourceVersion);
      } else {
        const { resourceVersion = '', continue: token, limit } = request.params;
        expect(this.#epoch).toBe('listing');
        expect(known).toContain(resourceVersion);
        if (token !== undefined) expect(resourceVersion).toBe('');
        if (resourceVersion !== '' && resourceVersion !== '0') expect(limit).toBeUndefined();
      }
    }
  }
});

// --- how it is told -----------------------------------------------------------------------------------------------------------

function planned(plan: Partial<Plan> = {}): Plan {
  const stamp = { resource: 'things', cluster: 'test', from: 'things' };
  return {
    stamp,
    kind: 'Thing',
    listKind: 'ThingList',
    resourceVersion: undefined,
    freshness: 'latest',
    pageSize: 500,
    ...plan,
  };
}

function arrived(state: State, inputs: readonly Input<Thing>[]): State {
  return inputs.reduce((state, input) => stepped(state, input).state, state);
}

/** `step` is pure: it changes nothing of what it is given, and says the same again. */
function stepped(state: State, input: Input<Thing>): Transition<Thing> {
  frozen(state);
  const transition = step(state, input);
  expect(step(state, input)).toEqual(transition);
  return transition;
}

function frozen(value: unknown): void {
  if (typeof value !== 'object' || value === null || value instanceof Error || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(frozen);
}

interface Played {
  readonly before: State | undefined;
  readonly input: Input<Thing> | undefined;
  readonly transition: Transition;
}

/** Plays a history to its end, and tells what its last input brought about. */
function lastOf(history: History): string {
  return told(play(history));
}

function play(history: History): Played {
  const { plan, mode = 'streaming' } = Object.assign({}, ...history.filter(isSetup)) as Setup;
  const beginning = begin(planned(plan), mode);
  const inputs = inputsOf(history);
  const input = inputs.at(-1);
  if (input === undefined) return { before: undefined, input, transition: beginning };
  const before = arrived(beginning.state, inputs.slice(0, -1));
  return { before, input, transition: stepped(before, input) };
}

function inputsOf(history: History): Input<Thing>[] {
  return history.flatMap((entry) => (isSetup(entry) ? [] : entry));
}

function isSetup(entry: History[number]): entry is Setup {
  return !Array.isArray(entry) && !('type' in entry);
}

/** `live 5, apply b@6 ⇒ still watching 6`, `I #1 ⇒ waiting 800–1600 → watch 5`. */
function told({ before, input, transition }: Played): string {
  const { events, failure, state } = transition;
  const said = events.map(line);
  if (failure !== undefined) {
    expect(state.phase).toMatchObject({ at: 'waiting', wait: failure.wait });
    const own = failure.error === errorIn(input) ? '' : ` ${failure.error.kind}`;
    said.push(`I #${failure.attempt}${failure.fatal ? ', fatal' : ''}${own}`);
  }
  return `${said.join(', ')} ⇒ ${rendered(state, before)}`.trimStart();
}

function errorIn(input: Input<Thing> | undefined): WatchError | undefined {
  if (input?.type === 'failed' || input?.type === 'probed') return input.error;
  return input?.type === 'frame' && input.frame.type === 'ERROR' ? input.frame.error : undefined;
}

/** The phase as a line: `watching 12`, `listing limit=500 continue=t1`, `waiting 800–1600 floor 5000 → watch 12`. */
function rendered({ memory, phase }: State, before?: State): string {
  const still = before !== undefined && activity(before.phase) === activity(phase) ? 'still ' : '';
  const demoted = before?.memory.mode === 'streaming' && memory.mode === 'paged' ? ' (paged from now on)' : '';
  return `${still}${phaseText(phase, memory.resourceVersion)}${demoted}`;
}

/** What goes on until it is another: a request, a wait, a pause. */
function activity(phase: Phase): unknown {
  return 'request' in phase ? phase.request : phase;
}

function phaseText(phase: Phase, resourceVersion: string): string {
  switch (phase.at) {
    case 'streaming':
      return `streaming "${phase.request.resourceVersion}"${phase.doubtful ? ' in doubt' : ''}${attempt(phase.request)}`;
    case 'listing':
      return `listing${listText(phase.request.params)}${attempt(phase.request)}`;
    case 'watching':
      return `watching ${resourceVersion}${attempt(phase.request)}`;
    case 'probing':
      return `probing ${resourceVersion}${params(phase.probe)}${attempt(phase.request)}`;
    case 'waiting': {
      const { delay, floor, unanswered } = phase.wait;
      const held = floor > 0 ? ` floor ${floor}` : '';
      return `waiting ${delay.from}–${delay.to}${held}${unanswered ? ' (unanswered)' : ''} → ${nextText(phase.next)}`;
    }
    case 'paused':
      return `paused → ${nextText(phase.next)}`;
  }
}

function nextText(next: Next): string {
  if (next.do === 'list') {
    const { cause, unpaged } = next;
    return `${initText(cause)}${unpaged === true ? ' unpaged' : ''}${attempt(next)}`;
  }
  const { request } = next;
  if (request.ask === 'list') return `list${listText(request.params)}${attempt(request)}`;
  return `${request.sendInitialEvents ? 'stream' : 'watch'} ${request.resourceVersion}${attempt(request)}`;
}

function initText(cause: InitCause | undefined): string {
  return cause === undefined ? 'list' : `init ${cause}`;
}

function listText(asked: ListParams): string {
  return `${asked.limit === undefined && asked.continue === undefined ? ' unpaged' : ''}${params(asked)}`;
}

function params(asked: ListParams): string {
  return Object.entries(asked)
    .map(([name, value]) => ` ${name}=${String(value)}`)
    .join('');
}

function attempt({ attempt = {} }: { readonly attempt?: Attempt }): string {
  return Object.entries(attempt)
    .map(([name, value]) => (value === true ? ` ${name}` : ''))
    .join('');
}

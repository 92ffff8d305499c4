import { WatchError } from '../errors.js';
import type { InitCause, KubernetesObject } from '../events.js';
import { causeOf, refusesStreaming, type Cause } from './failures.js';
import { flawOfFrame, flawOfPage, isText, isUsable, WrongKind, type DataFrame } from './flaws.js';
import {
  HEALTHY_LIFE,
  LADDERS,
  MAX_FLOOR,
  MIN_DELAY,
  RECONNECT_JITTER,
  SHORT_LIFE,
  SOON,
  START_SPACING,
  WAKE_SPREAD,
  delayOf,
  type Delay,
} from './limits.js';
import type { Attempt, ListPage, ListParams, WatchFrame } from './messages.js';
import type {
  CoreEvent,
  Input,
  Life,
  Memory,
  Mode,
  Next,
  Phase,
  Plan,
  State,
  Transition,
  Wait,
  WatchRequest,
} from './state.js';

/** The state of a watch that was just subscribed to, and what it says first. */
export function begin(plan: Plan, mode: Mode): Transition {
  const memory: Memory = {
    plan,
    resourceVersion: plan.resourceVersion ?? '',
    worked: false,
    mode,
    bookmarks: false,
    failures: 0,
    outage: 'none',
    expirations: 0,
    shorts: 0,
    stuck: NOT_STUCK,
    last: undefined,
    reauthed: false,
    announce: plan.resourceVersion !== undefined,
    brokenOff: 0,
    firstPage: undefined,
    pageFailures: 0,
    latest: false,
    resumed: false,
  };
  return plan.resourceVersion === undefined
    ? list(memory, { do: 'list', cause: 'start' })
    : { state: watch(memory), events: [] };
}

/**
 * Decides everything that happens to a watch: what it says, what it asks for next, when it waits and when it gives up.
 * Pure: no clock, no randomness, no I/O. Inputs say how long a stream lived; delays are ranges that the caller draws from.
 *
 * An input that the phase has no use for (a frame of a stream that was let go of) changes nothing.
 */
export function step<T extends KubernetesObject>(state: State, input: Input<T>): Transition<T> {
  const { memory, phase } = state;
  switch (input.type) {
    case 'page':
      return phase.at === 'listing' ? onPage(memory, phase, input.page, input.life) : { state, events: [] };
    case 'frame':
      return onFrame(state, input.frame, input.life);
    case 'settled':
      return goLive(state);
    case 'ended':
      return onEnded(state, input.life, input.overdue === true);
    case 'failed':
      return onFailed(state, input.error, input.life);
    case 'silent':
      return phase.at === 'watching' ? probe(memory, phase) : { state, events: [] };
    case 'unmarked':
      return phase.at === 'streaming' ? listPaged(memory) : { state, events: [] };
    case 'probed':
      return phase.at === 'probing' ? onProbed(healed(memory, input.life), phase, input.error) : { state, events: [] };
    case 'waited':
      return phase.at === 'waiting' ? proceed({ ...memory, mode: input.mode }, phase.next) : { state, events: [] };
    case 'pause':
      return phase.at === 'paused' ? { state, events: [] } : pause(memory, phase);
    case 'resume':
      return phase.at === 'paused' ? resume(memory, phase.next, input.mode) : { state, events: [] };
  }
}

const NOT_STUCK: Memory['stuck'] = { broken: 0, garbled: 0 };

// --- asking -------------------------------------------------------------------------------------------------------------------

/** Begins a full list, by the mode that is known to work. */
function list<T extends KubernetesObject>(memory: Memory, next: Next & { do: 'list' }): Transition<T> {
  const { plan, latest, mode } = memory;
  const { attempt = {} } = next;
  const events: CoreEvent<T>[] = next.cause === undefined ? [] : [{ type: 'init', ...plan.stamp, cause: next.cause }];
  const fresh: Memory = {
    ...memory,
    announce: false,
    firstPage: undefined,
    pageFailures: 0,
  };
  if (mode === 'streaming' && next.unpaged !== true) {
    // A streaming list at '' is as consistent as a quorum read (H1).
    const resourceVersion = plan.freshness === 'latest' || latest ? '' : memory.resourceVersion || '0';
    const request: WatchRequest = { ask: 'watch', resourceVersion, sendInitialEvents: true, attempt };
    return { state: { memory: fresh, phase: { at: 'streaming', request, doubtful: false } }, events };
  }
  const request = { ask: 'list', params: firstPageParams(memory, next.unpaged === true), attempt } as const;
  return { state: { memory: fresh, phase: { at: 'listing', request } }, events };
}

/**
 * A list at '' reads what is committed now: it cannot go back in time and cannot be too new for the server. With `freshness: 'any'` the
 * server may answer from its cache: the first list from whatever it has ('0', A1), a later one not older than what is known, and
 * unpaged, as with `limit` the same resourceVersion means exactly that one (A2).
 */
function firstPageParams({ plan, latest, resourceVersion }: Memory, unpaged: boolean): ListParams {
  const limit = unpaged ? {} : { limit: plan.pageSize };
  if (plan.freshness === 'latest' || latest || unpaged) return limit;
  return resourceVersion === '' ? { ...limit, resourceVersion: '0' } : { resourceVersion };
}

function watch(memory: Memory): State {
  return { memory, phase: { at: 'watching', request: watchRequest(memory, {}), live: false } };
}

/** A streaming list was refused, or will not end: the same list page by page, at once. That is no failure (B4, H6, H7). */
function listPaged<T extends KubernetesObject>(memory: Memory): Transition<T> {
  return list({ ...memory, mode: 'paged' }, { do: 'list', cause: restartCause(memory) });
}

/** Asks whether the server is alive and has reached our resourceVersion: one that was restored from a backup has not. */
function probe<T extends KubernetesObject>(memory: Memory, phase: Phase & { at: 'watching' }): Transition<T> {
  const params: ListParams = {
    limit: 1,
    resourceVersion: memory.resourceVersion,
    resourceVersionMatch: 'NotOlderThan',
  };
  return { state: { memory, phase: { ...phase, at: 'probing', probe: params } }, events: [] };
}

function proceed<T extends KubernetesObject>(memory: Memory, next: Next): Transition<T> {
  if (next.do === 'list') return list(memory, next);
  const { request } = next;
  const phase: Phase = request.ask === 'list' ? { at: 'listing', request } : { at: 'watching', request, live: false };
  return { state: { memory, phase }, events: [] };
}

/** The cause of a list that begins again, or none where nothing of it was delivered yet: its `init` still stands. */
function restartCause(memory: Memory, cause: InitCause = 'restart'): InitCause | undefined {
  return memory.announce ? cause : undefined;
}

// --- answers ------------------------------------------------------------------------------------------------------------------

function onPage<T extends KubernetesObject>(
  memory: Memory,
  phase: Phase & { at: 'listing' },
  page: ListPage<T>,
  life: Life,
): Transition<T> {
  const flaw = flawOfPage(memory.plan, page, phase.request.params.continue);
  if (flaw !== undefined) return onFailed({ memory, phase }, flaw, life);
  const { stamp } = memory.plan;
  const events: CoreEvent<T>[] = page.items.map((object) => ({ type: 'initApply', ...stamp, object }));
  const firstPage = memory.firstPage ?? page.resourceVersion;
  const listed: Memory = {
    ...memory,
    announce: memory.announce || page.items.length > 0,
    reauthed: false,
    firstPage,
    pageFailures: 0,
  };
  // An empty token is none (A7).
  if (page.continue !== undefined && page.continue !== '') {
    // The token carries the resourceVersion; saying it again is an error (A5).
    const { limit } = phase.request.params;
    const params: ListParams = limit === undefined ? { continue: page.continue } : { limit, continue: page.continue };
    const request = { ask: 'list', params, attempt: {} } as const;
    // Pages are not counted (A10), and a server may send empty ones without end (B9): not without a pause, then.
    if (page.items.length === 0) return rest(listed, { do: 'again', request }, { from: MIN_DELAY, to: MIN_DELAY });
    return { state: { memory: listed, phase: { at: 'listing', request } }, events };
  }
  events.push({ type: 'initDone', ...stamp, resourceVersion: firstPage });
  return { state: watch(listDone(listed, firstPage)), events };
}

function listDone(memory: Memory, resourceVersion: string): Memory {
  return {
    ...memory,
    resourceVersion,
    worked: true,
    stuck: NOT_STUCK,
    shorts: 0,
    last: undefined,
    announce: true,
    brokenOff: 0,
    latest: false,
    resumed: false,
  };
}

function onFrame<T extends KubernetesObject>(state: State, frame: WatchFrame<T>, life: Life): Transition<T> {
  const { memory, phase } = state;
  if (phase.at !== 'streaming' && phase.at !== 'watching' && phase.at !== 'probing') return { state, events: [] };
  if (frame.type === 'OPEN') return { state, events: [] };
  if (frame.type === 'ERROR') return onFailed(state, frame.error, life);
  const flaw = flawOfFrame(memory.plan, frame);
  if (flaw !== undefined) return onFailed(state, flaw, life);
  return phase.at === 'streaming' ? onInitialFrame(memory, phase, frame) : onLiveFrame(memory, phase, frame);
}

/** No resourceVersion is recorded before the marker: initial objects come in the order of their keys (E9). */
function onInitialFrame<T extends KubernetesObject>(
  memory: Memory,
  phase: Phase & { at: 'streaming' },
  frame: DataFrame<T>,
): Transition<T> {
  const { stamp } = memory.plan;
  if (frame.type === 'BOOKMARK') {
    if (!frame.initialEventsEnd) return { state: { memory, phase: { ...phase, doubtful: true } }, events: [] };
    const { resourceVersion } = frame;
    return {
      state: {
        // It is a bookmark itself: who sends it sends others.
        memory: { ...listDone(memory, resourceVersion), bookmarks: true },
        phase: { at: 'watching', request: phase.request, live: true },
      },
      events: [{ type: 'initDone', ...stamp, resourceVersion }],
    };
  }
  const listed = memory.announce ? memory : { ...memory, announce: true };
  const doubtful = phase.doubtful || frame.type !== 'ADDED';
  return {
    state: { memory: listed, phase: doubtful === phase.doubtful ? phase : { ...phase, doubtful } },
    events: [{ type: frame.type === 'DELETED' ? 'delete' : 'initApply', ...stamp, object: frame.object }],
  };
}

function onLiveFrame<T extends KubernetesObject>(
  memory: Memory,
  phase: Phase & { at: 'watching' | 'probing' },
  frame: DataFrame<T>,
): Transition<T> {
  const { stamp } = memory.plan;
  const live: CoreEvent<T>[] = phase.live ? [] : [{ type: 'live', ...stamp, resourceVersion: memory.resourceVersion }];
  // Any frame answers what a probe asks.
  const open: Phase =
    phase.live && phase.at === 'watching' ? phase : { at: 'watching', request: phase.request, live: true };
  if (frame.type === 'BOOKMARK') {
    // Without a resourceVersion it is a sign of life and no more (kube-rs loses deletions by taking '' for one).
    const usable = isUsable(frame.resourceVersion);
    const resourceVersion = usable ? frame.resourceVersion : memory.resourceVersion;
    const events: CoreEvent<T>[] = usable ? [...live, { type: 'bookmark', ...stamp, resourceVersion }] : live;
    return { state: { memory: progressed(memory, resourceVersion, memory.last, true), phase: open }, events };
  }
  const { resourceVersion, uid } = frame.object.metadata;
  const { last } = memory;
  // Some aggregated servers give no uid: then nothing tells a repetition from another object.
  const repeated =
    last !== undefined &&
    isText(uid) &&
    last.uid === uid &&
    last.type === frame.type &&
    memory.resourceVersion === resourceVersion;
  if (repeated) return { state: { memory, phase: open }, events: live };
  return {
    state: {
      memory: progressed(memory, resourceVersion, { type: frame.type, uid }, memory.bookmarks),
      phase: open,
    },
    events: [...live, { type: frame.type === 'DELETED' ? 'delete' : 'apply', ...stamp, object: frame.object }],
  };
}

function progressed(memory: Memory, resourceVersion: string, last: Memory['last'], bookmarks: boolean): Memory {
  const stuck = resourceVersion === memory.resourceVersion ? memory.stuck : NOT_STUCK;
  return {
    ...memory,
    resourceVersion,
    last,
    bookmarks,
    stuck,
    worked: true,
    announce: true,
    shorts: 0,
    resumed: false,
  };
}

function goLive<T extends KubernetesObject>({ memory, phase }: State): Transition<T> {
  if ((phase.at !== 'watching' && phase.at !== 'probing') || phase.live)
    return { state: { memory, phase }, events: [] };
  const { resourceVersion, plan } = memory;
  return {
    state: { memory: { ...memory, worked: true, resumed: false }, phase: { ...phase, live: true } },
    events: [{ type: 'live', ...plan.stamp, resourceVersion }],
  };
}

function onProbed<T extends KubernetesObject>(
  memory: Memory,
  phase: Phase & { at: 'probing' },
  error: WatchError | undefined,
): Transition<T> {
  const cause = error && causeOf(error);
  if (error !== undefined && cause === 'ahead') {
    return expired(memory, phase, error, { do: 'list', cause: 'rollback' });
  }
  if (error !== undefined && (cause === 'unanswered' || error.kind === 'gateway')) {
    const request = watchRequest(memory, { freshConnection: true });
    return fail(memory, error, { do: 'again', request });
  }
  if (!memory.bookmarks || cause === 'busy' || cause === 'broken') {
    // Quiet, as far as anybody can tell; or in trouble, as one is that is being restored. It is asked again after the next silence.
    const { request, live } = phase;
    return { state: { memory, phase: { at: 'watching', request, live } }, events: [] };
  }
  // The server is there, and it had sent bookmarks. What is silent may be the path of this stream alone, which no answer on another one
  // tells: so the watch is opened once more, elsewhere. If that is silent too, the server sends none any more; but a refusal says
  // nothing about how far the server has come, so it does not count.
  const next: Next = { do: 'again', request: watchRequest(memory, { freshConnection: true }) };
  return rest({ ...memory, bookmarks: error !== undefined }, next, { from: 0, to: RECONNECT_JITTER });
}

// --- ends ---------------------------------------------------------------------------------------------------------------------

/** Health is judged when a stream ends, by how long it lived, never by its first frame: that would be F5's hot loop. */
function healed(memory: Memory, { lived = 0 }: Life): Memory {
  if (lived < HEALTHY_LIFE) return memory;
  return { ...memory, failures: 0, outage: 'none', expirations: 0, shorts: 0, stuck: NOT_STUCK, reauthed: false };
}

function onEnded<T extends KubernetesObject>(state: State, life: Life, overdue: boolean): Transition<T> {
  const { phase } = state;
  const { lived = 0, frames } = life;
  if (phase.at === 'streaming' || phase.at === 'listing') {
    return onFailed(state, new WatchError('the server closed the list before its end', { kind: 'connection' }), life);
  }
  if (phase.at === 'waiting' || phase.at === 'paused') return { state, events: [] };
  const memory = healed(state.memory, life);
  // A server that does not end a watch when it should may not be there any more.
  const next: Next = { do: 'again', request: watchRequest(memory, overdue ? { freshConnection: true } : {}) };
  if (lived >= HEALTHY_LIFE) return rest(memory, next, { from: 0, to: RECONNECT_JITTER });
  if (lived >= SHORT_LIFE && frames > 0) return rest(memory, next, spaced(START_SPACING - lived));
  const shorts = lived < SHORT_LIFE && frames === 0 ? memory.shorts + 1 : memory.shorts;
  const text = `the server closed the watch after ${String(Math.round(lived))} ms and ${String(frames)} frames`;
  const error = new WatchError(text, { kind: 'connection' });
  if (shorts < 3) return fail({ ...memory, shorts }, error, next, { ladder: 'answered' });
  return fail({ ...memory, shorts: 0 }, error, { do: 'list', cause: 'stuck' }, { ladder: 'answered' });
}

/** A wait that nobody has to be told of. */
function rest<T extends KubernetesObject>(memory: Memory, next: Next, delay: Delay): Transition<T> {
  return {
    state: { memory, phase: { at: 'waiting', next, wait: { delay, floor: 0, unanswered: false } } },
    events: [],
  };
}

function spaced(ms: number): Delay {
  const from = Math.max(0, ms);
  return { from, to: from + WAKE_SPREAD };
}

type Asking = Exclude<Phase, { at: 'waiting' | 'paused' }>;

/** What was being done, from where it got to. */
function sameAgain(memory: Memory, phase: Asking, error?: WatchError): Next {
  const attempt = attemptAfter(error);
  switch (phase.at) {
    case 'streaming':
      return { do: 'list', cause: restartCause(memory), attempt };
    case 'listing':
      return { do: 'again', request: { ...phase.request, attempt } };
    case 'watching':
    case 'probing':
      return { do: 'again', request: watchRequest(memory, attempt) };
  }
}

function attemptAfter(error: WatchError | undefined): Attempt {
  if (error === undefined) return {};
  if (causeOf(error) === 'unauthorized') return { refreshCredentials: true };
  // What froze or is being shut down is not to be asked again on the same connection (C15).
  return error.kind === 'timeout' || error.code === 503 ? { freshConnection: true } : {};
}

function onFailed<T extends KubernetesObject>(state: State, error: WatchError, life: Life): Transition<T> {
  const { phase } = state;
  if (phase.at === 'waiting' || phase.at === 'paused') return { state, events: [] };
  const memory = healed(state.memory, life);
  const cause = causeOf(error);
  switch (cause) {
    case 'unauthorized':
      if (memory.reauthed) return refused(memory, error, sameAgain(memory, phase, error));
      return proceed({ ...memory, reauthed: true }, sameAgain(memory, phase, error));
    case 'forbidden':
      return refused(memory, error, sameAgain(memory, phase, error));
    case 'absent':
      // Whoever recreates a CRD begins with new resourceVersions: nothing can be resumed (C10).
      return refused(memory, error, { do: 'list', cause: restartCause(memory) });
    default:
      break;
  }
  if (error instanceof WrongKind && !memory.worked) return refused(memory, error, sameAgain(memory, phase, error));
  switch (phase.at) {
    case 'streaming':
      return onStreamingFailed(memory, phase, error, cause, life);
    case 'listing':
      return onListFailed(memory, phase, error, cause);
    case 'watching':
    case 'probing':
      return onWatchFailed(memory, phase, error, cause);
  }
}

/** Retrying cannot mend it: final for a watch that never worked. Otherwise RBAC, tokens and CRDs come back, and so does the watch. */
function refused<T extends KubernetesObject>(memory: Memory, error: WatchError, next: Next): Transition<T> {
  return fail(memory, error, next, { ladder: 'slow', fatal: !memory.worked });
}

function onStreamingFailed<T extends KubernetesObject>(
  memory: Memory,
  phase: Phase & { at: 'streaming' },
  error: WatchError,
  cause: Cause,
  { lived }: Life,
): Transition<T> {
  if (refusesStreaming(error)) return listPaged(memory);
  const next = sameAgain(memory, phase, error);
  if (cause === 'invalid') return refused(memory, error, next);
  if (cause === 'expired' || cause === 'ahead') {
    return expired(memory, phase, error, { do: 'list', cause: restartCause(memory, 'expired') });
  }
  const cutShort = lived !== undefined && (cause === 'unanswered' || cause === 'garbled');
  if (!cutShort) return fail(memory, error, next);
  // A proxy that cuts every stream short would never let a streaming list end.
  const brokenOff = memory.brokenOff + 1;
  return fail({ ...memory, brokenOff, mode: brokenOff < 2 ? memory.mode : 'paged' }, error, next);
}

function onListFailed<T extends KubernetesObject>(
  memory: Memory,
  phase: Phase & { at: 'listing' },
  error: WatchError,
  cause: Cause,
): Transition<T> {
  const firstPage = phase.request.params.continue === undefined;
  if (cause === 'ahead' || (cause === 'expired' && firstPage)) {
    return expired(memory, phase, error, { do: 'list', cause: restartCause(memory, 'expired') });
  }
  // The offered token continues at another resourceVersion: what changed meanwhile on the earlier pages would be lost (B2).
  if (cause === 'expired') return expired(memory, phase, error, { do: 'list', cause: 'expired', unpaged: true });
  if (cause === 'invalid' && firstPage) return refused(memory, error, sameAgain(memory, phase, error));
  // On a later page it is the token that the server does not take.
  const pageFailures = cause === 'invalid' ? 3 : memory.pageFailures + 1;
  if (pageFailures < 3) return fail({ ...memory, pageFailures }, error, sameAgain(memory, phase, error));
  return fail(memory, error, { do: 'list', cause: restartCause(memory) });
}

function onWatchFailed<T extends KubernetesObject>(
  memory: Memory,
  phase: Phase & { at: 'watching' | 'probing' },
  error: WatchError,
  cause: Cause,
): Transition<T> {
  const next = sameAgain(memory, phase, error);
  const relist: Next = { do: 'list', cause: 'stuck' };
  switch (cause) {
    case 'expired':
      return expired(memory, phase, error, { do: 'list', cause: 'expired' });
    case 'ahead':
      return expired(memory, phase, error, { do: 'list', cause: 'rollback' });
    case 'unreadable':
      return fail(memory, error, relist);
    case 'garbled': {
      const garbled = memory.stuck.garbled + 1;
      if (garbled < 2) return fail({ ...memory, stuck: { ...memory.stuck, garbled } }, error, next);
      return fail({ ...memory, stuck: NOT_STUCK }, error, relist);
    }
    case 'invalid':
    case 'broken': {
      if (cause === 'invalid' && !memory.worked) return refused(memory, error, next);
      const ladder = cause === 'invalid' ? 'slow' : 'answered';
      const broken = memory.stuck.broken + 1;
      if (broken < 3) return fail({ ...memory, stuck: { ...memory.stuck, broken } }, error, next, { ladder });
      return fail({ ...memory, stuck: NOT_STUCK }, error, relist, { ladder });
    }
    default:
      return fail(memory, error, next);
  }
}

/**
 * The next list is at '': soon the first time since the watch was healthy, as every restart of a server causes one; then by a ladder of
 * its own, as the failures of before, which may have been a network's, say nothing about a server that has forgotten.
 */
function expired<T extends KubernetesObject>(
  memory: Memory,
  phase: Asking,
  error: WatchError,
  next: Next,
): Transition<T> {
  const relisting: Memory = { ...memory, latest: true, stuck: NOT_STUCK };
  // While it was paused the watch could not keep up: nobody's failure.
  if (memory.resumed) return proceed({ ...relisting, resumed: false }, next);
  const expirations = memory.expirations + 1;
  const how: How = {
    delay: expirations === 1 ? SOON : delayOf(LADDERS.answered, expirations - 1),
    // Changed parameters are not a retry: the answer's Retry-After does not hold (B4).
    ...(!asksForLatest(phase) && { floor: 0 }),
  };
  return fail({ ...relisting, expirations }, error, next, how);
}

/** Whether the request was a list at '' already. */
function asksForLatest(phase: Asking): boolean {
  if (phase.at === 'streaming') return phase.request.resourceVersion === '';
  if (phase.at !== 'listing') return false;
  const { params } = phase.request;
  return params.resourceVersion === undefined && params.continue === undefined;
}

interface How {
  readonly ladder?: keyof typeof LADDERS;
  readonly delay?: Delay;
  readonly floor?: number;
  readonly fatal?: boolean;
}

function fail<T extends KubernetesObject>(memory: Memory, error: WatchError, next: Next, how: How = {}): Transition<T> {
  const { ladder = ladderOf(error), fatal = false } = how;
  const unanswered = ladder === 'unanswered';
  // Who was not there for a while and answers again is not to be waited for as long: but only once, or a server that is there now and
  // then would be asked without end.
  const back = memory.outage === 'lasting' && !unanswered;
  const failures = back ? 1 : memory.failures + 1;
  const outage = back ? 'forgiven' : unanswered && memory.outage === 'none' ? 'lasting' : memory.outage;
  const wait: Wait = {
    delay: how.delay ?? delayOf(LADDERS[ladder], failures),
    floor: how.floor ?? Math.min(error.retryAfter ?? 0, MAX_FLOOR),
    unanswered,
  };
  return {
    state: { memory: { ...memory, failures, outage }, phase: { at: 'waiting', next, wait } },
    events: [],
    failure: { error, attempt: failures, fatal, wait },
  };
}

/** A gateway that answers for a server that does not is as good as nobody. */
function ladderOf(error: WatchError): keyof typeof LADDERS {
  return causeOf(error) === 'unanswered' || error.kind === 'gateway' ? 'unanswered' : 'answered';
}

function watchRequest({ resourceVersion }: Memory, attempt: Attempt): WatchRequest {
  return { ask: 'watch', resourceVersion, sendInitialEvents: false, attempt };
}

// --- pausing ------------------------------------------------------------------------------------------------------------------

function pause<T extends KubernetesObject>(memory: Memory, phase: Exclude<Phase, { at: 'paused' }>): Transition<T> {
  const next = phase.at === 'waiting' ? phase.next : sameAgain(memory, phase);
  return { state: { memory, phase: { at: 'paused', next } }, events: [{ type: 'paused', ...memory.plan.stamp }] };
}

function resume<T extends KubernetesObject>(memory: Memory, next: Next, mode: Mode): Transition<T> {
  return proceed(
    { ...memory, mode, failures: 0, outage: 'none', expirations: 0, reauthed: false, resumed: true },
    next,
  );
}

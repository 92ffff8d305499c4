import {
  asyncScheduler,
  BehaviorSubject,
  catchError,
  concat,
  concatMap,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  exhaustMap,
  finalize,
  filter,
  ignoreElements,
  map,
  merge,
  NEVER,
  of,
  repeat,
  retry,
  Subject,
  switchMap,
  take,
  takeWhile,
  tap,
  throwError,
  timer,
  type Observable,
} from 'rxjs';
import { WatchError } from './errors.js';
import type { Interrupted, KubernetesObject, WatchEvent } from './events.js';
import { settingsOf, type Occurrence, type Settings, type WatchOptions } from './options.js';
import {
  DEADLINE_SLACK,
  DOUBTED_MARKER_LIMIT,
  MIN_DELAY,
  MOST_A_MINUTE,
  SETTLE_TIME,
  STREAMING_TIMEOUT_SECONDS,
  WAKE_SPREAD,
  PROBE_LIMIT,
  type Delay,
} from './protocol/limits.js';
import type { ListParams } from './protocol/messages.js';
import type { Failure, Input, Life, Mode, Plan, Request, State, Transition, Wait } from './protocol/state.js';
import { begin, step } from './protocol/step.js';
import { milliseconds, Negotiation } from './recovery.js';
import type { EventOf, Source } from './source.js';

/**
 * Watches a resource: lists it, then says every change to it, for as long as it is subscribed to.
 * It resumes from the last resourceVersion after a failure, lists anew where the server no longer has the changes since (410), backs off, and
 * says so in-band. Cold: each subscription is a watch of its own.
 *
 * ```txt
 * -oab-I-c--#                 a first connection: o accepted, a b I a list and its end, c added, # it breaks
 *            -oC-             a second one, 0.8 s later, from where the first one was
 *
 * > watch$(things)
 *
 * i-ab-I-c--x 801ms (lC)--    i init, a b initApply, I initDone, c apply, x interrupted, l live, C delete
 * ```
 *
 * - **Error**: only what retrying cannot mend. A watch that never worked errors when the server refuses it (400, 401, 403, 404, 405, 422),
 *   when its credentials cannot be obtained or when objects of another kind are there, and any watch when a policy gives up; with a
 *   {@link WatchError}, in the server's words where there are any. A watch that has worked retries for ever by itself.
 * - **410** and other losses of position: `interrupted`, then `init`, the whole list and `initDone`.
 * - **Completion**: never by itself.
 * - **Unsubscribing** at any moment aborts the request and clears the timers.
 *
 * ```ts
 * import { watch$ } from 'rxkube';
 *
 * watch$(pods).subscribe((event) => {
 *   if (event.type === 'apply') console.log(event.object.metadata.name);
 * });
 * ```
 *
 * @throws RangeError or TypeError at once for a wrong option, naming it and its value.
 */
export function watch$<S extends Source>(source: S, options?: WatchOptions): Observable<EventOf<S>>;
export function watch$<T extends KubernetesObject, K extends string>(
  source: Source<T, K>,
  options: WatchOptions = {},
): Observable<WatchEvent<T, K>> {
  const settings = settingsOf(options);
  return defer(() => run(source, settings));
}

/** One subscription: `defer` performs what the state asks for, `retry` waits after failures, `repeat` goes on after ends. */
function run<T extends KubernetesObject, K extends string>(
  source: Source<T, K>,
  settings: Settings,
): Observable<WatchEvent<T, K>> {
  const { neighbours, api } = source;
  const { random } = neighbours;
  const now = (): number => asyncScheduler.now();
  const resource = source.kind.id;
  const stamp = { resource, cluster: source.cluster, from: settings.as ?? source.from };
  const plan: Plan<K> = {
    stamp,
    kind: source.kind.kind,
    listKind: source.kind.listKind,
    resourceVersion: settings.resourceVersion,
    freshness: settings.freshness,
    pageSize: settings.pageSize,
  };
  const mode = (): Mode => (settings.initialList === 'paged' ? 'paged' : neighbours.mode(resource));

  const beginning = begin(plan, mode());
  let state: State = beginning.state;
  let failingSince = 0;
  /** No request before this: a server's Retry-After holds through a pause too. */
  let notBefore = 0;
  let startedAt = 0;
  /** When the last requests began, as far as they count for what a watch may ask for in a minute. */
  const starts: number[] = [];
  /** Somebody else decides how long to wait. */
  let governed = settings.retry !== undefined;
  /** How long the last wait for an answer was: a failure of another watch in its second half counts as ours. */
  let waitedForAnswer: number | undefined;
  /** Another watch's success may cut short one wait; a server that accepts and drops everybody must not set all off each time. */
  let woken = false;
  /** Since when nothing came, through streams that ended properly without a frame: together they are one silence. */
  let quietSince: number | undefined;
  /** What the server has warned of. */
  const warned = new Set<string>();

  const pausing = new BehaviorSubject(false);
  const wakes = new Subject<unknown>();
  const doubts = new Subject<unknown>();

  function observe(occurrence: Occurrence): void {
    if (settings.observe === undefined) return;
    try {
      settings.observe({ from: stamp.from, ...occurrence });
    } catch (error) {
      report(error);
    }
  }

  function advance(input: Input<T>): Transition<T> {
    const before = state;
    const transition = step(before, input);
    state = transition.state; // before anything is emitted: emission may re-enter
    const { memory, phase } = state;
    if (phase === before.phase) return transition;
    if (before.phase.at === 'paused') {
      notBefore = Math.max(notBefore, startedAt + MIN_DELAY);
      starts.length = 0;
      quietSince = undefined;
      waitedForAnswer = undefined; // whoever resumes tries for himself
    }
    if (memory.mode === 'paged' && before.memory.mode === 'streaming') neighbours.listsPaged(resource);
    if (phase.at === 'streaming' && phase.doubtful) doubts.next(undefined);
    for (const event of transition.events) {
      if (event.type === 'init') observe({ type: 'relist', cause: event.cause });
    }
    return transition;
  }

  /** A failure becomes an event, and when that was delivered, an error for `retry`. */
  function emission({ events, failure }: Transition<T>): Observable<WatchEvent<T, K>> | readonly WatchEvent<T, K>[] {
    if (failure === undefined) return events as readonly WatchEvent<T, K>[];
    const interruption = interrupt(failure);
    return concat(
      of(interruption.event),
      throwError(() => interruption),
    );
  }

  function interrupt({ error, attempt, fatal, wait }: Failure): Interruption<K> {
    if (attempt === 1 && state.memory.outage !== 'forgiven') {
      failingSince = now();
      woken = false;
    }
    const failingFor = now() - failingSince;
    const intend = (retryIn: number): Interrupted<K> => ({
      type: 'interrupted',
      ...stamp,
      error,
      attempt,
      failingFor,
      retryIn,
      recovery: new Negotiation(retryIn, () => {
        observe({ type: 'lateAnswer', attempt });
      }),
    });
    const ladder = intend(fatal ? Infinity : bounded(draw(wait.delay, random()), wait));
    if (settings.retry === undefined) return new Interruption(ladder, wait);
    return new Interruption(intend(bounded(milliseconds('retry', settings.retry(ladder)), wait)), wait);
  }

  /** Emits when a wait is over: by time, by `wakeOn`, by another watch's success, or because the watch is to be paused. */
  function wait(ms: number, { unanswered }: Pick<Wait, 'unanswered'>): Observable<unknown> {
    const othersAnswered = unanswered && !woken ? neighbours.answers.pipe(tap(() => (woken = true))) : NEVER;
    const wakened = merge(wakes.pipe(tap(() => (starts.length = 0))), othersAnswered).pipe(
      exhaustMap(() => timer(Math.max(random() * WAKE_SPREAD, notBefore - now()))),
      tap(() => (waitedForAnswer = undefined)),
    );
    waitedForAnswer = unanswered ? ms : undefined;
    return merge(timer(Math.min(ms, MAX_TIMER)), wakened, pausing.pipe(filter((paused) => paused))).pipe(take(1));
  }

  function afterFailure(end: unknown): Observable<unknown> {
    if (!(end instanceof Interruption)) return throwError(() => end); // a bug is not retried
    const agreed = end.settle();
    if (agreed === Infinity) return throwError(() => end.event.error);
    if (agreed !== end.event.retryIn) governed = true;
    notBefore = now() + Math.max(end.wait.floor, MIN_DELAY);
    return wait(bounded(agreed, end.wait), end.wait);
  }

  function afterEnd(): Observable<unknown> {
    if (state.phase.at !== 'waiting') return of(undefined);
    return wait(draw(state.phase.wait.delay, random()), state.phase.wait);
  }

  /** What happens to the present phase: the answers to its request, its limits, and `pauseWhile`. */
  function inputs(): Observable<Input<T>> {
    const controls = pausing.pipe(
      distinctUntilChanged(),
      map((paused): Input<T> => (paused ? { type: 'pause' } : { type: 'resume', mode: mode() })),
    );
    const { phase } = state;
    switch (phase.at) {
      case 'paused':
        return controls;
      case 'waiting':
        return pausing.value ? controls : of({ type: 'waited', mode: mode() });
      case 'streaming':
      case 'listing':
      case 'watching':
      case 'probing':
        return merge(controls, whenAllowed(phase.request));
    }
  }

  function whenAllowed(request: Request): Observable<Input<T>> {
    return defer(() => {
      const further = request.ask === 'list' && request.params.continue !== undefined;
      const early = Math.max(notBefore, further ? 0 : budget()) - now();
      return early > 0 ? timer(early) : of(0);
    }).pipe(
      switchMap(() => (waitedForAnswer === undefined ? of(undefined) : neighbours.turn(waitedForAnswer))),
      switchMap((error) => {
        waitedForAnswer = undefined;
        return error === undefined ? perform(request) : of<Input<T>>({ type: 'failed', error, life: NO_LIFE });
      }),
    );
  }

  /** When the next request may begin, after so many in the last minute. */
  function budget(): number {
    if (governed || starts.length < MOST_A_MINUTE) return 0;
    return (starts.at(-MOST_A_MINUTE) ?? 0) + 60_000;
  }

  function perform(request: Request): Observable<Input<T>> {
    return defer(() => {
      const meter = new Meter(now, request.ask === 'watch' && !request.sendInitialEvents ? quietSince : undefined);
      quietSince = undefined;
      neighbours.tried();
      startedAt = now();
      if (request.ask === 'watch' || request.params.continue === undefined) starts.push(startedAt);
      if (starts.length > MOST_A_MINUTE) starts.shift();
      observe({
        type: 'request',
        verb: request.ask,
        resourceVersion: request.ask === 'watch' ? request.resourceVersion : (request.params.resourceVersion ?? ''),
      });
      let failure: WatchError | undefined;
      return (request.ask === 'list' ? performList(request.params, request, meter) : performWatch(request, meter)).pipe(
        tap((input) => {
          if (input.type === 'failed') failure = input.error;
          if (input.type === 'frame' && input.frame.type === 'ERROR') failure = input.frame.error;
        }),
        finalize(() => {
          observe({
            type: 'end',
            verb: request.ask,
            lived: meter.lived ?? 0,
            frames: meter.frames,
            ...(failure && { error: failure }),
          });
        }),
      );
    });
  }

  function accepted(verb: 'list' | 'watch', meter: Meter, warnings: readonly string[] = []): void {
    meter.open();
    neighbours.answered();
    observe({ type: 'response', verb, after: now() - meter.startedAt });
    for (const text of warnings) {
      if (warned.has(text)) continue;
      warned.add(text);
      observe({ type: 'warning', text });
    }
  }

  function failed(meter: Meter): (error: unknown) => Observable<Input<T>> {
    return (error) => {
      if (!(error instanceof WatchError)) return throwError(() => error); // a bug is not retried
      const unanswered = error.kind === 'connection' || error.kind === 'timeout';
      // The end of a stream that was open says nothing about who can connect.
      if (unanswered && meter.lived === undefined) neighbours.unanswered(error);
      if (error.kind === 'status') neighbours.answered();
      return of({ type: 'failed', error, life: meter });
    };
  }

  function performList(params: ListParams, { attempt }: Request, meter: Meter): Observable<Input<T>> {
    return api.list(params, attempt).pipe(
      tap(({ warnings }) => {
        accepted('list', meter, warnings);
      }),
      map((page): Input<T> => ({ type: 'page', page, life: meter })),
      endWith<Input<T>>({ type: 'ended', life: meter }),
      catchError(failed(meter)),
    );
  }

  function performWatch(request: Request & { ask: 'watch' }, meter: Meter): Observable<Input<T>> {
    const { resourceVersion, sendInitialEvents, attempt } = request;
    const { min, max } = settings.timeoutSeconds;
    const timeoutSeconds = sendInitialEvents ? STREAMING_TIMEOUT_SECONDS : Math.floor(min + random() * (max - min + 1));
    const params = { resourceVersion, timeoutSeconds, ...(sendInitialEvents && { sendInitialEvents: true as const }) };
    let askedAt = 0;
    const frames = api.watch(params, attempt).pipe(
      tap({
        next: (frame) => {
          if (frame.type === 'OPEN') accepted('watch', meter, frame.warnings);
          else meter.count();
        },
        complete: () => (quietSince = meter.frames === 0 ? Math.max(meter.lastFrameAt, askedAt) : undefined),
      }),
      map((frame): Input<T> => ({ type: 'frame', frame, life: meter })),
      endWith<Input<T>>({ type: 'ended', life: meter }),
      catchError(failed(meter)),
    );
    const deadline = timer(timeoutSeconds * 1000 + DEADLINE_SLACK).pipe(
      map((): Input<T> => ({ type: 'ended', life: meter, overdue: true })),
    );
    const settled = timer(SETTLE_TIME).pipe(map((): Input<T> => ({ type: 'settled' })));
    const silent = quiet(settings.idleLimit, () => Math.max(meter.lastFrameAt, askedAt)).pipe(
      concatMap(() =>
        concat(
          of<Input<T>>({ type: 'silent' }),
          defer(() => {
            askedAt = now();
            return probe(meter);
          }),
        ),
      ),
      repeat(),
    );
    const limits = [deadline, settled, silent];
    if (sendInitialEvents) limits.push(unmarked(meter));
    // Until then it is the transport's time: it may wait for its turn, and for an answer.
    return merge(meter.whenOpen.pipe(switchMap(() => merge(...limits))), frames);
  }

  /** Emits when nothing has come for so long. */
  function quiet(limit: number, since: () => number): Observable<unknown> {
    // A stream that goes on with a silence has a moment to break it.
    return defer(() => timer(Math.max(Math.min(SETTLE_TIME, limit), since() + limit - now()))).pipe(
      switchMap(() => stillQuiet(limit, since)),
    );
  }

  function stillQuiet(limit: number, since: () => number): Observable<unknown> {
    const left = since() + limit - now();
    return left <= 0 ? of(0) : timer(left).pipe(switchMap(() => stillQuiet(limit, since)));
  }

  function unmarked(meter: Meter): Observable<Input<T>> {
    const doubted = doubts.pipe(
      take(1),
      switchMap(() => timer(DOUBTED_MARKER_LIMIT)),
    );
    return merge(
      quiet(settings.markerLimit, () => meter.lastFrameAt),
      doubted,
    ).pipe(
      take(1),
      map((): Input<T> => ({ type: 'unmarked' })),
    );
  }

  function probe(meter: Meter): Observable<Input<T>> {
    if (state.phase.at !== 'probing') return EMPTY;
    const overdue = new WatchError(`no answer within ${String(PROBE_LIMIT)} ms`, { kind: 'timeout' });
    return merge(
      api.list(state.phase.probe, {}).pipe(map((): Input<T> => ({ type: 'probed', life: meter }))),
      timer(PROBE_LIMIT).pipe(map((): Input<T> => ({ type: 'probed', error: overdue, life: meter }))),
    ).pipe(
      take(1),
      catchError((error: unknown) =>
        error instanceof WatchError ? of<Input<T>>({ type: 'probed', error, life: meter }) : throwError(() => error),
      ),
    );
  }

  const attempts = defer(() => {
    const asked = activity(state);
    return inputs().pipe(
      map(advance),
      takeWhile((transition) => activity(transition.state) === asked, true), // the core wants something else: let go of this
      concatMap(emission),
    );
  });
  const watching = concat(
    beginning.events as readonly WatchEvent<T, K>[],
    attempts.pipe(retry({ delay: afterFailure, resetOnSuccess: false }), repeat({ delay: afterEnd })),
  );
  return merge(steered(settings.pauseWhile, pausing), steered(settings.wakeOn, wakes), watching);
}

/** The longest `setTimeout`: a longer one fires at once. */
const MAX_TIMER = 2 ** 31 - 1;
const NO_LIFE: Life = { lived: undefined, frames: 0 };

/** Carries a failure through `retry`: nothing else is retried, so that our own bugs are not. */
class Interruption<K extends string> extends Error {
  readonly event: Interrupted<K>;
  readonly wait: Wait;

  constructor(event: Interrupted<K>, wait: Wait) {
    super(event.error.message);
    this.event = event;
    this.wait = wait;
  }

  settle(): number {
    return (this.event.recovery as Negotiation).settle();
  }
}

/** Measures a request: how long the stream has been open, and what it brought. */
class Meter implements Life {
  frames = 0;
  lastFrameAt: number;
  readonly startedAt: number;
  readonly #opened = new Subject<void>();
  readonly #now: () => number;
  readonly #quietSince: number | undefined;
  #openedAt: number | undefined;

  /** @param quietSince of the silence that it goes on with, if there is one */
  constructor(now: () => number, quietSince: number | undefined) {
    this.#now = now;
    this.#quietSince = quietSince;
    this.startedAt = now();
    this.lastFrameAt = quietSince ?? this.startedAt;
  }

  get whenOpen(): Observable<unknown> {
    return this.#opened;
  }

  get lived(): number | undefined {
    // A clock that was set back must not make a life negative.
    return this.#openedAt === undefined ? undefined : Math.max(0, this.#now() - this.#openedAt);
  }

  open(): void {
    this.#openedAt = this.#now();
    this.lastFrameAt = this.#quietSince ?? this.#openedAt;
    this.#opened.next();
  }

  count(): void {
    this.frames++;
    this.lastFrameAt = this.#now();
  }
}

/** What an attempt is about: it ends when the core wants something else. */
function activity({ phase }: State): unknown {
  return 'request' in phase ? phase.request : phase;
}

function draw({ from, to }: Delay, random: number): number {
  return Math.round(from + random * (to - from));
}

/** Never sooner than the server asked, nor than the least distance between two attempts. */
function bounded(ms: number, { floor }: Wait): number {
  return Math.max(ms, floor, MIN_DELAY);
}

/** Hands on what a user's Observable says; only its error reaches the watch. */
function steered<V>(control: Observable<V> | undefined, into: Subject<V>): Observable<never> {
  if (control === undefined) return EMPTY;
  return control.pipe(
    tap((value) => {
      into.next(value);
    }),
    ignoreElements(),
  );
}

/** As RxJS reports an error that nobody handles. */
function report(error: unknown): void {
  throwError(() => error).subscribe();
}

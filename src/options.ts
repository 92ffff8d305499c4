import { isObservable, type Observable } from 'rxjs';
import type { InitCause, Policy } from './events.js';
import type { WatchError } from './errors.js';
import { IDLE_LIMIT, MARKER_LIMIT, PAGE_SIZE, TIMEOUT_SECONDS } from './protocol/limits.js';

/** What {@link WatchOptions.observe} is told: of each request, never once a frame. */
export type Observation = { readonly from: string } & Occurrence;

export type Occurrence =
  | { readonly type: 'request'; readonly verb: 'list' | 'watch'; readonly resourceVersion: string }
  /** The server accepted the request, `after` milliseconds. */
  | { readonly type: 'response'; readonly verb: 'list' | 'watch'; readonly after: number }
  /** The request is over. `lived`: milliseconds since the response; without `error` it ended as it should, or was let go of. */
  | {
      readonly type: 'end';
      readonly verb: 'list' | 'watch';
      readonly lived: number;
      readonly frames: number;
      readonly error?: WatchError;
    }
  | { readonly type: 'relist'; readonly cause: InitCause }
  /** The server warns, of a deprecated version for instance, or the watch takes turns (`streamsAtOnce`). Each text is told once a watch. */
  | { readonly type: 'warning'; readonly text: string }
  /** `recovery` was answered after its event had been delivered: behind `observeOn`, `delay`, `bufferTime` … */
  | { readonly type: 'lateAnswer'; readonly attempt: number };

/** How a watch lists, recovers and rests. */
export interface WatchOptions {
  /**
   * How long to wait after a failure. An answer to the event's `recovery` downstream replaces it.
   * Default: 0.8 s doubling, with jitter, up to 4 s while nobody answers, 15 s while the server refuses what had worked, else 60 s.
   */
  readonly retry?: Policy | undefined;
  /**
   * Where to resume: the `resourceVersion` of a `bookmark` or an object that was seen before. The watch then begins without `init`, and
   * what was deleted before a first 410 cannot be known. Default: begin with a list.
   */
  readonly resourceVersion?: string | undefined;
  /**
   * How the full list is asked for: `streaming` where the server can (Kubernetes 1.34 or newer), else by pages, or always `paged`.
   * Default: `streaming`.
   */
  readonly initialList?: 'streaming' | 'paged' | undefined;
  /**
   * `latest`: a list shows everything that was committed before it. `any`: the server may answer from its cache, which can be behind
   * what was seen before; cheaper for very old, very large clusters. Default: `latest`.
   */
  readonly freshness?: 'latest' | 'any' | undefined;
  /** Objects a page of a paged list, ≥ 1. Default: 500, as client-go. */
  readonly pageSize?: number | undefined;
  /**
   * Asks the server to close each watch after so many seconds; drawn between the two, so that reconnects spread.
   * The client closes it 15 s later itself. Default: 240 to 480.
   */
  readonly timeoutSeconds?: { readonly min: number; readonly max: number } | undefined;
  /**
   * Milliseconds without a frame after which the server is asked whether it lives and has come so far. Default: 90 000, as a bookmark
   * is due every 60 s.
   */
  readonly idleLimit?: number | undefined;
  /** Milliseconds without a new object after which a streaming list counts as unable to end. Default: 120 000. */
  readonly markerLimit?: number | undefined;
  /**
   * While it says `true`, the watch rests: no request, no connection, what is known is kept. It resumes where it was.
   * Until it first emits, the watch runs. Its error is the watch's error.
   */
  readonly pauseWhile?: Observable<boolean> | undefined;
  /** Ends a wait within a second, unless the server asked for a longer one: `fromEvent(window, 'online')`. Its error is the watch's error. */
  readonly wakeOn?: Observable<unknown> | undefined;
  /** What the events call `from`. Default: cluster, resource, namespace and selectors. */
  readonly as?: string | undefined;
  /** Is told of every request and how it ended. What it throws is reported as RxJS reports unhandled errors, and changes nothing. */
  readonly observe?: ((observation: Observation) => void) | undefined;
}

export type Settings = Omit<WatchOptions, 'pageSize' | 'timeoutSeconds' | 'idleLimit' | 'markerLimit' | 'freshness'> &
  Required<{
    [Name in 'pageSize' | 'timeoutSeconds' | 'idleLimit' | 'markerLimit' | 'freshness']: NonNullable<
      WatchOptions[Name]
    >;
  }>;

/** @throws RangeError or TypeError that names the option and the value. */
export function settingsOf(options: WatchOptions): Settings {
  const settings: Settings = {
    ...options,
    freshness: options.freshness ?? 'latest',
    pageSize: options.pageSize ?? PAGE_SIZE,
    timeoutSeconds: options.timeoutSeconds ?? TIMEOUT_SECONDS,
    idleLimit: options.idleLimit ?? IDLE_LIMIT,
    markerLimit: options.markerLimit ?? MARKER_LIMIT,
  };
  const { resourceVersion, as, timeoutSeconds } = settings;
  if (resourceVersion === '' || resourceVersion === '0') {
    // The server would begin with the present state, in no order that could be resumed from (A11).
    throw new RangeError(`resourceVersion must be one that was seen, got ${JSON.stringify(resourceVersion)}`);
  }
  if (as === '') throw new RangeError('as must not be empty, got ""');
  wholeNumber('pageSize', settings.pageSize);
  wholeNumber('timeoutSeconds.min', timeoutSeconds.min);
  wholeNumber('timeoutSeconds.max', timeoutSeconds.max);
  if (timeoutSeconds.max < timeoutSeconds.min) {
    throw new RangeError(
      `timeoutSeconds.max must be ≥ min (${String(timeoutSeconds.min)}), got ${String(timeoutSeconds.max)}`,
    );
  }
  wholeNumber('idleLimit', settings.idleLimit);
  wholeNumber('markerLimit', settings.markerLimit);
  oneOf('initialList', settings.initialList, ['streaming', 'paged']);
  oneOf('freshness', settings.freshness, ['latest', 'any']);
  shaped('retry', settings.retry, 'a function', (value) => typeof value === 'function');
  shaped('observe', settings.observe, 'a function', (value) => typeof value === 'function');
  shaped('pauseWhile', settings.pauseWhile, 'an Observable', isObservable);
  shaped('wakeOn', settings.wakeOn, 'an Observable', isObservable);
  return settings;
}

function wholeNumber(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${name} must be a whole number ≥ 1, got ${String(value)}`);
}

function oneOf(name: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw new RangeError(`${name} must be one of ${allowed.join(', ')}, got ${JSON.stringify(value)}`);
}

function shaped(name: string, value: unknown, shape: string, test: (value: unknown) => boolean): void {
  if (value !== undefined && !test(value))
    throw new TypeError(
      `${name} must be ${shape}, got ${typeof value === 'string' ? JSON.stringify(value) : typeof value}`,
    );
}

import {
  asyncScheduler,
  defer,
  finalize,
  map,
  of,
  Subject,
  Subscription,
  switchMap,
  take,
  takeUntil,
  type Observable,
} from 'rxjs';
import type { KubernetesObject } from '../events.js';
import type { WatchFrame, WatchParams } from '../protocol/messages.js';

interface Stream {
  begin(): void;
  end(): void;
  readonly lists: boolean;
  openedAt: number;
  /** When another may have its place: never, before it is open, and while it lists. */
  endsAt: number;
}

/**
 * Milliseconds that a watch is open while others wait. Longer than a healthy life, so that its end is no failure, and about five
 * requests a minute.
 */
const TURN = 12_000;

/** Of one that began as a list, once the list is complete: others wait for theirs. No very short life, which would be a failure. */
const LIST_TURN = 1_500;

/**
 * Lets so many watches be open at once, and the others wait. While one waits, the one that has been open longest is ended when its turn is
 * over, as by a server that closes it properly; it comes back from where it was, and waits in its turn. So all of them get on, later.
 *
 * A turn that was waited for is what the server is asked for, too: so it sends a bookmark before the end of each, without which what is quiet
 * would fall behind until the server no longer knew where it is. A streaming list is never cut short: it would have to begin anew.
 */
export class StreamLimit {
  readonly #atOnce: number;
  readonly #turn: number;
  readonly #waiting = new Set<Stream>();
  readonly #open = new Set<Stream>();
  #nextEnd = Subscription.EMPTY;

  constructor(atOnce: number, turn: number = TURN) {
    this.#atOnce = atOnce;
    this.#turn = turn;
  }

  /** The watch, when it is its turn and as long as it is. Only then `watch` is called, so that no limit of the request counts the wait. */
  share<T extends KubernetesObject>(
    params: WatchParams,
    watch: (params: WatchParams) => Observable<WatchFrame<T>>,
  ): Observable<WatchFrame<T>> {
    return defer(() => {
      const turn = new Subject<undefined>();
      const over = new Subject<undefined>();
      const stream: Stream = {
        begin: () => turn.next(undefined),
        end: () => over.next(undefined),
        lists: params.sendInitialEvents === true,
        openedAt: 0,
        endsAt: Infinity,
      };
      const waits = this.#open.size >= this.#atOnce;
      (waits ? this.#waiting : this.#open).add(stream);
      this.#arrange();
      return (waits ? turn.pipe(take(1)) : of(undefined)).pipe(
        switchMap(() => watch(waits ? this.#limited(params) : params)),
        map((frame) => {
          this.#saw(stream, frame);
          return waits && frame.type === 'OPEN' ? this.#warning(frame) : frame;
        }),
        takeUntil(over),
        finalize(() => {
          this.#waiting.delete(stream);
          this.#open.delete(stream);
          this.#arrange();
        }),
      );
    });
  }

  #limited(params: WatchParams): WatchParams {
    if (params.sendInitialEvents === true) return params;
    return { ...params, timeoutSeconds: Math.min(params.timeoutSeconds, Math.ceil(this.#turn / 1000)) };
  }

  #saw(stream: Stream, frame: WatchFrame): void {
    if (frame.type === 'OPEN') {
      stream.openedAt = asyncScheduler.now();
      if (stream.lists) return;
      stream.endsAt = stream.openedAt + this.#turn;
    } else if (stream.lists && frame.type === 'BOOKMARK' && frame.initialEventsEnd) {
      stream.endsAt = stream.openedAt + Math.min(LIST_TURN, this.#turn);
    } else return;
    this.#arrange();
  }

  /** Has those begin for whom there is room, and the next one end when it may be, if there is none. */
  #arrange(): void {
    for (const stream of this.#waiting) {
      if (this.#open.size >= this.#atOnce) break;
      this.#waiting.delete(stream);
      this.#open.add(stream);
      stream.begin();
    }
    this.#nextEnd.unsubscribe();
    if (this.#waiting.size === 0) return;
    const [next] = [...this.#open].sort((a, b) => a.endsAt - b.endsAt);
    if (next === undefined || next.endsAt === Infinity) return;
    this.#nextEnd = asyncScheduler.schedule(
      () => {
        next.end();
      },
      Math.max(0, next.endsAt - asyncScheduler.now()),
    );
  }

  #warning({ warnings = [] }: WatchFrame & { readonly type: 'OPEN' }): WatchFrame<never> {
    const most = this.#atOnce === 1 ? '1 watch' : `${this.#atOnce} watches`;
    const text =
      `only ${most} may be open at once (streamsAtOnce): this one takes turns of ${this.#turn / 1000} s with others and ` +
      'tells changes late. Serve HTTP/2, watch less, or let hidden tabs rest (pauseWhile)';
    return { type: 'OPEN', warnings: [...warnings, text] };
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import {
  concatMap,
  filter,
  firstValueFrom,
  fromEvent,
  interval,
  map,
  merge,
  of,
  pipe,
  Subject,
  take,
  takeUntil,
  timeout,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import type { Kind } from 'rxkube';
import type { ApiObject } from 'rxkube/apiserver';
import { PACE, type Embedded } from './embedded.ts';
import type { Fault, Stage } from './faults.ts';
import type { Following } from './following.ts';
import { outcomeOf, type Episode } from './journal.ts';

/** A fault that is not over by then has won. */
const LIMIT = 60_000;
/** ms in which the last changes arrive */
const SETTLING = 3_000;

/** Does one fault after the other, and sees what comes of it. */
export class Performer {
  /** The one that is being done, and those that wait. */
  readonly queue: Fault[] = [];
  readonly #embedded: Embedded;
  readonly #kind: Kind;
  readonly #namespace: string | undefined;
  readonly #following: Following;
  readonly #asked = new Subject<Fault>();
  readonly #stopping = new AbortController();
  #writes = 0;

  constructor(embedded: Embedded, kind: Kind, namespace: string | undefined, following: Following) {
    this.#embedded = embedded;
    this.#kind = kind;
    this.#namespace = namespace;
    this.#following = following;
    this.#asked.pipe(concatMap((fault) => this.#perform(fault))).subscribe({
      next: () => this.queue.shift(),
      error: (error: unknown) => following.fail(error),
    });
  }

  perform(fault: Fault): void {
    this.queue.push(fault);
    this.#asked.next(fault);
  }

  stop(): void {
    this.#asked.complete();
    this.#stopping.abort();
  }

  /** How many objects are shown otherwise than the server has them. */
  get differing(): number {
    const shown = new Map(this.#following.snapshot.items.map(({ metadata }) => [metadata.uid, metadata]));
    let count = 0;
    for (const { metadata } of this.#present()) {
      if (shown.get(metadata.uid)?.resourceVersion !== metadata.resourceVersion) count++;
      shown.delete(metadata.uid);
    }
    return count + shown.size;
  }

  /** Lets the cluster come to rest. @returns how many objects are shown otherwise than the server has them, then */
  settled(): Observable<number> {
    this.#embedded.workload.stop();
    return this.#following.snapshots.pipe(
      filter(() => this.#isRight),
      map(() => 0),
      timeout({ first: SETTLING, with: () => of(this.differing) }),
      take(1),
    );
  }

  async #perform(fault: Fault): Promise<void> {
    const { server, workload } = this.#embedded;
    const { journal } = this.#following;
    if (this.#isStopped()) return;
    journal.begin(fault.name);
    let wrong: string | undefined;
    let isAsExpected = false;
    try {
      await fault.run(this.#stage());
      const episode = await this.#until((current) => this.#isRight && fault.isOver(current));
      isAsExpected = outcomeOf(episode) === fault.outcome && episode.repeats === 0;
    } catch (error) {
      wrong = `${fault.name}: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (this.#isStopped()) return;
    server.clearFaults();
    workload.start();
    journal.close(isAsExpected ? '✓' : '✗', wrong);
  }

  #stage(): Stage {
    const { server, workload, pace } = this.#embedded;
    const { journal } = this.#following;
    return {
      server,
      seconds: async (count) => {
        await sleep((count * 1_000 * PACE) / pace, undefined, { signal: this.#stopping.signal });
      },
      inject: (fault) => server.inject({ ...fault, verb: 'watch', resource: this.#kind.plural }),
      write: () => this.#write(),
      noticed: (what) => this.#until(what),
      bookmark: () => firstValueFrom(journal.bookmarks.pipe(this.#patiently())),
      hold: () => workload.stop(),
    };
  }

  async #until(what: (episode: Episode) => boolean): Promise<Episode> {
    const { journal, snapshots } = this.#following;
    const current = merge(journal.episodes, snapshots, interval(100)).pipe(
      map(() => journal.episode),
      filter((episode): episode is Episode => episode !== undefined && what(episode)),
      this.#patiently(),
    );
    return firstValueFrom(current);
  }

  /** Until it is too late, or over. */
  #patiently<T>(): MonoTypeOperatorFunction<T> {
    const tooLate = (): never => {
      throw new Error(`not over after ${LIMIT / 1_000} s`);
    };
    return pipe(timeout({ first: LIMIT, with: tooLate }), takeUntil(fromEvent(this.#stopping.signal, 'abort')));
  }

  #isStopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  get #isRight(): boolean {
    return this.#following.snapshot.phase === 'live' && this.differing === 0;
  }

  #write(): void {
    const [object] = this.#present();
    if (object === undefined) throw new Error(`there are no ${this.#kind.plural} to change`);
    const annotations = { 'demo.rxkube.example/written': String(++this.#writes) };
    this.#embedded.server.patch(object, { metadata: { annotations } });
  }

  #present(): readonly ApiObject[] {
    const { group, version, kind } = this.#kind;
    const apiVersion = group === '' ? version : `${group}/${version}`;
    return this.#embedded.server.list(apiVersion, kind, this.#namespace);
  }
}

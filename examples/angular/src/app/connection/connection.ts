import { computed, inject, Service } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { connectionState, type ConnectionState, type Phase, type WatchError } from 'rxkube';
import { distinctUntilChanged, merge, scan } from 'rxjs';
import { Clock } from '../clock';
import { Workloads } from '../workloads';

interface Stand {
  readonly phase: Phase;
  readonly error?: WatchError;
  /** When it tries again, in ms since 1970. */
  readonly retryAt: number;
  /** Until when what is known was current, in ms since 1970; undefined while it is. */
  readonly asOf?: number | undefined;
}

const NOTHING_YET: Stand = { phase: 'listing', retryAt: 0 };

/** An event says how long there is to wait, and not since when. */
function stand(before: Stand, { phase, error, ready, retryIn = 0 }: ConnectionState): Stand {
  const retryAt = Date.now() + retryIn;
  if (phase === 'live') return { phase, retryAt };
  const isBroken = ready && phase !== 'listing';
  return { phase, error, retryAt, asOf: before.asOf ?? (isBroken ? Date.now() : undefined) };
}

/** How it stands with the connection: that of the watch with which it stands worst. It keeps them alive as long as the application runs. */
@Service()
export class Connection {
  readonly #workloads = inject(Workloads);
  readonly #now = inject(Clock).now;

  readonly #stand = toSignal(
    merge(this.#workloads.pods$, this.#workloads.deployments$).pipe(
      connectionState(),
      distinctUntilChanged((before, now) => before.phase === now.phase && before.error === now.error),
      scan(stand, NOTHING_YET),
    ),
    { requireSync: true },
  );

  readonly phase = computed(() => this.#stand().phase);
  readonly error = computed(() => this.#stand().error);
  /** Seconds until it tries again. */
  readonly retryIn = computed(() => Math.max(0, Math.ceil((this.#stand().retryAt - this.#now()) / 1_000)));
  /** Until when what is shown was current, as a time of the day; undefined while it is. */
  readonly asOf = computed(() => {
    const { asOf } = this.#stand();
    return asOf === undefined ? undefined : new Date(asOf).toLocaleTimeString();
  });
}

import type { Clock } from 'rxkube/apiserver';

/** The system's time, except that it can be set back: what is made then is old. */
export class DemoClock implements Clock {
  #ago = 0;

  now(): number {
    return Date.now() - this.#ago;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  }

  /** Lets something happen so many ms ago. */
  ago(ms: number, action: () => void): void {
    this.#ago = ms;
    try {
      action();
    } finally {
      this.#ago = 0;
    }
  }
}

/** The same time, in which every wait is so many times shorter. */
export function faster(clock: Clock, times: number): Clock {
  return { now: () => clock.now(), after: (ms, callback) => clock.after(ms / times, callback) };
}

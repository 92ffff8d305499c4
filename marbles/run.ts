import type { TestScheduler } from 'rxjs/testing';
import type { Counter } from './world.js';

/** What the servers and the expectations of one test share. */
export class Run {
  readonly scheduler: TestScheduler;
  readonly counter: Counter = { revision: 0, step: 0 };
  /** How many frames the longest hot or cold Observable of the test has. */
  longest = 0;
  /** The test itself unsubscribes, and not what is tested. */
  ending = false;
  /** What no server can do was asked of one. */
  impossible: Error | undefined;
  #unplayed = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(scheduler: TestScheduler) {
    this.scheduler = scheduler;
  }

  /** The servers have so many marks more to play, or fewer. */
  toPlay(marks: number): void {
    this.#unplayed += marks;
    if (this.#unplayed === 0) for (const callback of this.#waiting.splice(0)) callback();
  }

  whenPlayed(callback: () => void): void {
    this.#waiting.push(callback);
    this.toPlay(0);
  }
}

import type { Recovery } from './events.js';

/**
 * The answer to one failure, open while its `interrupted` event is being delivered. Only private state, so that any two events are
 * deep-equal in tests, and an event that is spread or mapped on its way keeps its handle.
 */
export class Negotiation implements Recovery {
  #retryIn: number;
  #phase: 'open' | 'given up' | 'closed' = 'open';
  readonly #reportLate: () => void;

  constructor(intent: number, reportLate: () => void) {
    this.#retryIn = intent;
    this.#reportLate = reportLate;
  }

  retryIn(ms: number): boolean {
    milliseconds('retryIn', ms);
    if (!this.#isOpen()) return false;
    this.#retryIn = ms;
    return true;
  }

  giveUp(): boolean {
    if (this.#phase === 'given up') return true;
    if (!this.#isOpen()) return false;
    this.#phase = 'given up';
    return true;
  }

  /** Closes the negotiation. @returns the milliseconds agreed upon, or `Infinity`. */
  settle(): number {
    const agreed = this.#phase === 'given up' ? Infinity : this.#retryIn;
    this.#phase = 'closed';
    return agreed;
  }

  #isOpen(): boolean {
    if (this.#phase === 'closed') this.#reportLate();
    return this.#phase === 'open';
  }
}

/** @throws RangeError unless `value` is a number of milliseconds ≥ 0, or `Infinity`. */
export function milliseconds(name: string, value: number): number {
  if (!(value >= 0)) throw new RangeError(`${name} must be milliseconds ≥ 0 or Infinity, got ${String(value)}`);
  return value;
}

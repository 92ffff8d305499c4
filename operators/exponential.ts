import type { Policy } from '../src/events.js';
import { atLeast } from './internal/validate.js';

/** The waits of {@link exponential}. */
export interface ExponentialOptions {
  /** Milliseconds after the first failure, ≥ 0. Default: 800, as client-go and kube-rs. */
  readonly min?: number | undefined;
  /** The most milliseconds before jitter, ≥ `min`. Default: 30 000, as client-go and kube-rs. */
  readonly max?: number | undefined;
  /** By how much each failure in a row lengthens the wait, ≥ 1. Default: 2. */
  readonly factor?: number | undefined;
  /** Whether each wait is drawn between once and twice its length, so that clients spread. Default: true. */
  readonly jitter?: boolean | undefined;
}

/**
 * Creates a policy that waits longer after each failure in a row: `min`, `min * factor`, `min * factor²` …, at most `max`.
 *
 * It starts over when the watch was healthy, which the watch judges by how long a stream lived. Where the watch gives up by itself
 * (`retryIn: Infinity`, a refusal that no retry can mend) it leaves that alone.
 *
 * ```ts
 * import { backoffWith, exponential, watch$ } from 'rxkube';
 *
 * watch$(pods).pipe(backoffWith(exponential({ min: 500, max: 20_000 })));
 * watch$(pods, { retry: exponential({ jitter: false }) }); // the same policy as an option
 * ```
 *
 * @throws RangeError when an option is out of range.
 */
export function exponential({ min = 800, max = 30_000, factor = 2, jitter = true }: ExponentialOptions = {}): Policy {
  atLeast(0, 'min', min);
  atLeast(min, 'max', max);
  atLeast(1, 'factor', factor);
  return ({ attempt, retryIn }) => {
    if (retryIn === Infinity) return Infinity;
    // Capped before it is multiplied: 0 times an overflow would be NaN.
    const wait = Math.min(max, min * Math.min(factor ** (attempt - 1), Number.MAX_VALUE));
    return jitter ? wait * (1 + Math.random()) : wait;
  };
}

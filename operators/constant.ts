import type { Policy } from '../src/events.js';
import { atLeast } from './internal/validate.js';

/**
 * Creates a policy that waits `ms` milliseconds after every failure, without jitter. Where the watch gives up by itself
 * (`retryIn: Infinity`, a refusal that no retry can mend) it leaves that alone.
 *
 * ```ts
 * import { backoffWith, constant, watch$ } from 'rxkube';
 *
 * watch$(pods).pipe(backoffWith(constant(5_000)));
 * ```
 *
 * @throws RangeError when `ms` is negative or not finite.
 */
export function constant(ms: number): Policy {
  atLeast(0, 'ms', ms);
  return ({ retryIn }) => (retryIn === Infinity ? Infinity : ms);
}

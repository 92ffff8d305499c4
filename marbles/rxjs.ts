import { difference } from './difference.js';
import { show } from './values.js';

/** What RxJS's own expectations compare: notifications, or subscriptions. */
interface Entry {
  readonly frame?: number;
  readonly notification?: { readonly kind: string; readonly value?: unknown; readonly error?: unknown };
  readonly subscribedFrame?: number;
  readonly unsubscribedFrame?: number;
}

/**
 * Lets an `expectObservable` or `expectSubscriptions` fail in words.
 *
 * @throws Error when something differs.
 */
export function assertSame(actual: readonly Entry[], expected: readonly Entry[]): void {
  for (let i = 0; i < Math.max(actual.length, expected.length); i++) {
    const flaw = difference(expected[i], actual[i], () => []);
    if (flaw !== undefined) throw new Error(`${i + 1}: expected ${told(expected[i])}, got ${told(actual[i])}`);
  }
}

function told(entry: Entry | undefined): string {
  if (entry === undefined) return 'nothing';
  const { frame, notification, subscribedFrame, unsubscribedFrame } = entry;
  if (notification === undefined) return `a subscription from ${subscribedFrame} to ${unsubscribedFrame} ms`;
  const { kind, value, error } = notification;
  const what = kind === 'N' ? show(value) : kind === 'E' ? `the error ${show(error)}` : 'completion';
  return `${what} at ${frame} ms`;
}

import { TestScheduler } from 'rxjs/testing';
import { compared, passing } from './draw.js';

/** When something was open, in frames; undefined where it still is. */
export interface Span {
  readonly from: number;
  to: number | undefined;
}

/** Reads a subscription diagram of RxJS. */
export function spanOf(diagram: string): Span {
  const { subscribedFrame, unsubscribedFrame } = TestScheduler.parseMarblesAsSubscriptions(diagram, true);
  return {
    from: subscribedFrame === Infinity ? 0 : subscribedFrame,
    to: unsubscribedFrame === Infinity ? undefined : unsubscribedFrame,
  };
}

/** @returns in what connections were not open as expected. */
export function checkConnections(of: string, expected: readonly Span[], actual: readonly Span[]): string | undefined {
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    const [wanted, got] = [drawn(expected[i]), drawn(actual[i])];
    if (wanted !== got) return compared(`connection ${i + 1} of ${of}`, [wanted, got]);
  }
  return undefined;
}

/** @returns in what something else was asked for than was expected. */
export function checkRequests(of: string, expected: readonly string[], actual: readonly string[]): string | undefined {
  const [wanted, got] = [expected.join(', '), actual.join(', ')];
  return wanted === got ? undefined : compared(`requests of ${of}`, [wanted, got]);
}

function drawn(span: Span | undefined): string {
  if (span === undefined) return 'none';
  const { from, to } = span;
  const start = passing(from, true);
  if (to === undefined) return `${start}^`;
  return to === from ? `${start}(^!)` : `${start}^${passing(to - from - 1, false)}!`;
}

import { describe, expect, it } from 'vitest';
import * as limits from './limits.js';
import { delayOf, LADDERS } from './limits.js';

const seconds = (s: number): number => s * 1000;
const minutes = (m: number): number => m * 60_000;

describe('the defaults of docs/state-machine.md', () => {
  it.each<[string, unknown, unknown]>([
    ['a page has 500 objects, as in client-go (A4)', limits.PAGE_SIZE, 500],
    ['a watch is asked to end after 240–480 s (A9)', limits.TIMEOUT_SECONDS, { min: 240, max: 480 }],
    ['a streaming list may go on for 1800 s', limits.STREAMING_TIMEOUT_SECONDS, 1800],
    ['the client closes 15 s after the server should have', limits.DEADLINE_SLACK, seconds(15)],
    ['a life of 10 s is healthy', limits.HEALTHY_LIFE, seconds(10)],
    ['a life under 1 s is very short (F4)', limits.SHORT_LIFE, seconds(1)],
    ['after a life of 1–10 s with frames, starts are 5 s apart (F5)', limits.START_SPACING, seconds(5)],
    ['a stream without a frame is live after 1 s (C1)', limits.SETTLE_TIME, seconds(1)],
    ['silence is doubted after 90 s (F11)', limits.IDLE_LIMIT, seconds(90)],
    ['the marker may be 120 s after the last new object (H7)', limits.MARKER_LIMIT, seconds(120)],
    ['… and 10 s after what does not belong before it (H7)', limits.DOUBTED_MARKER_LIMIT, seconds(10)],
    ['Retry-After holds up to 10 min', limits.MAX_FLOOR, minutes(10)],
    ['two attempts are 100 ms apart, whatever a policy says', limits.MIN_DELAY, 100],
    ['a wake-up is spread over 1 s', limits.WAKE_SPREAD, seconds(1)],
    ['streaming lists are tried again an hour later (H6)', limits.PAGED_MODE_TIME, minutes(60)],
    ['what every restart of a server causes is mended within 0–1 s', limits.SOON, { from: 0, to: seconds(1) }],
  ])('%s', (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });

  it('silence is doubted only after a bookmark was due (E7)', () => {
    expect(limits.IDLE_LIMIT).toBeGreaterThan(seconds(60));
  });

  it('a probe waits for what a server that is behind says after 3 s (B4)', () => {
    expect(limits.PROBE_LIMIT).toBeGreaterThan(seconds(3));
  });
});

/** `800–1600`, for the attempts 1, 2, 3 … */
function ladder(name: keyof typeof LADDERS, attempts: number): string[] {
  return Array.from({ length: attempts }, (_, n) => {
    const { from, to } = delayOf(LADDERS[name], n + 1);
    return `${from}–${to}`;
  });
}

/** The attempts within a minute of the first one, both ends included, where every attempt fails at once and jitter is always least. */
function attemptsAMinute(name: keyof typeof LADDERS): number {
  let attempts = 1;
  for (let at = 0; (at += delayOf(LADDERS[name], attempts).from) <= minutes(1);) attempts++;
  return attempts;
}

describe('delayOf', () => {
  it('answered: 800 ms × 2 up to 30 s, jitter up to the double (G1)', () => {
    expect(ladder('answered', 8)).toEqual([
      '800–1600',
      '1600–3200',
      '3200–6400',
      '6400–12800',
      '12800–25600',
      '25600–51200',
      '30000–60000',
      '30000–60000',
    ]);
  });

  it('unanswered: 800 ms × 2 up to 3.4 s, never 4 s (who waits longer is blind for longer)', () => {
    expect(ladder('unanswered', 5)).toEqual(['800–1600', '1600–3200', '3200–4000', '3400–4000', '3400–4000']);
  });

  it('slow: 800 ms × 2, never 15 s: RBAC and CRDs come back', () => {
    expect(ladder('slow', 6)).toEqual([
      '800–1600',
      '1600–3200',
      '3200–6400',
      '6400–12800',
      '10000–15000',
      '10000–15000',
    ]);
  });

  describe.each(['answered', 'unanswered', 'slow'] as const)('%s', (name) => {
    const delays = Array.from({ length: 20 }, (_, n) => delayOf(LADDERS[name], n + 1));

    it('never goes down', () => {
      for (const end of ['from', 'to'] as const) {
        const ends = delays.map((delay) => delay[end]);
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
      }
    });

    it('is always jittered, by no more than the double', () => {
      for (const { from, to } of delays) {
        expect(from).toBeLessThan(to);
        expect(to).toBeLessThanOrEqual(2 * from);
      }
    });

    it('makes at most 20 attempts a minute, even if jitter is always least (invariant 8)', () => {
      expect(attemptsAMinute(name)).toBeLessThanOrEqual(20);
    });

    it('stays where it is for ever (no overflow)', () => {
      expect(delayOf(LADDERS[name], 5_000)).toEqual(delays.at(-1));
    });
  });
});

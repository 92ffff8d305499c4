import { afterEach, describe, expect, it, vi } from 'vitest';
import { says } from '../test/events.js';
import { exponential, type ExponentialOptions } from './exponential.js';

const ladder = (options: ExponentialOptions, attempts: readonly number[]): number[] =>
  attempts.map((attempt) => exponential(options)(says().interrupted({ attempt })));

describe('exponential', () => {
  afterEach(() => vi.restoreAllMocks());

  it('doubles from 800 ms to 30 s by default', () => {
    expect(ladder({ jitter: false }, [1, 2, 3, 4, 5, 6, 7, 8])).toEqual([
      800, 1600, 3200, 6400, 12800, 25600, 30000, 30000,
    ]);
  });

  it('takes its options', () => {
    expect(ladder({ min: 10, max: 100, factor: 3, jitter: false }, [1, 2, 3, 4])).toEqual([10, 30, 90, 100]);
    expect(ladder({ min: 5, max: 5, factor: 1, jitter: false }, [1, 9])).toEqual([5, 5]);
  });

  it.each([
    [0, 800],
    [0.5, 1200],
    [0.999, 1599.2],
  ])('draws each wait between once and twice its length: %s', (random, expected) => {
    vi.spyOn(Math, 'random').mockReturnValue(random);
    expect(ladder({}, [1])[0]).toBeCloseTo(expected);
  });

  it('is finite however long it lasts', () => {
    expect(ladder({ jitter: false }, [5000])).toEqual([30000]);
    expect(ladder({ min: 0, jitter: false }, [1, 5000])).toEqual([0, 0]);
  });

  it('leaves a refusal alone', () => {
    expect(exponential()(says().interrupted({ retryIn: Infinity }))).toBe(Infinity);
  });

  it.each([
    [{ min: -1 }, 'min must be ≥ 0, got -1'],
    [{ min: NaN }, 'min must be ≥ 0, got NaN'],
    [{ min: 500, max: 499 }, 'max must be ≥ 500, got 499'],
    [{ max: Infinity }, 'max must be finite, got Infinity'],
    [{ factor: 0.5 }, 'factor must be ≥ 1, got 0.5'],
  ])('refuses %o', (options, message) => {
    expect(() => exponential(options)).toThrow(new RangeError(message));
  });
});

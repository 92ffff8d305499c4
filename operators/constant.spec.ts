import { describe, expect, it } from 'vitest';
import { says } from '../test/events.js';
import { constant } from './constant.js';

describe('constant', () => {
  it('waits the same after every failure', () => {
    expect([1, 2, 50].map((attempt) => constant(5)(says().interrupted({ attempt })))).toEqual([5, 5, 5]);
  });

  it('leaves a refusal alone', () => {
    expect(constant(5)(says().interrupted({ retryIn: Infinity }))).toBe(Infinity);
  });

  it.each([
    [-1, 'ms must be ≥ 0, got -1'],
    [NaN, 'ms must be ≥ 0, got NaN'],
    [Infinity, 'ms must be finite, got Infinity'],
  ])('refuses %s', (ms, message) => {
    expect(() => constant(ms)).toThrow(new RangeError(message));
  });
});

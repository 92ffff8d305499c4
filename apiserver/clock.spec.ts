import { describe, expect, it, vi } from 'vitest';
import { ManualClock, systemClock } from './clock.js';

describe('ManualClock', () => {
  it('stands still, by default at the beginning of 2026', () => {
    const clock = new ManualClock();
    expect(new Date(clock.now()).toISOString()).toBe('2026-01-01T00:00:00.000Z');
    expect(clock.now()).toBe(clock.now());
    expect(new ManualClock(7).now()).toBe(7);
  });

  it('calls back when the time has come, and not before', () => {
    const clock = new ManualClock(0);
    const callback = vi.fn();
    clock.after(100, callback);
    clock.advance(99);
    expect(callback).not.toHaveBeenCalled();
    clock.advance(1);
    expect(callback).toHaveBeenCalledOnce();
    clock.advance(1_000);
    expect(callback).toHaveBeenCalledOnce();
  });

  it('calls back in the order of time, at the time, and of what is due at once, first come first', () => {
    const clock = new ManualClock(0);
    const told: string[] = [];
    const tell = (name: string) => (): void => void told.push(`${name} at ${clock.now()}`);
    clock.after(30, tell('c'));
    clock.after(10, tell('a'));
    clock.after(30, tell('d'));
    clock.after(20, tell('b'));
    clock.advance(50);
    expect(told).toEqual(['a at 10', 'b at 20', 'c at 30', 'd at 30']);
    expect(clock.now()).toBe(50);
  });

  it('reaches in one go what callbacks ask for within the time', () => {
    const clock = new ManualClock(0);
    const ticks: number[] = [];
    const tick = (): void => {
      ticks.push(clock.now());
      clock.after(60, tick);
    };
    clock.after(60, tick);
    clock.advance(200);
    expect(ticks).toEqual([60, 120, 180]);
  });

  it('does not call back what was cancelled, not even by another callback of the same moment', () => {
    const clock = new ManualClock(0);
    const callback = vi.fn();
    clock.after(10, callback)();
    clock.after(20, () => cancel());
    const cancel = clock.after(20, callback);
    clock.advance(100);
    expect(callback).not.toHaveBeenCalled();
  });

  it('takes no time, or less, for the next moment that it advances', () => {
    const clock = new ManualClock(0);
    const callback = vi.fn();
    clock.after(0, callback);
    clock.after(-5, callback);
    expect(callback).not.toHaveBeenCalled();
    clock.advance(0);
    expect(callback).toHaveBeenCalledTimes(2);
  });

  it.each([-1, NaN, Infinity])('does not advance by %s', (ms) => {
    const clock = new ManualClock(0);
    expect(() => clock.advance(ms)).toThrow(new RangeError(`ms must be a number ≥ 0, got ${ms}`));
    expect(clock.now()).toBe(0);
  });
});

describe('systemClock', () => {
  it('is the system’s, and its timers can be cancelled', () => {
    vi.useFakeTimers({ now: 5_000 });
    try {
      const callback = vi.fn();
      expect(systemClock.now()).toBe(5_000);
      systemClock.after(10, callback);
      systemClock.after(10, callback)();
      vi.advanceTimersByTime(10);
      expect(callback).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });

  it('waits as long as it can for what is longer than setTimeout knows, rather than not at all', () => {
    vi.useFakeTimers();
    try {
      const callback = vi.fn();
      systemClock.after(2 ** 40, callback);
      vi.advanceTimersByTime(2 ** 30);
      expect(callback).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });
});

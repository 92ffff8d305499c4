import { concat, EMPTY, from, interval, NEVER, Observable, of, range, Subject, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { eachValue } from './each-value.js';

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

const DONE = { value: undefined, done: true };
const next = <T>(value: T): IteratorResult<T> => ({ value, done: false });

describe('eachValue', () => {
  it('iterates over every value', async () => {
    expect(await collect(eachValue(range(0, 1000)))).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(await collect(eachValue(EMPTY))).toEqual([]);
    expect(await collect(eachValue(concat(of(1), from(Promise.resolve(2)), of(3))))).toEqual([1, 2, 3]);
  });

  it('keeps what comes while the loop is busy', async () => {
    const source = new Subject<number>();
    const values = eachValue(source);
    const first = values.next();
    for (const n of [1, 2, 3]) source.next(n);
    expect(await first).toEqual(next(1));
    source.next(4);
    source.complete();
    expect(await collect(values)).toEqual([2, 3, 4]);
  });

  it('answers in order those who do not wait', async () => {
    const source = new Subject<number>();
    const values = eachValue(source);
    const asked = [values.next(), values.next(), values.next()];
    source.next(1);
    source.next(2);
    source.complete();
    expect(await Promise.all(asked)).toEqual([next(1), next(2), DONE]);
  });

  it('throws an error after the values before it, and is done', async () => {
    const values = eachValue(
      concat(
        of(1, 2),
        throwError(() => new Error('broken')),
      ),
    );
    expect([await values.next(), await values.next()]).toEqual([next(1), next(2)]);
    await expect(values.next()).rejects.toThrow('broken');
    expect(await values.next()).toEqual(DONE);
  });

  it('subscribes at the first next(), and not at all where it is returned before', async () => {
    const subscribe = vi.fn();
    const values = eachValue(new Observable(subscribe));
    expect(await values.return?.()).toEqual(DONE);
    expect(await values.next()).toEqual(DONE);
    expect(subscribe).not.toHaveBeenCalled();
  });

  it('unsubscribes when the loop is left', async () => {
    const teardown = vi.fn();
    const source = concat(of(1, 2, 3), new Observable<number>(() => teardown));
    for await (const value of eachValue(source)) if (value === 2) break;
    expect(teardown).toHaveBeenCalledOnce();

    await expect(async () => {
      for await (const value of eachValue(source)) throw new Error(`left at ${String(value)}`);
    }).rejects.toThrow('left at 1');
    expect(teardown).toHaveBeenCalledTimes(2);
  });

  it('returns while next() is pending, ends those, and unsubscribes at once', async () => {
    const teardown = vi.fn();
    const values = eachValue(new Observable<number>(() => teardown));
    const pending = [values.next(), values.next()];
    const returned = values.return?.();
    expect(teardown).toHaveBeenCalledOnce();
    expect(await Promise.all([...pending, returned])).toEqual([DONE, DONE, DONE]);
    expect(await values.next()).toEqual(DONE);
  });

  describe('with a signal', () => {
    it('rejects a pending next() with the reason, unsubscribes at once, and is done', async () => {
      const teardown = vi.fn();
      const controller = new AbortController();
      const values = eachValue(new Observable<number>(() => teardown), { signal: controller.signal });
      const pending = values.next();
      const reason = new Error('enough');
      controller.abort(reason);
      expect(teardown).toHaveBeenCalledOnce();
      await expect(pending).rejects.toBe(reason);
      expect(await values.next()).toEqual(DONE);
    });

    it('drops what waits: the next next() rejects', async () => {
      const controller = new AbortController();
      const values = eachValue(concat(of(1, 2, 3), NEVER), { signal: controller.signal });
      expect(await values.next()).toEqual(next(1));
      controller.abort('enough');
      await expect(values.next()).rejects.toBe('enough');
      expect(await values.next()).toEqual(DONE);
    });

    it('also drops what came in the same breath', async () => {
      const controller = new AbortController();
      const source = new Subject<number>();
      const values = eachValue(source, { signal: controller.signal });
      const pending = values.next();
      source.next(1);
      controller.abort('enough');
      await expect(pending).rejects.toBe('enough');
    });

    it('rejects at once, without subscribing, where it was aborted before', async () => {
      const subscribe = vi.fn();
      const values = eachValue(new Observable(subscribe), { signal: AbortSignal.abort('enough') });
      await expect(values.next()).rejects.toBe('enough');
      expect(subscribe).not.toHaveBeenCalled();
    });

    it('breaks a loop', async () => {
      const signal = AbortSignal.timeout(20);
      await expect(collect(eachValue(interval(2), { signal }))).rejects.toMatchObject({ name: 'TimeoutError' });
    });

    it.each<[string, (values: AsyncIterableIterator<number>, source: Subject<number>) => unknown]>([
      ['completes', (_, source) => source.complete()],
      ['errors', (_, source) => source.error(new Error('broken'))],
      ['is returned', (values) => values.return?.()],
    ])('takes its listener away when it %s', async (_, end) => {
      const { signal } = new AbortController();
      const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
      const source = new Subject<number>();
      const values = eachValue(source, { signal });
      expect(add).not.toHaveBeenCalled();
      const pending = values.next().catch(() => undefined);
      expect(add).toHaveBeenCalledOnce();
      end(values, source);
      await pending;
      expect(remove).toHaveBeenCalledOnce();
    });
  });
});

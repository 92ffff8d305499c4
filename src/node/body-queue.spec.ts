import { beforeEach, expect, it, vi } from 'vitest';
import { BodyQueue } from './body-queue.js';

const flow = { pause: vi.fn(), resume: vi.fn(), cancel: vi.fn() };
let queue: BodyQueue;

beforeEach(() => {
  vi.resetAllMocks();
  queue = new BodyQueue(flow);
});

const chunk = (size = 1): Uint8Array => new Uint8Array(size);
const value = (size = 1): IteratorResult<Uint8Array> => ({ done: false, value: chunk(size) });
const done = { done: true, value: undefined };

it('hands over what comes, before and after it is asked for', async () => {
  queue.push(chunk(1));
  queue.push(chunk(2));
  expect(await queue.next()).toEqual(value(1));
  expect(await queue.next()).toEqual(value(2));
  const pending = queue.next();
  queue.push(chunk(3));
  expect(await pending).toEqual(value(3));
  queue.push(chunk(4));
  queue.end();
  queue.push(chunk(5));
  expect(await queue.next()).toEqual(value(4));
  expect(await queue.next()).toEqual(done);
  expect(await queue.next()).toEqual(done);
  expect(flow.cancel).not.toHaveBeenCalled();
});

it('has what came before an error read before it', async () => {
  queue.push(chunk());
  queue.end(new Error('broke'));
  expect(await queue.next()).toEqual(value());
  await expect(queue.next()).rejects.toThrow('broke');
  expect(await queue.next()).toEqual(done);
});

it('rejects a pending read', async () => {
  const pending = queue.next();
  queue.end(new Error('broke'));
  await expect(pending).rejects.toThrow('broke');
  expect(await queue.next()).toEqual(done);
});

it('drops what nobody wants any more', async () => {
  queue.push(chunk());
  queue.drop(new Error('aborted'));
  await expect(queue.next()).rejects.toThrow('aborted');
});

it('ends at once when it is left, even with a read pending', async () => {
  const pending = queue.next();
  expect(await queue.return()).toEqual(done);
  expect(await pending).toEqual(done);
  expect(flow.cancel).toHaveBeenCalledTimes(1);
  await queue.return();
  queue.push(chunk());
  expect(await queue.next()).toEqual(done);
  expect(flow.cancel).toHaveBeenCalledTimes(1);
});

it('has nothing to cancel when it is left at its end', async () => {
  queue.push(chunk());
  queue.end();
  await queue.return();
  expect(flow.cancel).not.toHaveBeenCalled();
});

it('F2 makes the sender wait for a slow reader', async () => {
  const half = 512 * 1024;
  queue.push(chunk(half));
  expect(flow.pause).not.toHaveBeenCalled();
  queue.push(chunk(half));
  queue.push(chunk(half));
  expect(flow.pause).toHaveBeenCalledTimes(1);
  await queue.next();
  await queue.next();
  expect(flow.resume).not.toHaveBeenCalled();
  await queue.next();
  expect(flow.resume).toHaveBeenCalledTimes(1);
});

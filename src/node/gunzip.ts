import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { connectionError } from './connection-errors.js';

/**
 * A body without its gzip, of one member or several: a watch may have one for each flush (D9). It holds no more than a buffer's worth,
 * whatever a small body claims to be. Ending the iteration early ends the body's.
 */
export function gunzip(body: AsyncIterable<Uint8Array>, peer: string): AsyncIterable<Uint8Array> {
  const source = Readable.from(body, { objectMode: false, highWaterMark: 1 });
  const plain = createGunzip();
  // The error reaches the reader through `plain`.
  pipeline(source, plain, () => undefined);
  const chunks = plain[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        chunks.next().catch((error: unknown) => {
          throw connectionError(error, peer);
        }),
      // Not the stream's own, which waits for a pending `next()`.
      return: () => {
        plain.destroy();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}

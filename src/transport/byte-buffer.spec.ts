import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createByteBuffer } from './byte-buffer.js';

it('gives back what was appended, again and again', () => {
  const buffer = createByteBuffer();
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 5 }), (pieces) => {
      for (const piece of pieces) buffer.append(piece);
      const expected = pieces.flatMap((piece) => [...piece]);
      expect(buffer.length).toBe(expected.length);
      expect([...buffer.take()]).toEqual(expected);
      expect(buffer.length).toBe(0);
    }),
    { numRuns: 50 },
  );
});

it('does not keep the memory of what was large', () => {
  const buffer = createByteBuffer();
  buffer.append(new Uint8Array(1_000_000));
  const large = buffer.take().buffer;
  buffer.append(new Uint8Array(1));
  expect(buffer.take().buffer).not.toBe(large);
});

it('needs no time worth mentioning for a million tiny pieces', () => {
  const buffer = createByteBuffer();
  const piece = Uint8Array.of(7);
  for (let i = 0; i < 1_000_000; i += 1) buffer.append(piece);
  expect(buffer.take().length).toBe(1_000_000);
});

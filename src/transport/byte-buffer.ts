/** Bytes that arrive in pieces, and are wanted as one. Costs what the bytes cost, however small the pieces are. */
export interface ByteBuffer {
  readonly length: number;
  append(piece: Uint8Array): void;
  /** All bytes so far, to be read before the next `append`; the buffer is empty again. */
  take(): Uint8Array;
}

export function createByteBuffer(): ByteBuffer {
  let bytes = NONE;
  let length = 0;
  return {
    get length(): number {
      return length;
    },
    // Copied, not collected: a piece would keep the whole chunk that it is part of, and a list of tiny ones costs far more than they hold.
    append(piece: Uint8Array): void {
      const needed = length + piece.length;
      if (needed > bytes.length) {
        const grown = new Uint8Array(Math.max(needed, 2 * bytes.length));
        grown.set(bytes.subarray(0, length));
        bytes = grown;
      }
      bytes.set(piece, length);
      length = needed;
    },
    take(): Uint8Array {
      const taken = bytes.subarray(0, length);
      // Getting memory costs more than filling it; a watch that once had a huge frame must not keep it for months.
      if (bytes.length > MAX_KEPT) bytes = NONE;
      length = 0;
      return taken;
    },
  };
}

const NONE = new Uint8Array(0);
const MAX_KEPT = 16 * 1024;

import fc from 'fast-check';

/**
 * A case is two flat arrays, of what happens on the server and of what goes wrong, and some settings. Every operand is a number that is
 * taken modulo what there is when it is needed, so that any part of a case can be left out and the rest still means something.
 */
export interface Case {
  readonly settings: readonly number[];
  readonly history: readonly Entry[];
  readonly faults: readonly Entry[];
  /** Draws the jitter. */
  readonly seed: number;
}

/** After a wait, which kind of thing, and two operands. */
export type Entry = readonly [wait: number, kind: number, a: number, b: number];

const operand = fc.nat(1_000);
const entry = fc.tuple(operand, operand, operand, operand);

export const cases: fc.Arbitrary<Case> = fc.record({
  settings: fc.array(operand, { minLength: 11, maxLength: 11 }),
  history: fc.array(entry, { maxLength: 30 }),
  faults: fc.array(entry, { maxLength: 10 }),
  seed: fc.nat(),
});

export function pick<T>(from: readonly T[], operand: number): T {
  if (from.length === 0) throw new Error('there is nothing to pick from');
  return from[operand % from.length] as T;
}

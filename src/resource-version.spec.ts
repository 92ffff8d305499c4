import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNewer } from './resource-version.js';

const beyondDoubles = '9007199254740993'; // 2^53 + 1, which a double cannot hold
const ofConformance = '340282366920938463463374607431768211455'; // 2^128 − 1, what the conformance tests go up to

describe('isNewer (J2, KEP-5504)', () => {
  it.each<[string, string, boolean]>([
    ['13', '12', true],
    ['12', '13', false],
    ['12', '12', false],
    ['100', '99', true], // as text it would be older
    ['99', '100', false],
    ['2', '10', false],
    [beyondDoubles, '9007199254740992', true], // as doubles they would be equal
    ['9007199254740992', beyondDoubles, false],
    [ofConformance, '340282366920938463463374607431768211454', true],
    [ofConformance, beyondDoubles, true],
    ['1' + '0'.repeat(400), '9'.repeat(400), true], // as doubles both would be Infinity
  ])('%s is newer than %s: %s', (a, b, expected) => {
    expect(isNewer(a, b)).toBe(expected);
  });

  it.each(['', '0', '00', '012', '-1', '+1', '1.0', '1e3', '0x1f', ' 1', '1 ', '1\n', '１２', 'a1b2', 'v12'])(
    'cannot tell for %j, which is no plain decimal number (J1)',
    (opaque) => {
      expect(isNewer(opaque, '12')).toBeUndefined();
      expect(isNewer('12', opaque)).toBeUndefined();
    },
  );

  it('agrees with integers of any size', () => {
    const positive = fc.bigInt({ min: 1n, max: 2n ** 130n });
    fc.assert(
      fc.property(positive, positive, (a, b) => {
        expect(isNewer(String(a), String(b))).toBe(a > b);
      }),
    );
  });
});

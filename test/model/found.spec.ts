import { expect, it } from 'vitest';
import type { Case } from './case.js';
import { runCase } from './run-case.js';

// What long runs have found, as small as it gets.
it.each<[string, Case]>([
  [
    'a resourceVersion of before a restore that is given once more, to another deletion of the same object',
    {
      settings: [0, 0, 0, 0, 133, 6, 0, 0, 0, 0],
      history: [
        [199, 0, 0, 0],
        [0, 623, 14, 521],
        [401, 0, 0, 0],
        [881, 879, 706, 950],
      ],
      faults: [[0, 815, 0, 0]],
      seed: 0,
    },
  ],
  [
    'a list that was answered before a restore and arrives after it',
    {
      settings: [0, 0, 727, 0, 0, 0, 0, 0, 109, 0],
      history: [
        [131, 0, 0, 0],
        [45, 0, 9, 0],
        [0, 0, 10, 0],
      ],
      faults: [
        [761, 705, 557, 103],
        [0, 863, 0, 97],
        [826, 429, 64, 278],
      ],
      seed: 0,
    },
  ],
  [
    'a restore after a silence for which a living server had an answer, and before the next bookmark',
    {
      settings: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      history: [[69, 0, 0, 0]],
      faults: [
        [544, 0, 0, 0],
        [0, 191, 0, 356],
        [92, 362, 0, 0],
        [0, 262, 0, 0],
      ],
      seed: 0,
    },
  ],
])('%s', (_, one) => {
  expect(() => runCase(one)).not.toThrow();
});

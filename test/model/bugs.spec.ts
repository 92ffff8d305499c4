import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BUGS } from './bugs.js';

it.each(BUGS)('the place of a bug is there, once: $name', ({ file, right }) => {
  expect(readFileSync(file, 'utf8').split(right)).toHaveLength(2);
});

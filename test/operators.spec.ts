import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const lengths = globSync('operators/*.ts', { exclude: ['**/*.spec.ts', '**/*.spec-d.ts'] }).map((file) => ({
  file,
  lines: readFileSync(file, 'utf8').trimEnd().split('\n').length,
}));

it('no operator is longer than 120 lines with its documentation, and half of them than 60', () => {
  expect(lengths.filter(({ lines }) => lines > 120)).toEqual([]);
  const median = lengths.map(({ lines }) => lines).sort((a, b) => a - b)[Math.floor(lengths.length / 2)];
  expect(median).toBeLessThanOrEqual(60);
});

it('every operator has a spec beside it', () => {
  const specs = new Set(globSync('operators/*.spec.ts'));
  expect(lengths.filter(({ file }) => !specs.has(file.replace(/\.ts$/, '.spec.ts')))).toEqual([]);
});

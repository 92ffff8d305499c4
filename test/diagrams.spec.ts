import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Files whose doc comments have a marble diagram. */
const files = globSync('{src,operators,marbles}/**/*.ts', { exclude: ['**/*.spec.ts', '**/*.spec-d.ts'] })
  .sort()
  .map((file) => ({ file, diagrams: readFileSync(file, 'utf8').split('```txt').length - 1 }))
  .filter(({ diagrams }) => diagrams > 0);

describe('the diagram of a doc comment is played by the spec beside it', () => {
  it.each(files)('$file', ({ file, diagrams }) => {
    expect(diagrams, 'one a file: `diagram` plays the first').toBe(1);
    expect(readFileSync(file.replace(/\.ts$/, '.spec.ts'), 'utf8')).toContain(`diagram('${file}')`);
  });

  it('and every operator has one', () => {
    const operators = readFileSync('src/index.ts', 'utf8').matchAll(/'\.\.\/(operators\/[\w-]+)\.js'/g);
    const without = Array.from(operators, ([, path = '']) => `${path}.ts`).filter(
      (file) => !files.some((one) => one.file === file),
    );
    // Policies, conditions, keys, and the edge to iterators: no stream comes out of them.
    expect(without).toEqual([
      'operators/conditions.ts',
      'operators/constant.ts',
      'operators/each-value.ts',
      'operators/exponential.ts',
      'operators/join-keys.ts',
      'operators/object-keys.ts',
    ]);
  });
});

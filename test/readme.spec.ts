import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** The code of README is the code of `examples/readme`, which is type-checked with the rest and run against a real server. */
it('README shows the examples as they are', () => {
  const shown = [...readFileSync('README.md', 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
  const files = globSync('examples/readme/*.ts').map((file) => readFileSync(file, 'utf8'));
  expect(new Set(shown)).toEqual(new Set(files));
});

it('README names only scripts that exist', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const named = [...readFileSync('README.md', 'utf8').matchAll(/^npm (?:run )?([\w:]+)/gm)].map(
    ([, name = '']) => name,
  );
  expect(named.filter((name) => !['ci', 'install'].includes(name) && !(name in scripts))).toEqual([]);
});

import { globSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { expect, it } from 'vitest';
import { LEFT_OUT, SPECS } from '../../vitest.browser.config.ts';

it('every spec is run in a browser but those of what is only in Node', () => {
  const all = globSync('{src,operators,marbles}/**/*.spec.ts').filter((file) => !matchesGlob(file, 'src/node/**'));
  const isRun = (file: string): boolean =>
    matchesGlob(file, SPECS) && !LEFT_OUT.some((glob) => matchesGlob(file, glob));

  expect(all.filter((file) => !isRun(file))).toEqual(['src/transport/loopback.spec.ts']);
  expect(all.length).toBeGreaterThan(40);
});

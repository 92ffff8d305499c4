import { defineConfig } from 'vitest/config';

/** The commands of `examples/`, as processes of their own. They import the built package. Needs `npm run build` first. */
export default defineConfig({
  test: { include: ['test/examples/*.spec.ts'], testTimeout: 60_000, hookTimeout: 60_000, maxConcurrency: 4 },
});

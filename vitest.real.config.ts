import { defineConfig } from 'vitest/config';

/** Against a real kube-apiserver. One file at a time: each starts servers of its own, and some starve or kill them. */
export default defineConfig({
  test: {
    include: ['test/real/**/*.spec.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    // The first `beforeAll` builds the server: four minutes on two cores.
    hookTimeout: 15 * 60_000,
    teardownTimeout: 60_000,
  },
});

import { defineConfig } from 'vitest/config';

// What takes long, or is the same as in `npm test` a hundred times over. MINUTES is how long the quiet watch is watched: default 10.
export default defineConfig({
  test: {
    include: ['test/leaks.spec.ts', 'test/soak/*.spec.ts'],
    env: { SOAK: '1' },
    // One is about the time that passes, the other about the heap of its process.
    fileParallelism: true,
  },
});

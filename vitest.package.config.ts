import { defineConfig } from 'vitest/config';

/** What `npm pack` makes of `dist`, as a consumer meets it. Needs `npm run build` first. */
export default defineConfig({
  test: { include: ['test/package/*.spec.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
});

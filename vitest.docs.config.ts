import { defineConfig } from 'vitest/config';

/** README and the guides: their code as processes of their own, which import the built package. Needs `npm run build` first. */
export default defineConfig({
  test: { include: ['test/docs/*.spec.ts'], testTimeout: 60_000, expect: { poll: { timeout: 20_000 } } },
});

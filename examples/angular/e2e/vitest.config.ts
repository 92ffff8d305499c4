import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { dir: 'e2e', testTimeout: 60_000, expect: { poll: { timeout: 10_000 } } },
});

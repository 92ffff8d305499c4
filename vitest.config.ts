import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.spec.ts', 'operators/**/*.spec.ts', 'test/*.spec.ts'],
    typecheck: {
      include: ['src/**/*.spec-d.ts', 'operators/**/*.spec-d.ts', 'test/*.spec-d.ts'],
      tsconfig: './tsconfig.json',
    },
  },
});

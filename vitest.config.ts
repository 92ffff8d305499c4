import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Examples import the package by its name. Here that is the sources, so that no build is needed.
    alias: [
      { find: /^rxkube$/, replacement: here('src/index.ts') },
      { find: /^rxkube\/kinds$/, replacement: here('kinds/index.ts') },
      { find: /^rxkube\/kinds\/(.*)$/, replacement: here('kinds/$1.ts') },
      { find: /^rxkube\/node$/, replacement: here('src/node/index.ts') },
      { find: /^rxkube\/marbles$/, replacement: here('marbles/index.ts') },
      { find: /^rxkube\/apiserver$/, replacement: here('apiserver/index.ts') },
    ],
  },
  test: {
    include: [
      '{src,operators,marbles,apiserver,examples/testing}/**/*.spec.ts',
      'kinds/generate/*.spec.ts',
      'test/*.spec.ts',
      'test/{chaos,clients,rules,model}/*.spec.ts',
    ],
    typecheck: {
      include: ['src/**/*.spec-d.ts', '{operators,marbles,kinds}/**/*.spec-d.ts', 'test/*.spec-d.ts'],
      tsconfig: './tsconfig.json',
    },
  },
});

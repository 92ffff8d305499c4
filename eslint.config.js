import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import rxjsX from 'eslint-plugin-rxjs-x';
import tseslint from 'typescript-eslint';

// Which room of src/ may import which is a table in test/imports.spec.ts.
const deepRxjs = { group: ['rxjs/*', '!rxjs/testing'], message: "Import from 'rxjs'." };
const itself = { group: ['rxkube', 'rxkube/*'], message: 'The library imports itself through relative paths.' };
const testing = { group: ['vitest', 'fast-check', '**/*.spec.js', '**/test/**'], message: 'Only tests import this.' };

export default defineConfig(
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  globalIgnores(['dist', 'temp', 'coverage', 'test/package/consumer', 'examples/angular', 'kinds/{index.ts,*/v*.ts}']),
  js.configs.recommended,
  { files: ['**/*.{js,mjs}'], languageOptions: { globals: { console: 'readonly', process: 'readonly' } } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked, rxjsX.configs.strict],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // client-node's models are classes; an object literal of the same shape is one of them, structurally.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // `${attempt} attempts`: a number in a message needs no String().
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => subscriber.complete()` is how RxJS callbacks read, and `if (…) return this.fail(…);` a guard.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // An alias says as much as an interface where it is one member of a union (events.ts).
      '@typescript-eslint/consistent-type-definitions': 'off',
      // A switch over a union names every case or says `default`, so that a new event type is noticed.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // What failed is passed on as it is, and that is `unknown`.
      'rxjs-x/throw-error': ['error', { allowThrowingAny: false, allowThrowingUnknown: true }],
      // A control character in a pattern is meant: it is kept out of messages.
      'no-control-regex': 'off',
      eqeqeq: 'error',
      'no-restricted-imports': ['error', { patterns: [deepRxjs] }],
    },
  },
  {
    files: ['{src,operators,kinds,marbles,apiserver}/**/*.ts'],
    ignores: ['kinds/generate/**', '**/*.spec.ts', '**/*.spec-d.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-imports': ['error', { patterns: [deepRxjs, itself, testing] }],
    },
  },
  {
    files: ['examples/**/*.ts'],
    // `await firstValueFrom(store.whenReady)`: it emits or waits for ever.
    rules: { 'rxjs-x/no-ignored-default-value': 'off' },
  },
  {
    files: ['**/*.spec.ts', '**/*.spec-d.ts', 'test/model/*.ts'],
    rules: {
      // An error that nobody handles fails the test.
      'rxjs-x/no-ignored-error': 'off',
      // Re-entrancy is tested by subscribing inside a callback.
      'rxjs-x/no-nested-subscribe': 'off',
      'rxjs-x/no-subscribe-in-pipe': 'off',
    },
  },
);

import { isBuiltin } from 'node:module';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { CHROMIUM } from './test/browser/chromium.ts';
import unit from './vitest.config.ts';

/** What runs in a page, too. A spec that imports something of Node's fails there. */
export const SPECS = '{src,operators,marbles}/**/*.spec.ts';

export const LEFT_OUT = [
  'src/node/**', // the room for what is only in Node
  'src/transport/loopback.spec.ts', // starts a server
];

/** In a real browser: Debian's chromium, or the one that CHROMIUM names. */
export default defineConfig({
  test: {
    projects: [
      {
        ...unit,
        plugins: [
          {
            name: 'no-node',
            enforce: 'pre',
            // Vite would have an empty module instead, and say so only where it is used.
            resolveId(id, importer = '') {
              if (isBuiltin(id)) throw new Error(`${id} is not for browsers: ${importer} imports it`);
            },
          },
        ],
        test: {
          name: 'specs',
          include: [SPECS],
          exclude: LEFT_OUT,
          setupFiles: ['test/browser/no-node.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { ...CHROMIUM, args: ['--js-flags=--expose-gc'] } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        ...unit,
        test: {
          name: 'app',
          include: ['examples/angular/e2e/*.spec.ts'],
          globalSetup: 'test/browser/build-app.ts',
          testTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        ...unit,
        test: { name: 'pages', include: ['test/browser/*.spec.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
});

import { chromium, type BrowserContext } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { freePort } from '../real/ports.ts';
import { CHROMIUM } from './chromium.ts';

/** A browser as people have it: only the front tab is visible. Elsewhere playwright-core tells every page that it is in front. */
export async function openWindow(): Promise<BrowserContext> {
  const port = await freePort();
  const args = [`--remote-debugging-port=${port}`];
  const launched = await chromium.launch({ ...CHROMIUM, args, ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  onTestFinished(() => launched.close());
  const [window] = (await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true })).contexts();
  if (window === undefined) throw new Error('a browser without a window');
  return window;
}

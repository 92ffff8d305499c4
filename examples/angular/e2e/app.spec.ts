/** The application that was built, in a browser, with the embedded API server behind it. */
import axe from 'axe-core';
import { chromium, type Browser, type Page, type Request } from 'playwright-core';
import type { ObjectReference } from 'rxkube/apiserver';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { CHROMIUM } from '../../../test/browser/chromium.ts';
import { openWindow } from '../../../test/browser/window.ts';
import { startGateway } from '../../browser/gateway.ts';
import { PACE, startEmbedded, type Embedded } from '../../demo/embedded.ts';

const PICTURES = `${import.meta.dirname}/../../../temp/browser`;

declare global {
  interface Window {
    readonly axe: typeof axe;
  }
}

interface Stage extends Pick<Embedded, 'server'> {
  readonly page: Page;
  /** What the page watches at the moment: `namespaces/shop/pods`. */
  readonly watches: () => readonly string[];
  /** How many lists it has asked for. */
  readonly lists: () => number;
}

let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch(CHROMIUM);
});
afterAll(() => browser.close());

/** A page, and a cluster in which nothing happens but what a test does. */
async function open(path: string, newPage = (): Promise<Page> => browser.newPage()): Promise<Stage> {
  const embedded = await startEmbedded();
  const gateway = await startGateway({ apiServer: embedded.server, site: `${import.meta.dirname}/../dist` });
  const page = await newPage();
  await page.clock.install();
  const asked: Request[] = [];
  const pending = new Set<Request>();
  page.on('request', (request) => {
    asked.push(request);
    pending.add(request);
  });
  page.on('requestfinished', (request) => pending.delete(request));
  page.on('requestfailed', (request) => pending.delete(request));
  onTestFinished(async () => {
    await page.close();
    await gateway[Symbol.asyncDispose]();
    await embedded[Symbol.asyncDispose]();
  });
  await page.goto(gateway.url + path);
  await page.getByRole('status').getByText('Live').waitFor();
  return {
    page,
    server: embedded.server,
    watches: () => Array.from(pending, (request) => pathOf(request)).sort(),
    lists: () => asked.filter((request) => /[?&](sendInitialEvents|limit)=/.test(request.url())).length,
  };
}

function pathOf(request: Request): string {
  return new URL(request.url()).pathname.replace(/^.*\/v1\//, '');
}

function drill(name: string, phase: string): ObjectReference & { readonly status: object } {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `drill-${name}`, namespace: 'shop' },
    status: { phase, containerStatuses: [{ name: 'main', ready: true, restartCount: 0 }] },
  };
}

/** The rows, as their names and what they say of the pods. */
async function rows(page: Page): Promise<readonly string[]> {
  const found = await page.getByRole('row', { name: 'drill-' }).allInnerTexts();
  return found.map((text) => text.match(/drill-\w+|Pending|Running|Failed/g)?.join(' ') ?? text).sort();
}

it('shows pods as they come, change and go', async () => {
  const { page, server } = await open('/pods?filter=drill-');
  server.create(drill('a', 'Pending'));
  await expect.poll(() => rows(page)).toEqual(['drill-a Pending']);
  server.create(drill('b', 'Running'));
  server.patch(drill('a', ''), { status: { phase: 'Running' } });
  await expect.poll(() => rows(page)).toEqual(['drill-a Running', 'drill-b Running']);
  server.delete(drill('a', ''));
  await expect.poll(() => rows(page)).toEqual(['drill-b Running']);
});

it.each<[string, number, (server: Stage['server']) => () => Promise<void>]>([
  [
    'is cut off',
    0,
    (server) => {
      server.refuse();
      server.cut();
      return () => server.accept();
    },
  ],
  [
    'restarts, and has forgotten what happened (410)',
    2, // pods and deployments
    (server) => {
      const restarted = server.restart(2_000 * PACE);
      return async () => void (await restarted);
    },
  ],
])('misses nothing while the server %s', async (_, relists, away) => {
  const { page, server, lists } = await open('/pods?filter=drill-');
  for (const name of ['a', 'b']) server.create(drill(name, 'Pending'));
  await expect.poll(() => rows(page)).toEqual(['drill-a Pending', 'drill-b Pending']);
  const before = lists();

  const back = away(server);
  server.patch(drill('a', ''), { status: { phase: 'Failed' } });
  server.delete(drill('b', ''));
  server.create(drill('c', 'Running'));
  await page.getByRole('status').getByText('Reconnecting').waitFor();
  expect(await rows(page)).toEqual(['drill-a Pending', 'drill-b Pending']);
  await back();
  await expect.poll(() => rows(page)).toEqual(['drill-a Failed', 'drill-c Running']);
  await page.getByRole('status').getByText('Live').waitFor();
  expect(lists() - before).toBe(relists);
});

it('rests while its tab is hidden, and knows what it missed when it is shown', async () => {
  const window = await openWindow();
  const { page, server, watches, lists } = await open('/pods?filter=drill-', () => window.newPage());
  const before = lists();
  const other = await window.newPage();
  await expect.poll(watches).toEqual([]);
  server.create(drill('a', 'Running'));
  await other.close();
  await expect.poll(() => rows(page)).toEqual(['drill-a Running']);
  expect(lists()).toBe(before);
});

it('asks within a second when it is online again', async () => {
  const { page, server, watches } = await open('/pods?filter=drill-');
  await page.context().setOffline(true); // which ends nothing that is open
  server.cut();
  await page.getByText(/Again in ([3-9]|\d\d) s/).waitFor();
  await page.clock.pauseAt(await page.evaluate(() => Date.now()));
  await expect.poll(watches).toEqual([]);
  server.create(drill('a', 'Running'));
  await page.context().setOffline(false);
  await page.clock.runFor(1_000);
  await expect.poll(watches).not.toEqual([]); // one of the two, whose answer the other waits for
  await page.clock.resume();
  await expect.poll(() => rows(page)).toEqual(['drill-a Running']);
  await page.getByRole('status').getByText('Live').waitFor();
});

it('watches what is chosen, and nothing that was', async () => {
  // Anybody can write anything into a URL.
  const { page, watches } = await open(`/pods?namespace=shop&namespace=..&namespace=${'x'.repeat(64)}`);
  await expect.poll(watches).toEqual(['namespaces/shop/deployments', 'namespaces/shop/pods']);

  await page.getByRole('button', { name: 'shop' }).click();
  await expect.poll(watches).toContain('namespaces');
  await page.getByLabel('payments').click();
  await expect
    .poll(watches)
    .toEqual([
      'namespaces',
      'namespaces/payments/deployments',
      'namespaces/payments/pods',
      'namespaces/shop/deployments',
      'namespaces/shop/pods',
    ]);
  await page.getByLabel('shop').click();
  await page.keyboard.press('Escape');
  await expect.poll(watches).toEqual(['namespaces/payments/deployments', 'namespaces/payments/pods']);
  expect(page.url()).toContain('namespace=payments');

  const [first, second] = await Promise.all([0, 1].map((index) => page.getByRole('link', { name: 'api-' }).nth(index)));
  await first?.click();
  await expect.poll(watches).toHaveLength(3);
  await second?.click();
  await page.getByRole('heading', { name: (await second?.textContent()) ?? '' }).waitFor();
  await expect.poll(watches).toHaveLength(3);
  await page.getByRole('link', { name: 'Close' }).click();
  await expect.poll(watches).toHaveLength(2);
});

it('keeps what it knew while the server is away, and is right again afterwards', async () => {
  const { page, server } = await open('/deployments/shop/cart');
  await page
    .getByText(/\d of \d/)
    .first()
    .waitFor();
  server.refuse();
  server.cut();
  await page.getByRole('status').getByText('Reconnecting').waitFor();
  await page.getByText(/^as of /).waitFor();
  expect(await page.getByRole('table', { name: 'deployments' }).getByRole('link', { name: 'cart' }).count()).toBe(1);

  const cart = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'cart', namespace: 'shop' } };
  server.delete(cart);
  await server.accept();
  await page.getByRole('button', { name: 'Retry now' }).click();
  await page.getByText('There is no such deployment.').waitFor();
  await page.getByRole('status').getByText('Live').waitFor();
});

it('finds rows by what is in them, and says so in the URL', async () => {
  const { page } = await open('/pods');
  await page.getByLabel('Filter').fill('app=cart shop');
  await page.getByText(/\d of \d+ pods/).waitFor();
  await page.waitForURL(/filter=app/);
  await page.reload();
  await page.getByText(/\d of \d+ pods/).waitFor();
  expect(await page.getByLabel('Filter').inputValue()).toBe('app=cart shop');
});

it('closes its details with Escape, unless that is for the filter or the list of namespaces', async () => {
  const { page } = await open('/deployments/shop/cart');
  const details = page.getByRole('region', { name: 'Details' });
  await details.waitFor();
  await page.getByLabel('Filter').fill('cart');
  await page.keyboard.press('Escape');
  await page.getByText('8 deployments').waitFor();

  await page.getByRole('button', { name: 'All namespaces' }).click();
  const namespaces = page.getByRole('group', { name: 'Namespaces' });
  await namespaces.waitFor();
  await page.keyboard.press('Escape');
  await namespaces.waitFor({ state: 'hidden' });
  expect(await details.isVisible()).toBe(true);

  await page.keyboard.press('Escape');
  await details.waitFor({ state: 'hidden' });
});

it.each(['/pods', '/deployments/shop/cart'])('fits a phone: %s', async (path) => {
  const { page } = await open(path, () => browser.newPage({ viewport: { width: 400, height: 800 } }));
  await page.getByRole('row', { name: 'cart' }).first().waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400);
  await page.screenshot({ path: `${PICTURES}/400${path.replaceAll('/', '-')}.png` });
});

it.each([
  ['light', '/pods'],
  ['dark', '/pods'],
  ['light', '/deployments/shop/cart'],
  ['dark', '/deployments/shop/cart'],
] as const)('is accessible in %s: %s', async (colorScheme, path) => {
  const { page, server } = await open(path, () => browser.newPage({ colorScheme }));
  await page.evaluate(axe.source);
  const violations = (): Promise<readonly string[]> =>
    page.evaluate(async () => {
      const { violations } = await window.axe.run();
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join()}`));
    });
  await page.getByRole('link', { name: 'cart' }).first().click();
  await page.screenshot({ path: `${PICTURES}/${colorScheme}${path.replaceAll('/', '-')}.png` });
  await page.getByRole('button', { name: 'All namespaces' }).click();
  expect(await violations()).toEqual([]);
  server.refuse();
  server.cut();
  await page.getByText('Reconnecting').waitFor();
  expect(await violations()).toEqual([]);
});

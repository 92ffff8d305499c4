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
  await page.getByRole('checkbox', { name: 'payments' }).click();
  await expect
    .poll(watches)
    .toEqual([
      'namespaces',
      'namespaces/payments/deployments',
      'namespaces/payments/pods',
      'namespaces/shop/deployments',
      'namespaces/shop/pods',
    ]);
  await page.getByRole('checkbox', { name: 'shop' }).click();
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
  const found = page.locator('footer').getByText(/^\d of \d+ pods/);
  await found.waitFor();
  await page
    .locator('[aria-live]')
    .getByText(/^\d of \d+ pods/)
    .waitFor();
  await page.waitForURL(/filter=app/);
  await page.reload();
  await found.waitFor();
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

it('leads through all rows by keyboard, and back from the details', async () => {
  const { page, server } = await open('/pods?filter=drill-');
  const names = Array.from({ length: 300 }, (_, index) => `drill-${1_000 + index}`);
  for (const name of names) server.create(drill(name.slice('drill-'.length), 'Running'));
  await page.getByText(/^300 of /).waitFor();
  const focus = () => page.evaluate(() => document.activeElement?.textContent.trim());
  const isSeen = (name: string): Promise<boolean> =>
    page.getByRole('row', { name }).evaluate((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      const all = row.closest('cdk-virtual-scroll-viewport')?.getBoundingClientRect();
      return all !== undefined && top > all.top - 1 && bottom < all.bottom + 1;
    });

  const perPage = await page
    .locator('cdk-virtual-scroll-viewport')
    .evaluate((all) => Math.floor(all.clientHeight / 32));
  await page.getByRole('button', { name: 'Age' }).focus();
  for (const [key, name] of [
    ['Tab', 'drill-1000'],
    ['ArrowDown', 'drill-1001'],
    ['End', 'drill-1299'],
    ['ArrowDown', 'drill-1299'],
    ['ArrowUp', 'drill-1298'],
    ['Home', 'drill-1000'],
    ['PageDown', `drill-${1_000 + perPage}`],
    ['PageDown', `drill-${1_000 + 2 * perPage}`],
    ['PageUp', `drill-${1_000 + perPage}`],
  ] as const) {
    await page.keyboard.press(key);
    await expect.poll(focus).toBe(name);
    await expect.poll(() => isSeen(name)).toBe(true);
  }

  // Where a row goes, the next one takes its place.
  server.delete(drill(`${1_000 + perPage}`, ''));
  const next = `drill-${1_000 + perPage + 1}`;
  await expect.poll(focus).toBe(next);

  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: `Details of ${next}` }).waitFor();
  await page.keyboard.press('Tab');
  await expect.poll(focus).toBe('Close');
  await page.keyboard.press('Enter');
  await expect.poll(focus).toBe(next);
  await page.getByRole('region', { name: 'Details' }).waitFor({ state: 'hidden' });
});

it('keeps the focus in the list of namespaces when all are chosen', async () => {
  const { page } = await open('/pods?namespace=shop');
  await page.getByRole('button', { name: 'Namespaces: shop' }).press('Enter');
  const all = page.getByRole('checkbox', { name: 'All namespaces' });
  await all.press('Space');
  await page.waitForURL((url) => !url.searchParams.has('namespace'));
  await page.keyboard.press('Space'); // there is nothing to be undone
  expect(await all.evaluate((box: HTMLInputElement) => [box.checked, box === document.activeElement])).toEqual([
    true,
    true,
  ]);
});

it('knows, while the server is away, that there was nothing', async () => {
  const { page, server } = await open('/pods?namespace=default');
  await page.getByText('There are no pods here.').waitFor();
  server.refuse();
  server.cut();
  await page.getByText(/^as of /).waitFor();
  await page.getByText('There are no pods here.').waitFor();
});

it('tells containers that start from those that fail', async () => {
  const { page, server } = await open('/pods/shop/drill-a');
  const containers = ['ContainerCreating', 'ErrImagePull'].map((reason) => ({ name: reason.toLowerCase(), reason }));
  server.create({
    ...drill('a', 'Pending'),
    spec: { containers: containers.map(({ name }) => ({ name })) },
    status: {
      phase: 'Pending',
      containerStatuses: containers.map(({ name, reason }) => ({ name, ready: false, state: { waiting: { reason } } })),
    },
  });
  const details = page.getByRole('region', { name: 'Details of drill-a' });
  await details.locator('.busy', { hasText: 'ContainerCreating' }).last().waitFor();
  await details.locator('.bad', { hasText: 'ErrImagePull' }).waitFor();
  expect(await details.locator('.bad').count()).toBe(1);
});

it('fills the room that it has, also where that was smaller before', async () => {
  const { page } = await open('/pods/shop/none', () => browser.newPage({ viewport: { width: 400, height: 800 } }));
  const isFilled = (): Promise<boolean> =>
    page.locator('cdk-virtual-scroll-viewport').evaluate((viewport) => {
      const { left, bottom } = viewport.getBoundingClientRect();
      return document.elementFromPoint(left + 50, bottom - 5)?.closest('[role=row]') != null;
    });
  await expect.poll(isFilled).toBe(true);
  await page.getByRole('link', { name: 'Close' }).click();
  await page.getByRole('region', { name: 'Details' }).waitFor({ state: 'hidden' });
  await expect.poll(isFilled).toBe(true);
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

/** The application that was built, in a browser, with the embedded API server behind it. */
import axe from 'axe-core';
import { chromium, type Browser, type Page, type Request } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { CHROMIUM } from '../../../test/browser/chromium.ts';
import { startGateway } from '../../browser/gateway.ts';
import { startEmbedded, type Embedded } from '../../demo/embedded.ts';

declare global {
  interface Window {
    readonly axe: typeof axe;
  }
}

interface Stage extends Pick<Embedded, 'server'> {
  readonly page: Page;
  /** What the page watches at the moment: `namespaces/shop/pods`. */
  readonly watches: () => readonly string[];
}

let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch(CHROMIUM);
});
afterAll(() => browser.close());

/** A page, and a cluster in which nothing happens but what a test does. */
async function open(path: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Stage> {
  const embedded = await startEmbedded();
  const gateway = await startGateway({ apiServer: embedded.server, site: 'dist' });
  const page = await browser.newPage({ colorScheme });
  const requests = new Set<Request>();
  page.on('request', (request) => requests.add(request));
  page.on('requestfinished', (request) => requests.delete(request));
  page.on('requestfailed', (request) => requests.delete(request));
  onTestFinished(async () => {
    await page.close();
    await gateway[Symbol.asyncDispose]();
    await embedded[Symbol.asyncDispose]();
  });
  await page.goto(gateway.url + path);
  await page.getByRole('status').getByText('Live').waitFor();
  const watches = (): readonly string[] =>
    Array.from(requests, (request) => new URL(request.url()).pathname.replace(/^.*\/v1\//, '')).sort();
  return { page, server: embedded.server, watches };
}

it('watches what is chosen, and nothing that was', async () => {
  const { page, watches } = await open('/pods?namespace=shop');
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

it('shows what changes', async () => {
  const { page, server } = await open('/pods?filter=app%3Dchanged');
  await page.getByText('None of the').waitFor();
  const pod = server.list('v1', 'Pod')[0] ?? expect.unreachable('there are pods');
  server.patch(pod, { metadata: { labels: { app: 'changed' } } });
  await page.getByRole('row', { name: pod.metadata.name }).waitFor();
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

it.each([
  ['light', '/pods'],
  ['dark', '/pods'],
  ['light', '/deployments/shop/cart'],
  ['dark', '/deployments/shop/cart'],
] as const)('is accessible in %s: %s', async (colorScheme, path) => {
  const { page, server } = await open(path, colorScheme);
  await page.evaluate(axe.source);
  const violations = (): Promise<readonly string[]> =>
    page.evaluate(async () => {
      const { violations } = await window.axe.run();
      return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join()}`));
    });
  await page.getByRole('link', { name: 'cart' }).first().click();
  await page.getByRole('button', { name: 'All namespaces' }).click();
  expect(await violations()).toEqual([]);
  server.refuse();
  server.cut();
  await page.getByText('Reconnecting').waitFor();
  expect(await violations()).toEqual([]);
});

import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import { expect, it, onTestFinished } from 'vitest';
import { startApiServer } from '../../apiserver/index.ts';
import unit from '../../vitest.config.ts';
import { CHROMIUM } from './chromium.ts';

const pod = (name: string, phase: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, status: { phase } });

it('the page of docs/in-the-browser.md shows pods, through the development server of that guide', async () => {
  const objects = [pod('web-1', 'Running')];
  await using server = await startApiServer({ tls: false, tokens: { '': 'allowed' }, objects });
  const html = '<!doctype html><script type="module" src="/examples/guides/in-the-browser/page.ts"></script>';
  const vite = await createServer({
    ...unit,
    configFile: 'examples/guides/in-the-browser/vite.config.ts',
    logLevel: 'silent',
    plugins: [
      {
        name: 'page',
        configureServer: ({ middlewares }) => void middlewares.use('/page', (_, answer) => answer.end(html)),
      },
    ],
    server: {
      port: 0,
      host: '127.0.0.1',
      proxy: { '/k8s': { target: server.url, rewrite: (path) => path.slice('/k8s'.length) } },
    },
  });
  onTestFinished(() => vite.close());
  await vite.listen();
  const browser = await chromium.launch(CHROMIUM);
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const shows = (text: string) => expect.poll(() => page.innerText('body'), { timeout: 20_000 }).toBe(text);

  await page.goto(`${vite.resolvedUrls?.local[0] ?? ''}page`);
  await shows('live\n\nweb-1 Running');
  server.patch(pod('web-1', ''), { status: { phase: 'Failed' } });
  server.create(pod('web-2', 'Pending'));
  await shows('live\n\nweb-1 Failed\nweb-2 Pending');

  server.tokens.set('', 'forbidden');
  await page.reload();
  await expect.poll(() => page.innerText('body')).toMatch(/^failed: watch pods .*cannot watch resource "pods"/);
});

import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CHROMIUM } from './chromium.ts';
import { buildSite, Stage } from './stage.ts';
import { openWindow } from './window.ts';

// fetchCluster in a page: through a gateway, from the embedded API server.

let browser: Browser;

beforeAll(async () => {
  [browser] = await Promise.all([chromium.launch(CHROMIUM), buildSite()]);
});
afterAll(() => browser.close());

async function open(): Promise<Stage> {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  return Stage.open(context);
}

it('lists, and tells what changes', async () => {
  const stage = await open();
  stage.create('a');
  await stage.follow('web');
  await stage.tells('web init start', 'web initApply a', 'web initDone', 'web added a');

  stage.create('b');
  stage.server.patch({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } }, { data: { colour: 'green' } });
  stage.delete('a');
  await stage.tells('web added b', 'web modified b', 'web deleted a');

  stage.server.endWatches();
  await stage.tells('web live');
  const asked = stage.atGateway();
  expect(asked.map(({ headers }) => headers['x-asked'])).toEqual(['1', '2']);
  expect(asked.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  expect(stage.atServer().map(({ headers }) => headers.authorization)).toEqual(
    Array(2).fill(`Bearer ${stage.server.token}`),
  );
  for (const { query } of stage.server.requests) {
    expect(Object.fromEntries(query)).toMatchObject({ watch: 'true', pretty: 'false', allowWatchBookmarks: 'true' });
  }
});

describe('what was missed comes, without a list, when', () => {
  it.each<[string, (stage: Stage) => unknown, (stage: Stage) => unknown]>([
    ['the API server resets its connections', ({ server }) => server.cut(), () => undefined],
    [
      'the API server is away',
      ({ server }) => {
        server.refuse();
        server.cut();
      },
      ({ server }) => server.accept(),
    ],
    ['the gateway is away', (stage) => stage.closeGateway(), (stage) => stage.reopenGateway()],
  ])('%s', async (_, breakIt, mend) => {
    const stage = await open();
    stage.create('a');
    await stage.follow('web');
    await stage.tells('web added a');

    await breakIt(stage);
    await stage.tells('web interrupted connection');
    stage.create('b');
    stage.delete('a');
    await mend(stage);
    await stage.tells('web live', 'web added b', 'web deleted a');
    expect(stage.told.filter((line) => line.startsWith('web init '))).toEqual(['web init start']);
  });
});

it('tells the difference where the server has forgotten what was missed (410)', async () => {
  const stage = await open();
  stage.create('a');
  stage.create('b');
  await stage.follow('web');
  await stage.tells('web added b');

  const expired = stage.server.inject({ fault: 'error', code: 410, verb: 'watch' });
  stage.server.cut();
  stage.delete('a');
  await stage.tells('web init expired', 'web deleted a');
  expect(expired.hits).toBe(1);
  expect(stage.told.filter((line) => line.startsWith('web added'))).toEqual(['web added a', 'web added b']);
});

it('rests while the page is hidden', async () => {
  const window = await openWindow();
  const stage = await Stage.open(window);
  await stage.follow('web', { pausedWhileHidden: true });
  await stage.tells('web initDone');

  const other = await window.newPage();
  await stage.tells('web paused');
  await stage.hasOpen(0);
  stage.create('a');
  await other.close();
  await stage.tells('web live', 'web added a');
  expect(stage.told.filter((line) => line.startsWith('web init '))).toEqual(['web init start']);
});

it('asks at once when the page is online again', async () => {
  const stage = await open();
  await stage.follow('web', { wokenOnline: true, retryIn: 60_000 });
  await stage.tells('web initDone');
  await stage.page.context().setOffline(true); // which ends nothing that is open
  stage.server.cut();
  await stage.tells('web interrupted connection');
  stage.create('a');

  await stage.page.context().setOffline(false);
  const online = performance.now();
  await stage.tells('web live', 'web added a');
  expect(performance.now() - online).toBeLessThan(5_000);
});

describe('a request ends at the API server when', () => {
  const DELAY = { fault: 'delay', ms: 60_000, verb: 'watch' } as const;

  it.each<[string, (stage: Stage) => Promise<void>]>([
    [
      'its watch is left before the answer',
      async (stage) => {
        stage.server.inject(DELAY);
        await stage.follow('web');
        await stage.hasOpen(1);
      },
    ],
    [
      'its watch is left during the list',
      async (stage) => {
        stage.server.inject({ ...DELAY, at: { frames: 1 } });
        await stage.follow('web');
        await stage.tells('web initApply a');
      },
    ],
    [
      'its watch is left while it is live',
      async (stage) => {
        await stage.follow('web');
        await stage.tells('web initDone');
      },
    ],
    [
      'its watch is left after a failure',
      async (stage) => {
        await stage.follow('web');
        await stage.tells('web initDone');
        stage.server.cut();
        await stage.tells('web live');
      },
    ],
  ])('%s', async (_, until) => {
    const stage = await open();
    stage.create('a');
    stage.create('b');
    await until(stage);
    await stage.hasOpen(1);
    await stage.leave('web');
    await stage.hasOpen(0);
  });

  it.each<[string, (stage: Stage) => Promise<unknown>]>([
    ['the tab is closed', ({ page }) => page.close()],
    ['the page is loaded anew', ({ page }) => page.reload()],
    ['the page is left for another, and not kept', ({ page }) => page.goto('about:blank')],
  ])('%s', async (_, leave) => {
    const stage = await open();
    await stage.follow('web');
    await stage.tells('web initDone');
    await stage.hasOpen(1);
    await leave(stage);
    await stage.hasOpen(0);
  });
});

it('a watch that rests while hidden keeps no request when the browser keeps the page, to go back to', async () => {
  const stage = await Stage.open(await openWindow());
  await stage.follow('web', { pausedWhileHidden: true });
  await stage.tells('web initDone');

  await stage.page.goto('about:blank');
  await stage.hasOpen(0);
  stage.create('a');
  await stage.page.goBack({ waitUntil: 'commit' });
  await stage.tells('web live', 'web added a');
  expect(stage.told.filter((line) => line.startsWith('web init '))).toEqual(['web init start']);
});

it('a watch that is left in the turn that it begins in asks nothing', async () => {
  const stage = await open();
  await stage.page.evaluate(() => {
    window.follow('short', { namespace: 'default' });
    window.leave('short');
  });
  await stage.follow('web');
  await stage.tells('web initDone');
  expect(stage.atGateway()).toHaveLength(1);
});

it('watches more than a browser has connections for, and lists beside them', async () => {
  const stage = await open();
  const namespaces = Array.from({ length: 8 }, (_, n) => `ns-${n}`);
  const all = (line: string): string[] => namespaces.map((namespace) => `${namespace} ${line}`);
  for (const namespace of namespaces) stage.create('a', namespace);
  for (const namespace of namespaces) await stage.follow(namespace, { namespace });
  await stage.tells(...all('added a'));

  const listed = stage.page.evaluate(() => fetch('/k8s/api/v1/namespaces').then(({ status }) => status));
  await expect(listed).resolves.toBe(200);
  for (const name of ['b', 'c']) {
    for (const namespace of namespaces) stage.create(name, namespace);
    await stage.tells(...all(`added ${name}`));
  }
  expect(stage.told.filter((line) => line.includes('warning only 5 watches may be open'))).not.toEqual([]);
  expect(stage.told.filter((line) => line.includes('interrupted'))).toEqual([]);
});

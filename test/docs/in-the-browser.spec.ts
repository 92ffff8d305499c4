import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom, type Observable } from 'rxjs';
import { connectionState, fetchCluster, waitFor, watch$ } from 'rxkube';
import { startApiServer, type ApiServer } from 'rxkube/apiserver';
import { ConfigMap } from 'rxkube/kinds';
import { createServer, type ProxyOptions } from 'vite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { clusterOf } from '../../examples/guides/in-the-browser/signed-in.ts';
import { Program } from '../program.ts';

/** Subscribes until the test is over. @returns what it has said so far */
function follow<T>(source: Observable<T>): readonly T[] {
  const values: T[] = [];
  const subscription = source.subscribe((value) => values.push(value));
  onTestFinished(() => subscription.unsubscribe());
  return values;
}

/** The types of the events of a watch that asks for no list: nothing is sent to it, until something changes. */
function quietWatch(url: string, { resourceVersion }: ApiServer): readonly string[] {
  const types: string[] = [];
  const source = fetchCluster({ url }).resource(ConfigMap, { namespace: 'default' });
  const subscription = watch$(source, { resourceVersion }).subscribe(({ type }) => types.push(type));
  onTestFinished(() => subscription.unsubscribe());
  return types;
}

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

describe('in-the-browser/vite.config.ts', () => {
  /** Vite, with the configuration of the guide, before an API server. */
  async function serve(apiServer: string, more: ProxyOptions): Promise<string> {
    const vite = await createServer({
      configFile: 'examples/guides/in-the-browser/vite.config.ts',
      logLevel: 'silent',
      server: { port: 0, host: '127.0.0.1', ws: false, proxy: { '/k8s': { ...more, target: apiServer } } },
    });
    onTestFinished(() => vite.close());
    await vite.listen();
    return `${vite.resolvedUrls?.local[0] ?? ''}k8s`;
  }
  const rewrite = (path: string): string => path.slice('/k8s'.length);

  it('tells the page at once that a watch is open', async () => {
    await using server = await startApiServer({ tls: false, tokens: { '': 'allowed' } });
    const told = quietWatch(await serve(server.url, { rewrite }), server);
    await expect.poll(() => told, { timeout: 5_000 }).toEqual(['live']);
    server.create(configMap('a'));
    await expect.poll(() => told).toEqual(['live', 'apply']);
  });

  it('would not do so without its hook', async () => {
    await using server = await startApiServer({ tls: false, tokens: { '': 'allowed' } });
    const told = quietWatch(await serve(server.url, { rewrite, configure: () => undefined }), server);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(told).toEqual([]);
    server.create(configMap('a'));
    await expect.poll(() => told).toEqual(['live', 'apply']);
  });
});

describe.skipIf(spawnSync('kubectl', ['version', '--client']).status !== 0)('kubectl proxy', () => {
  it('serves a page and, below a path of the same origin, the API server', async () => {
    const dist = mkdtempSync(join(tmpdir(), 'rxkube-dist-'));
    onTestFinished(() => rmSync(dist, { recursive: true }));
    writeFileSync(join(dist, 'index.html'), 'the page');
    await using server = await startApiServer({ objects: [configMap('a')] });
    const options = ['--port=0', '--api-prefix=/k8s/', `--www=${dist}`, '--www-prefix=/'];
    using proxy = new Program(['kubectl', 'proxy', ...options], server.kubeconfigPath);
    await proxy.says('Starting to serve on ');
    const [url = ''] = /127\.0\.0\.1:\d+/.exec(proxy.output) ?? [];

    expect(await (await fetch(`http://${url}/`)).text()).toBe('the page');
    const source = fetchCluster({ url: `http://${url}/k8s` }).resource(ConfigMap, { namespace: 'default', name: 'a' });
    const found = watch$(source).pipe(waitFor((one) => one !== undefined));
    expect(await firstValueFrom(found, { defaultValue: undefined })).toMatchObject(configMap('a'));
    const told = quietWatch(`http://${url}/k8s`, server);
    await expect.poll(() => told, { timeout: 5_000 }).toEqual(['live']);
  });
});

it('in-the-browser/signed-in.ts asks for another token when one is refused', async () => {
  await using server = await startApiServer({ tls: false, tokens: { first: 'allowed' } });
  let current = 'first';
  const asked: boolean[] = [];
  const token = (renew: boolean): Promise<string> => {
    asked.push(renew);
    if (renew) current = 'second';
    return Promise.resolve(current);
  };
  const states = follow(watch$(clusterOf({ token }, server.url).resource(ConfigMap)).pipe(connectionState()));
  await expect.poll(() => states.at(-1)?.phase).toBe('live');

  server.tokens.delete('first');
  server.tokens.set('second', 'allowed');
  server.cut();
  await expect.poll(() => states.slice(-2).map(({ phase }) => phase)).toEqual(['interrupted', 'live']);
  expect(asked).toEqual([false, false, true]);
  expect(states.filter(({ error }) => error?.code === 401)).toEqual([]);
});

it('in-the-browser/resting.ts lets a watch rest in a tab that nobody looks at', async () => {
  const page = Object.assign(new EventTarget(), { hidden: false });
  const browser = new EventTarget();
  vi.stubGlobal('document', page);
  vi.stubGlobal('window', browser);
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const { resting } = await import('../../examples/guides/in-the-browser/resting.ts');
  if (resting.pauseWhile === undefined || resting.wakeOn === undefined) throw new Error('it never rests');
  const paused = follow(resting.pauseWhile);
  const woken = follow(resting.wakeOn);
  const show = (visible: boolean): void => {
    page.hidden = !visible;
    page.dispatchEvent(new Event('visibilitychange'));
  };

  show(false);
  vi.advanceTimersByTime(9_999);
  show(true);
  expect(paused).toEqual([false, false]);
  show(false);
  vi.advanceTimersByTime(10_000);
  show(true);
  expect(paused).toEqual([false, false, true, false]);
  expect(woken).toHaveLength(0);
  browser.dispatchEvent(new Event('online'));
  expect(woken).toHaveLength(1);
});

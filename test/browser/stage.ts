import { subscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { expect, onTestFinished } from 'vitest';
import { startApiServer, type ApiServer } from '../../apiserver/index.ts';
import { startGateway, type Gateway } from '../../examples/browser/gateway.ts';
import unit from '../../vitest.config.ts';
import type { Watching } from './site/main.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const SITE = here('../../temp/browser/site');

/** Builds the page, from the sources of the library. */
export async function buildSite(): Promise<void> {
  const outDir = SITE;
  await build({
    ...unit,
    configFile: false,
    root: here('site'),
    build: { outDir, emptyOutDir: true },
    logLevel: 'warn',
  });
}

/** A request for the API server, as the gateway or the API server itself saw it. */
export interface Seen {
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  isOpen: boolean;
}

/** What the servers of this process were asked, by port. */
const seen = new Map<number, Seen[]>();

subscribe('http.server.request.start', (message) => {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://server');
  if (!/^(\/k8s)?\/api/.test(pathname)) return;
  const one: Seen = { query: searchParams, headers: request.headers, isOpen: true };
  response.once('close', () => (one.isOpen = false));
  const { localPort = 0 } = request.socket;
  seen.set(localPort, [...(seen.get(localPort) ?? []), one]);
});

/** A page, the gateway that serves it, and the API server behind that. Gone when the test is over. */
export class Stage {
  /** What the page told: `web init start`, `web apply a`, `web added a` … */
  readonly told: string[] = [];
  readonly #errors: Error[] = [];
  readonly server: ApiServer;
  readonly page: Page;
  #gateway: Gateway;

  private constructor(server: ApiServer, gateway: Gateway, page: Page) {
    this.server = server;
    this.#gateway = gateway;
    this.page = page;
  }

  static async open(context: BrowserContext): Promise<Stage> {
    const server = await startApiServer();
    const gateway = await startGateway({ apiServer: server, site: SITE });
    const stage = new Stage(server, gateway, await context.newPage());
    onTestFinished(() => stage.#close());
    stage.page.on('pageerror', (error) => stage.#errors.push(error));
    await stage.page.exposeFunction('tell', (line: string) => stage.told.push(line));
    await stage.page.goto(gateway.url);
    return stage;
  }

  async follow(id: string, watching: Partial<Watching> = {}): Promise<void> {
    const options = { namespace: 'default', ...watching };
    await this.page.evaluate(([id, options]) => window.follow(id, options), [id, options] as const);
  }

  async leave(id: string): Promise<void> {
    await this.page.evaluate((id) => window.leave(id), id);
  }

  /** Waits until the page has told all of these. */
  async tells(...lines: string[]): Promise<void> {
    await expect.poll(() => this.told, { timeout: 30_000 }).toEqual(expect.arrayContaining(lines));
  }

  create(name: string, namespace = 'default'): void {
    this.server.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } });
  }

  delete(name: string): void {
    this.server.delete({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
  }

  atGateway(): readonly Seen[] {
    return seen.get(this.#gateway.port) ?? [];
  }

  atServer(): readonly Seen[] {
    return seen.get(this.server.port) ?? [];
  }

  /** Waits until so many requests are open at the gateway and at the API server. */
  async hasOpen(requests: number): Promise<void> {
    const open = (): number[] =>
      [this.atGateway(), this.atServer()].map((all) => all.filter((one) => one.isOpen).length);
    await expect.poll(open, { timeout: 5_000 }).toEqual([requests, requests]);
  }

  async closeGateway(): Promise<void> {
    await this.#gateway[Symbol.asyncDispose]();
  }

  async reopenGateway(): Promise<void> {
    this.#gateway = await startGateway({ apiServer: this.server, site: SITE, port: this.#gateway.port });
  }

  async #close(): Promise<void> {
    await this.closeGateway();
    await this.server.close();
    expect(this.#errors).toEqual([]);
  }
}

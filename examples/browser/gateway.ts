import { once } from 'node:events';
import { createServer, type Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createProxyServer } from 'httpxy';
import sirv from 'sirv';

export interface WithToken {
  readonly url: string;
  readonly token: string;
  /** PEM. Default: the authorities that Node knows. */
  readonly ca?: string | undefined;
}

export interface WithCredentials {
  readonly url: string;
  readonly agent: Agent;
  /** Asked for before each request, as tokens expire. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
}

export interface GatewayOptions {
  /** Where the API server is, and what it is shown. That stays here: no page ever has it. */
  readonly apiServer: WithToken | WithCredentials;
  /** A folder of files. What is none of them is `index.html`. */
  readonly site: string;
  /** Default: any that is free. */
  readonly port?: number;
}

export interface Gateway extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/**
 * Serves a page and, below `/k8s`, the API server that it watches, on the loopback interface. Whoever reaches it may read what the
 * credentials may read: before it listens anywhere else, it has to ask who is there.
 */
export async function startGateway({ apiServer, site, port = 0 }: GatewayOptions): Promise<Gateway> {
  const files = sirv(site, { single: true });
  const { url: target, agent, headers } = 'agent' in apiServer ? apiServer : withCredentials(apiServer);
  const proxy = createProxyServer({ target, changeOrigin: true, agent });
  // A watch is open before it has anything to say.
  proxy.on('proxyRes', (_answer, _request, response) => response.once('pipe', () => response.flushHeaders()));

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const shown = await headers();
    if (!response.destroyed) await proxy.web(request, response, { headers: { ...shown } });
  };

  const server = createServer((request, response) => {
    const refuse = (status: number): void => void response.writeHead(status).end();
    const { url = '', method, headers } = request;
    // Another name that leads here is how a foreign page would read along.
    if (!hosts.includes(headers.host ?? '')) return refuse(421);
    if (!url.startsWith('/k8s/')) return files(request, response);
    if (method !== 'GET') return refuse(405);
    // A foreign page could not read the answer, but it could ask.
    if (!['same-origin', 'none'].includes(headers['sec-fetch-site'] ?? 'none')) return refuse(403);
    request.url = url.slice('/k8s'.length);
    pass(request, response).catch(() => (response.headersSent ? response.destroy() : refuse(502)));
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const actual = (server.address() as AddressInfo).port;
  const hosts = [`127.0.0.1:${actual}`, `localhost:${actual}`];

  return {
    url: `http://127.0.0.1:${actual}`,
    port: actual,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve()).closeAllConnections();
        agent.destroy();
      }),
  };
}

function withCredentials({ url, token, ca }: WithToken): WithCredentials {
  const headers = { authorization: `Bearer ${token}` };
  return { url, agent: new HttpsAgent({ ca, keepAlive: true }), headers: () => Promise.resolve(headers) };
}

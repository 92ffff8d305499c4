import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WatchError } from '../errors.js';
import type { ClusterConfig } from './config.js';
import { connectionError } from './connection-errors.js';
import type { NodeLimits } from './limits.js';
import { bare, type Proxy } from './proxy.js';
import type { Security } from './security.js';
import { tunnel } from './tunnel.js';

/** What is spoken on a connection. */
export type Protocol = 'h1' | 'h2';

/** For messages: who a connection leads to. */
export function peerOf({ url, proxy }: ClusterConfig): string {
  const peer = `${url.hostname}:${portOf(url)}`;
  return proxy === undefined ? peer : `${peer} (through the proxy ${proxy.label})`;
}

/**
 * Opens a connection to the cluster, proxy and TLS included, that is ready for HTTP. Rejects with a WatchError.
 * Nothing is left behind when it fails or is aborted.
 */
export async function dial(
  config: ClusterConfig,
  security: Security,
  limits: NodeLimits,
  signal: AbortSignal,
): Promise<Socket> {
  const peer = peerOf(config);
  const abort = new AbortController();
  const late = setTimeout(() => {
    const words = `no connection to ${peer} within ${limits.connect / 1000} s`;
    abort.abort(new WatchError(words, { kind: 'timeout' }));
  }, limits.connect);
  const giveUp = (): void => abort.abort(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await open(config, security, limits, abort.signal);
  } catch (error) {
    throw abort.signal.aborted ? (abort.signal.reason as Error) : connectionError(error, peer);
  } finally {
    clearTimeout(late);
    signal.removeEventListener('abort', giveUp);
  }
}

export function protocolOf(socket: Socket): Protocol {
  return 'alpnProtocol' in socket && socket.alpnProtocol === 'h2' ? 'h2' : 'h1';
}

async function open(
  { url, proxy, insecure, servername, http1 }: ClusterConfig,
  { context }: Security,
  limits: NodeLimits,
  signal: AbortSignal,
): Promise<Socket> {
  const host = bare(url.hostname);
  const port = portOf(url);
  const through = proxy === undefined ? undefined : await openProxy(proxy, host, port, limits, signal);
  if (context === undefined) return through ?? (await opened(connectTcp({ ...FAMILIES, host, port }), limits, signal));
  const socket = connectTls({
    ...(through === undefined ? { ...FAMILIES, port } : { socket: through }),
    host,
    secureContext: context,
    // By the order of preference, for servers that let the client choose.
    ALPNProtocols: http1 ? ['http/1.1'] : ['h2', 'http/1.1'],
    ...nameOf(servername ?? host),
    ...(insecure && { rejectUnauthorized: false }),
  });
  return opened(socket, limits, signal, 'secureConnect');
}

async function openProxy(
  proxy: Proxy,
  host: string,
  port: number,
  limits: NodeLimits,
  signal: AbortSignal,
): Promise<Socket> {
  const address = { ...FAMILIES, host: proxy.host, port: proxy.port };
  const secure = proxy.protocol === 'https:';
  const connecting = secure ? connectTls({ ...address, ...nameOf(proxy.host) }) : connectTcp(address);
  const socket = await opened(connecting, limits, signal, secure ? 'secureConnect' : 'connect');
  const abort = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await tunnel(socket, proxy, host, port);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The socket, once it is connected; destroyed, when it comes to nothing. */
function opened(
  socket: Socket,
  { keepAlive }: NodeLimits,
  signal: AbortSignal,
  event: 'connect' | 'secureConnect' = 'connect',
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const abort = (): void => void socket.destroy(signal.reason as Error);
    const settled = (): void => signal.removeEventListener('abort', abort);
    socket.once(event, () => {
      settled();
      // Not before: libuv forgets the delay of a socket that is not connected.
      resolve(socket.setNoDelay(true).setKeepAlive(true, keepAlive));
    });
    // It stays: an error between two owners of a socket would be nobody's, and end the process.
    socket.on('error', (error) => {
      settled();
      reject(error);
    });
    socket.once('close', () => {
      settled();
      reject(new Error('the connection was closed'));
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

/** An address is no server name (RFC 6066). */
function nameOf(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80));
}

/** Node gives up an address after 250 ms for the next one of the same host, for good: too soon for a slow link. */
const FAMILIES = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 2_500 };

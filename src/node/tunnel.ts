import { STATUS_CODES } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { WatchError } from '../errors.js';
import { connectionError } from './connection-errors.js';
import type { Proxy } from './proxy.js';
import { USER_AGENT } from './user-agent.js';

/**
 * Makes a proxy connect a socket to a host, so that what is written to it afterwards reaches that host. The host's name is resolved by the
 * proxy. Rejects with a WatchError that names the proxy.
 */
export async function tunnel(socket: Socket, proxy: Proxy, host: string, port: number): Promise<void> {
  const reader = new Reader(socket);
  try {
    await (proxy.protocol === 'socks5:' ? socks5 : connect)(socket, reader, proxy, host, port);
  } catch (error) {
    throw connectionError(error, `proxy ${proxy.label}`);
  } finally {
    reader.stop();
  }
}

async function connect(socket: Socket, reader: Reader, proxy: Proxy, host: string, port: number): Promise<void> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, `User-Agent: ${USER_AGENT}`];
  if (proxy.credentials !== undefined) {
    const { username, password } = proxy.credentials;
    lines.push(`Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  }
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const answer = await reader.take((bytes) => bytes.indexOf('\r\n\r\n') + 4, 3);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer.toString('latin1'))?.[1];
  if (status === undefined) throw refused(proxy, 'gave an answer that is not HTTP');
  // Not in its own words: some repeat the request, and with it the credentials.
  if (!status.startsWith('2')) {
    throw refused(proxy, `answered ${[status, STATUS_CODES[status]].join(' ').trim()} to CONNECT ${authority}`);
  }
}

/** RFC 1928, and RFC 1929 for the password. */
async function socks5(socket: Socket, reader: Reader, proxy: Proxy, host: string, port: number): Promise<void> {
  const { credentials } = proxy;
  socket.write(Buffer.from(credentials === undefined ? [5, 1, NO_AUTH] : [5, 2, NO_AUTH, PASSWORD]));
  const [version, method] = await reader.take(() => 2);
  if (version !== 5) throw refused(proxy, 'does not speak SOCKS5');
  if (method === PASSWORD && credentials !== undefined) {
    socket.write(Buffer.from([1, ...counted(credentials.username), ...counted(credentials.password)]));
    const [, failure] = await reader.take(() => 2);
    if (failure !== 0) throw refused(proxy, 'refused the credentials of the proxy-url');
  } else if (method !== NO_AUTH) {
    throw refused(proxy, 'wants credentials that the proxy-url does not have');
  }
  socket.write(Buffer.from([5, 1, 0, 3, ...counted(host), port >> 8, port & 0xff]));
  // Version, reply, reserved, and an address whose length its type tells.
  const answer = await reader.take((bytes) => (bytes.length < 5 ? 5 : 6 + addressLength(bytes)), 0);
  if (answer[1] !== 0) {
    throw refused(proxy, `could not connect to ${host}:${port} (${SOCKS_REPLIES[answer[1] ?? 0] ?? 'unknown reply'})`);
  }
}

const NO_AUTH = 0;
const PASSWORD = 2;

const SOCKS_REPLIES: readonly string[] = [
  'succeeded',
  'general failure',
  'not allowed',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'address type not supported',
];

function counted(text: string): number[] {
  const bytes = [...Buffer.from(text)];
  if (bytes.length > 255) throw new RangeError('longer than SOCKS5 allows');
  return [bytes.length, ...bytes];
}

function addressLength(answer: Buffer): number {
  if (answer[3] === 1) return 4;
  if (answer[3] === 4) return 16;
  return 1 + (answer[4] ?? 0);
}

function refused({ label }: Proxy, words: string): WatchError {
  return new WatchError(`the proxy ${label} ${words}`, { kind: 'connection' });
}

/** Takes exactly as much from a socket as belongs to the proxy; the rest is the host's. */
class Reader {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #failed: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('readable', this.#onReadable).on('end', this.#onEnd).on('close', this.#onEnd).on('error', this.#onError);
  }

  /**
   * @param length how many bytes it is about, judged by those that are there; no more than `least`: unknown yet.
   */
  async take(length: (bytes: Buffer) => number, least = 0): Promise<Buffer> {
    for (;;) {
      const wanted = length(this.#bytes);
      if (wanted > least && this.#bytes.length >= wanted) {
        const taken = this.#bytes.subarray(0, wanted);
        this.#bytes = this.#bytes.subarray(wanted);
        return taken;
      }
      if (this.#failed !== undefined) throw this.#failed;
      if (this.#bytes.length > MAX_ANSWER) throw new Error('its answer is too long');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  stop(): void {
    this.#socket.off('readable', this.#onReadable).off('end', this.#onEnd).off('close', this.#onEnd);
    this.#socket.off('error', this.#onError);
    if (this.#bytes.length > 0 && !this.#socket.destroyed) this.#socket.unshift(this.#bytes);
  }

  readonly #onReadable = (): void => {
    for (
      let chunk = this.#socket.read() as Buffer | null;
      chunk !== null;
      chunk = this.#socket.read() as Buffer | null
    ) {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
    }
    this.#wake?.();
  };

  readonly #onEnd = (): void => this.#onError(new Error('it closed the connection'));

  readonly #onError = (error: Error): void => {
    this.#failed ??= error;
    this.#wake?.();
  };
}

const MAX_ANSWER = 16 * 1024;

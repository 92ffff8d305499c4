import { spawn } from 'node:child_process';
import { WatchError } from '../errors.js';
import { singleFlight } from './abortable.js';
import type { ExecConfig } from './config.js';
import type { NodeLimits } from './limits.js';
import type { Certificate } from './security.js';

/** What a plug-in said. */
export interface ExecCredential {
  readonly token: string | undefined;
  readonly certificate: Certificate | undefined;
  /** Milliseconds since 1970; `Infinity` where it did not say. */
  readonly expires: number;
}

/**
 * The credentials of an exec plug-in: run once, and again when they have expired or the server refused them. Everybody who needs them at
 * that moment shares the run.
 */
export class ExecPlugin {
  readonly #run: (signal: AbortSignal) => Promise<ExecCredential>;
  readonly #settle: number;
  #current: { readonly credential: ExecCredential; readonly since: number } | undefined;
  #refused = false;
  /** Refusals in a row. */
  #refusals = 0;

  constructor(config: ExecConfig, { plugin, settle }: NodeLimits) {
    this.#settle = settle;
    this.#run = singleFlight(async (signal) => {
      const credential = await runPlugin(config, plugin, signal);
      this.#current = { credential, since: performance.now() };
      this.#refused = false;
      return credential;
    });
  }

  /** @param refresh the server refused what was obtained before; what is newer than that is as good as a new run. */
  async obtain(refresh: boolean, signal: AbortSignal): Promise<ExecCredential> {
    const current = this.#current;
    const stale = this.#refused || (refresh && this.#settled());
    if (current !== undefined && !stale && Date.now() < current.credential.expires) return current.credential;
    return this.#run(signal);
  }

  /** The server has answered a request that was made with these. */
  answered(credential: ExecCredential, status: number): void {
    if (credential !== this.#current?.credential) return;
    if (status !== 401) {
      this.#refusals = 0;
      return;
    }
    // The first refusal is mended at once; a plug-in whose credentials are never any good is not run for each of a hundred watches.
    if (this.#refused || (this.#refusals > 0 && !this.#settled())) return;
    this.#refused = true;
    this.#refusals++;
  }

  #settled(): boolean {
    return performance.now() - (this.#current?.since ?? 0) >= this.#settle;
  }
}

/**
 * Runs the command. Rejects with a WatchError that names the command and how it ended, and never what it printed or was called with, as
 * that may be credentials.
 */
async function runPlugin(config: ExecConfig, limit: number, signal: AbortSignal): Promise<ExecCredential> {
  const { command } = config;
  const fail = (words: string): WatchError =>
    new WatchError(`exec plug-in ${JSON.stringify(command)} ${words}`, { kind: 'credentials' });
  const output = await new Promise<string>((resolve, reject) => {
    const child = spawn(command, config.args, {
      env: environmentOf(config),
      // There is no terminal to talk to, and what it complains about may have credentials in it.
      stdio: ['ignore', 'pipe', 'ignore'],
      windowsHide: true,
    });
    const { stdout } = child;
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (settle: () => void): void => {
      clearTimeout(late);
      signal.removeEventListener('abort', abort);
      // What it may have started itself can hold its output open.
      child.kill('SIGKILL');
      stdout.destroy();
      settle();
    };
    const late = setTimeout(() => end(() => reject(fail(`did not end within ${limit / 1000} s`))), limit);
    const abort = (): void => end(() => reject(signal.reason as Error));
    signal.addEventListener('abort', abort, { once: true });
    stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT) end(() => reject(fail('printed more than a credential')));
      else chunks.push(chunk);
    });
    child.on('error', (error) => end(() => reject(fail(notStarted(error, config)))));
    child.on('close', (code, killedBy) => {
      if (code === 0) end(() => resolve(Buffer.concat(chunks).toString('utf8')));
      else end(() => reject(fail(code === null ? `was killed by ${killedBy}` : `failed with exit code ${code}`)));
    });
  });
  try {
    return credentialOf(JSON.parse(output), config.apiVersion);
  } catch (error) {
    throw fail(error instanceof Malformed ? error.message : 'did not print JSON');
  }
}

function environmentOf({ apiVersion, cluster, env }: ExecConfig): NodeJS.ProcessEnv {
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false, ...(cluster && { cluster }) } };
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  return { ...process.env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
}

function notStarted(error: Error, { installHint }: ExecConfig): string {
  const code = 'code' in error ? String(error.code) : 'unknown reason';
  if (code !== 'ENOENT') return `could not be started: ${code}`;
  return `was not found (ENOENT)${installHint === undefined ? '' : `: ${installHint.trim()}`}`;
}

/** Says what is wrong with an output without quoting it. */
class Malformed extends Error {}

function credentialOf(value: unknown, apiVersion: string): ExecCredential {
  const credential = recordOf(value);
  if (credential['kind'] !== 'ExecCredential') throw new Malformed('did not print an ExecCredential');
  if (credential['apiVersion'] !== apiVersion) throw new Malformed(`did not print an ExecCredential of ${apiVersion}`);
  const status = recordOf(credential['status']);
  const token = textOf(status['token']);
  const cert = textOf(status['clientCertificateData']);
  const key = textOf(status['clientKeyData']);
  if ((cert === undefined) !== (key === undefined)) throw new Malformed('printed half of a client certificate');
  const certificate = cert === undefined || key === undefined ? undefined : { cert, key };
  if (token === undefined && certificate === undefined) {
    throw new Malformed('printed neither a token nor a client certificate');
  }
  const expiry = textOf(status['expirationTimestamp']);
  const expires = expiry === undefined ? Infinity : Date.parse(expiry);
  if (Number.isNaN(expires)) throw new Malformed('printed an expirationTimestamp that is no time');
  return { token, certificate, expires };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const MAX_OUTPUT = 1024 * 1024;

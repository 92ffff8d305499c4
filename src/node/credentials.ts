import { readFile } from 'node:fs/promises';
import { WatchError } from '../errors.js';
import { abortable } from './abortable.js';
import type { ClusterConfig } from './config.js';
import { ExecPlugin } from './exec-plugin.js';
import type { NodeLimits } from './limits.js';
import { SecuritySource, unreadable, type Certificate, type Security } from './security.js';

/** What one request is made with. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly security: Security;
  /** To be told how the server took them. */
  readonly answered: (status: number) => void;
}

/** Says who we are, anew for every request: tokens and certificates rotate under a watch that lives for months. */
export class CredentialSource {
  readonly #config: ClusterConfig;
  readonly #security: SecuritySource;
  readonly #plugin: ExecPlugin | undefined;

  constructor(config: ClusterConfig, limits: NodeLimits) {
    this.#config = config;
    this.#security = new SecuritySource(config);
    this.#plugin = config.user.exec && new ExecPlugin(config.user.exec, limits);
  }

  /** Rejects with a WatchError of kind `credentials`, or as soon as the signal is aborted. */
  async obtain(refresh: boolean, signal: AbortSignal): Promise<Credentials> {
    const proof = await this.#proof(refresh, signal);
    const security = await abortable(this.#security.obtain(proof.certificate), signal);
    const { authorization } = proof;
    if (authorization !== undefined && !/^[\x20-\x7e]+$/.test(authorization)) {
      // undici would quote it.
      throw new WatchError(`${this.#who()}: the token has characters that no header can have`, { kind: 'credentials' });
    }
    return {
      headers: { ...(authorization !== undefined && { authorization }), ...this.#config.user.impersonate },
      security,
      answered: (status) => proof.answered?.(status),
    };
  }

  async #proof(refresh: boolean, signal: AbortSignal): Promise<Proof> {
    const { tokenFile, token, basic, provider } = this.#config.user;
    if (tokenFile !== undefined) return { authorization: bearer(await abortable(readToken(tokenFile), signal)) };
    if (token !== undefined) return { authorization: bearer(token) };
    if (basic !== undefined) {
      return { authorization: `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}` };
    }
    const plugin = this.#plugin;
    if (plugin !== undefined) {
      const credential = await plugin.obtain(refresh, signal);
      return {
        authorization: credential.token === undefined ? undefined : bearer(credential.token),
        certificate: credential.certificate,
        answered: (status) => plugin.answered(credential, status),
      };
    }
    if (provider === undefined) return { authorization: undefined };
    const proof = await abortable(provider.authorize(), signal);
    if (proof.authorization !== undefined || proof.certificate !== undefined) return proof;
    throw new WatchError(`auth-provider ${JSON.stringify(provider.name)} gave no credentials`, { kind: 'credentials' });
  }

  #who(): string {
    return `user ${JSON.stringify(this.#config.user.name)}`;
  }
}

interface Proof {
  readonly authorization: string | undefined;
  readonly certificate?: Certificate | undefined;
  readonly answered?: (status: number) => void;
}

function bearer(token: string): string {
  return `Bearer ${token}`;
}

async function readToken(file: string): Promise<string> {
  const token = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw unreadable('token', file, cause);
  });
  // Written with a newline at its end, by hand.
  if (token.trim() === '') throw new WatchError(`the token file ${file} is empty`, { kind: 'credentials' });
  return token.trim();
}

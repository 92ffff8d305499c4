import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { WatchError } from '../errors.js';
import type { ClusterConfig, Pem } from './config.js';

/** What a TLS connection is made with. Another one means other connections. */
export interface Security {
  /** Grows with each change of what it is made of. */
  readonly generation: number;
  /** Undefined for a plain `http:` server. */
  readonly context: SecureContext | undefined;
}

/** A client certificate that was not in the kubeconfig: an exec plug-in's. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Reads certificates and keys anew whenever it is asked, as files rotate, and says whether that makes a difference.
 */
export class SecuritySource {
  readonly #config: ClusterConfig;
  #current: { readonly security: Security; readonly fingerprint: string } | undefined;
  #asked = 0;
  #newest = 0;

  constructor(config: ClusterConfig) {
    this.#config = config;
  }

  async obtain(certificate: Certificate | undefined): Promise<Security> {
    const turn = ++this.#asked;
    const { url, insecure, user } = this.#config;
    if (url.protocol === 'http:') return PLAIN;
    const [ca, cert, key] = await Promise.all([
      insecure ? undefined : read(this.#config.ca),
      certificate?.cert ?? read(user.cert),
      certificate?.key ?? read(user.key),
    ]);
    // Whoever began to read later has read the newer files, although they may have been faster.
    if (this.#current !== undefined && turn < this.#newest) return this.#current.security;
    this.#newest = turn;
    const fingerprint = JSON.stringify([ca, cert, key]);
    if (this.#current?.fingerprint === fingerprint) return this.#current.security;
    try {
      const context = createSecureContext({ ca, cert, key });
      const security = { generation: (this.#current?.security.generation ?? 0) + 1, context };
      this.#current = { security, fingerprint };
      return security;
    } catch {
      // Two files cannot be replaced at one moment: half of a rotation is no reason to stop.
      if (this.#current !== undefined) return this.#current.security;
      throw new WatchError(`user ${JSON.stringify(user.name)}: the client certificate and its key are not usable`, {
        kind: 'credentials',
      });
    }
  }
}

const PLAIN: Security = { generation: 0, context: undefined };

async function read(pem: Pem | undefined): Promise<string | undefined> {
  if (pem === undefined || 'data' in pem) return pem?.data;
  try {
    return await readFile(pem.file, 'utf8');
  } catch (cause) {
    throw unreadable('certificate', pem.file, cause);
  }
}

/** A file that has credentials in it, and which cannot be read. */
export function unreadable(what: string, file: string, cause: unknown): WatchError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
  return new WatchError(`cannot read the ${what} file ${file}: ${code}`, { kind: 'credentials', cause });
}

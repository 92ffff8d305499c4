import { WatchError } from '../errors.js';
import type { AuthProvider } from './config.js';
import type { KubeConfigLike } from './kube-config-like.js';

/**
 * An `auth-provider` of a kubeconfig, done by client-node: `oidc`, the former `gcp` and `azure`, and what was added to a `KubeConfig`.
 *
 * @param name for messages.
 * @param load what knows how to do it; called once, before the first request.
 */
export function authProvider(name: string, load: () => Promise<KubeConfigLike>): AuthProvider {
  let loaded: Promise<KubeConfigLike> | undefined;
  return {
    name,
    authorize: async () => {
      const options: { headers?: Readonly<Record<string, unknown>>; cert?: unknown; key?: unknown } = {};
      try {
        loaded ??= load();
        await (await loaded).applyToHTTPSOptions(options);
      } catch (error) {
        if (error instanceof WatchError) throw error;
        // Neither its message nor a cause: they quote commands and answers.
        throw new WatchError(`auth-provider ${JSON.stringify(name)} failed`, { kind: 'credentials' });
      }
      const authorization = options.headers?.['Authorization'];
      const { cert, key } = options;
      return {
        authorization: typeof authorization === 'string' ? authorization : undefined,
        certificate: isPem(cert) && isPem(key) ? { cert: cert.toString(), key: key.toString() } : undefined,
      };
    },
  };
}

function isPem(value: unknown): value is string | Buffer {
  return typeof value === 'string' || Buffer.isBuffer(value);
}

/** client-node, of a user in a kubeconfig file that only it can authenticate. */
export async function loadProvider(name: string, provider: unknown): Promise<KubeConfigLike> {
  const { KubeConfig } = await import('@kubernetes/client-node').catch(() => {
    throw new WatchError(`auth-provider ${JSON.stringify(name)} needs the package @kubernetes/client-node`, {
      kind: 'credentials',
    });
  });
  const config = new KubeConfig();
  // The connection is not its business.
  const cluster = { server: 'https://unused.invalid', 'insecure-skip-tls-verify': true };
  config.loadFromString(
    JSON.stringify({
      clusters: [{ name, cluster }],
      users: [{ name, user: { 'auth-provider': provider } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      'current-context': name,
    }),
  );
  return config;
}

/** A given KubeConfig, asked about one of its users whatever its current context is. */
export function providerOf(config: KubeConfigLike, user: string): KubeConfigLike {
  // It has authenticators of its own, and keeps refreshed tokens in its users, so it is not copied.
  return Object.create(config, {
    getCurrentUser: { value: () => config.getUser(user) },
    getCurrentCluster: { value: () => null },
  }) as KubeConfigLike;
}

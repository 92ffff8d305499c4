import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { Admin } from './admin.ts';
import { startCluster, type Cluster, type ClusterOptions } from './cluster.ts';

/** A cluster that was there before and stays: it can be used, not broken. */
export interface ExistingCluster extends AsyncDisposable {
  readonly owned: false;
  readonly url: string;
  readonly ca: string | undefined;
  readonly kubeconfig: string;
  readonly kubeconfigPath: string;
  readonly admin: Admin;
}

export type ClusterUnderTest = Cluster | ExistingCluster;

/** The current context of `KUBECONFIG` if that is set, otherwise a cluster of our own. */
export async function clusterUnderTest(options?: ClusterOptions): Promise<ClusterUnderTest> {
  const kubeconfigPath = process.env['KUBECONFIG'];
  return kubeconfigPath === undefined || kubeconfigPath === ''
    ? startCluster(options)
    : existingCluster(kubeconfigPath);
}

async function existingCluster(kubeconfigPath: string): Promise<ExistingCluster> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('KUBECONFIG names no cluster in its current context');

  type Options = RequestOptions & { headers?: Record<string, string> };
  const authenticate = async (): Promise<Options> => {
    const options: Options = {};
    await config.applyToHTTPSOptions(options);
    return options;
  };
  const { ca, cert, key, servername, rejectUnauthorized } = await authenticate();
  const admin = new Admin({
    url: cluster.server,
    ...pem({ ca, cert, key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    headers: async () => (await authenticate()).headers ?? {},
  });
  return {
    owned: false,
    url: cluster.server,
    ca: ca === undefined ? undefined : ca.toString(),
    kubeconfig: await readFile(kubeconfigPath, 'utf8'),
    kubeconfigPath,
    admin,
    [Symbol.asyncDispose]: () => admin.close(),
  };
}

/** The kubeconfig's own files and data: each is one buffer or none. */
function pem(parts: Readonly<Record<'ca' | 'cert' | 'key', unknown>>): Partial<Record<'ca' | 'cert' | 'key', Buffer>> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => Buffer.isBuffer(value)));
}

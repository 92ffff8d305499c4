import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { isIPv6 } from 'node:net';
import { Fields } from './fields.js';
import { readKubeconfig, type Entry, type Kubeconfig } from './kubeconfig.js';
import type { Environment } from './proxy.js';

/** The machine, as far as a cluster is looked for on it. */
export interface Machine {
  readonly environment: Environment;
  readonly home: string;
  /** Where a pod has its token and its CA. */
  readonly serviceAccount: string;
}

export function thisMachine(): Machine {
  return {
    environment: process.env,
    home: homedir(),
    serviceAccount: '/var/run/secrets/kubernetes.io/serviceaccount',
  };
}

/**
 * The files of KUBECONFIG, else `~/.kube/config`, else the pod's service account.
 *
 * @throws Error that says where it has looked, when there is nothing: a default of `localhost:8080` would only fail later.
 */
export function findKubeconfig(machine: Machine): Kubeconfig {
  const listed = (machine.environment['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (listed.length > 0) {
    // As kubectl: some of the files may be missing.
    const files = listed.filter((file) => existsSync(file));
    if (files.length === 0) throw new Error(`connect: KUBECONFIG names no file that exists: ${listed.join(', ')}`);
    return readKubeconfig(files);
  }
  const standard = join(machine.home, '.kube', 'config');
  if (existsSync(standard)) return readKubeconfig([standard]);
  const pod = serviceAccount(machine);
  if (pod !== undefined) return pod;
  throw new Error(
    `connect: no cluster is configured: KUBECONFIG is not set, ${standard} does not exist, ` +
      `and this is not a pod with a service account (${join(machine.serviceAccount, 'token')}). Pass the option "kubeconfig".`,
  );
}

function serviceAccount({ environment, serviceAccount: folder }: Machine): Kubeconfig | undefined {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const port = environment['KUBERNETES_SERVICE_PORT'];
  const tokenFile = join(folder, 'token');
  if (!host || !port || !existsSync(tokenFile)) return undefined;
  const entry = (values: object): ReadonlyMap<string, Entry> =>
    new Map([[POD, { name: POD, fields: new Fields(values, `the pod's service account`), path: (file) => file }]]);
  return {
    label: "the pod's service account",
    currentContext: POD,
    contexts: entry({ cluster: POD, user: POD }),
    clusters: entry({
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      'certificate-authority': join(folder, 'ca.crt'),
    }),
    users: entry({ tokenFile }),
  };
}

const POD = 'in-cluster';

import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { Fields } from './fields.js';
import type { KubeConfigLike } from './kube-config-like.js';
import { parseYaml } from './yaml.js';

/** An entry of a kubeconfig, and the folder that relative paths in it start from. */
export interface Entry {
  readonly name: string;
  readonly fields: Fields;
  /** Resolves a path of this entry. */
  path(file: string): string;
}

/** One or more kubeconfig files, merged as kubectl does: the first to set a name wins. */
export interface Kubeconfig {
  /** For messages: the files. */
  readonly label: string;
  readonly currentContext: string | undefined;
  readonly contexts: ReadonlyMap<string, Entry>;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
}

/**
 * Reads kubeconfig files.
 *
 * @throws Error when one cannot be read, or is no kubeconfig.
 */
export function readKubeconfig(files: readonly string[]): Kubeconfig {
  let currentContext: string | undefined;
  const sections = {
    contexts: new Map<string, Entry>(),
    clusters: new Map<string, Entry>(),
    users: new Map<string, Entry>(),
  };
  for (const file of files) {
    // An empty file is an empty kubeconfig, for kubectl too.
    const document = new Fields(parseYaml(read(file), file) ?? {}, file);
    currentContext ??= document.text('current-context');
    for (const [section, key] of SECTIONS) {
      for (const entry of document.mappings(section)) {
        const name = entry.needed('name');
        if (sections[section].has(name)) continue;
        const fields = new Fields(entry.raw(key) ?? {}, `${file}: ${key} ${JSON.stringify(name)}`);
        sections[section].set(name, { name, fields, path: (path) => absolute(dirname(file), path) });
      }
    }
  }
  return { label: files.join(', '), currentContext, ...sections };
}

/** The same of client-node's model, which is a kubeconfig with other names. */
export function fromKubeConfig(config: KubeConfigLike): Kubeconfig {
  const contexts = new Map<string, Entry>();
  const clusters = new Map<string, Entry>();
  const users = new Map<string, Entry>();
  const add = (to: Map<string, Entry>, kind: string, name: string, values: object): void => {
    to.set(name, { name, fields: new Fields(values, `${kind} ${JSON.stringify(name)}`), path: (file) => file });
  };
  for (const { name } of config.getContexts()) {
    const context = config.getContextObject(name);
    if (context === null) continue;
    add(contexts, 'context', name, { cluster: context.cluster, user: context.user });
    const cluster = config.getCluster(context.cluster);
    if (cluster !== null) {
      add(clusters, 'cluster', context.cluster, {
        server: cluster.server,
        'certificate-authority-data': cluster.caData,
        'certificate-authority': cluster.caFile,
        'insecure-skip-tls-verify': cluster.skipTLSVerify,
        'tls-server-name': cluster.tlsServerName,
        'proxy-url': cluster.proxyUrl,
      });
    }
    const user = context.user === undefined ? null : config.getUser(context.user);
    if (user !== null) {
      add(users, 'user', user.name, {
        'client-certificate-data': user.certData,
        'client-certificate': user.certFile,
        'client-key-data': user.keyData,
        'client-key': user.keyFile,
        token: user.token,
        username: user.username,
        password: user.password,
        exec: user.exec,
        'auth-provider': user.authProvider,
        as: user.impersonateUser,
      });
    }
  }
  return { label: 'the KubeConfig', currentContext: config.getCurrentContext(), contexts, clusters, users };
}

const SECTIONS = [
  ['contexts', 'context'],
  ['clusters', 'cluster'],
  ['users', 'user'],
] as const;

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`cannot read the kubeconfig ${file}: ${codeOf(cause)}`, { cause });
  }
}

function absolute(folder: string, file: string): string {
  return isAbsolute(file) ? file : join(folder, file);
}

/** A command is a path where it has a separator in it; else it is looked for in PATH. */
export function isPath(command: string): boolean {
  return command.includes('/') || command.includes(sep);
}

/** `ENOENT`, `EACCES` …: what a file cannot be used for. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
}

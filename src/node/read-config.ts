import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { authProvider, loadProvider, providerOf } from './auth-provider.js';
import { NOBODY, type ClusterConfig, type ExecConfig, type Pem, type UserConfig } from './config.js';
import { Fields } from './fields.js';
import { findKubeconfig, thisMachine, type Machine } from './find-kubeconfig.js';
import type { KubeConfigLike } from './kube-config-like.js';
import { codeOf, fromKubeConfig, isPath, readKubeconfig, type Entry, type Kubeconfig } from './kubeconfig.js';
import { proxyFor } from './proxy.js';

/** What {@link connect} may be told. */
export interface ConnectOptions {
  /**
   * A path of a kubeconfig, or a `KubeConfig` of `@kubernetes/client-node`.
   * Default: the files of KUBECONFIG, else `~/.kube/config`, else the service account of the pod.
   */
  readonly kubeconfig?: string | KubeConfigLike | undefined;
  /** One of the kubeconfig's contexts. Default: its current one. */
  readonly context?: string | undefined;
  /**
   * Do not offer HTTP/2. Each watch then has a connection of its own. Default: false; HTTP/1.1 is spoken all the same with a server or
   * proxy that knows nothing else.
   */
  readonly http1?: boolean | undefined;
}

/**
 * Reads what a connection needs, and checks all that can be checked without making one.
 *
 * @throws TypeError, RangeError or Error that names what is wrong, and never a credential.
 */
export function readConfig(options: ConnectOptions = {}, machine: Machine = thisMachine()): ClusterConfig {
  const { kubeconfig, context, http1 } = validated(options);
  const given = typeof kubeconfig === 'object' ? kubeconfig : undefined;
  const config =
    given !== undefined
      ? fromKubeConfig(given)
      : typeof kubeconfig === 'string'
        ? readKubeconfig([kubeconfig])
        : findKubeconfig(machine);
  const { fields } = contextOf(config, context);
  const clusterName = fields.needed('cluster');
  const cluster = referenced(config.clusters, 'cluster', clusterName, fields);
  const userName = fields.text('user');
  const user = userName === undefined ? undefined : referenced(config.users, 'user', userName, fields);
  return clusterConfig(cluster, user, given, http1 ?? false, machine);
}

function validated(options: ConnectOptions): ConnectOptions {
  if (typeof options !== 'object' || (options as unknown) === null)
    throw new TypeError('connect: options must be an object');
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name))
      throw new TypeError(`connect: unknown option "${name}"; there are ${OPTIONS.join(', ')}`);
  }
  const { kubeconfig, context, http1 } = options as Readonly<Record<string, unknown>>;
  const isConfig =
    typeof kubeconfig === 'object' && kubeconfig !== null && 'getContexts' in kubeconfig && 'getUser' in kubeconfig;
  if (kubeconfig !== undefined && !isConfig && (typeof kubeconfig !== 'string' || kubeconfig === '')) {
    throw new TypeError(`connect: option "kubeconfig" must be a path or a KubeConfig, got ${shown(kubeconfig)}`);
  }
  if (context !== undefined && (typeof context !== 'string' || context === '')) {
    throw new TypeError(`connect: option "context" must be the name of a context, got ${shown(context)}`);
  }
  if (http1 !== undefined && typeof http1 !== 'boolean') {
    throw new TypeError(`connect: option "http1" must be true or false, got ${shown(http1)}`);
  }
  return options;
}

const OPTIONS: readonly string[] = ['kubeconfig', 'context', 'http1'];

function shown(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'an object' : JSON.stringify(value);
}

function contextOf({ label, contexts, currentContext }: Kubeconfig, wanted: string | undefined): Entry {
  const known = contexts.size === 0 ? 'it has none' : `it has ${[...contexts.keys()].join(', ')}`;
  const name = wanted ?? currentContext;
  if (name === undefined || name === '') {
    throw new Error(`connect: ${label} has no current-context, and the option "context" is not set; ${known}`);
  }
  const entry = contexts.get(name);
  if (entry !== undefined) return entry;
  const who = wanted === undefined ? 'current-context' : 'option "context"';
  throw new RangeError(`connect: ${who} ${JSON.stringify(name)} is no context of ${label}; ${known}`);
}

function referenced(entries: ReadonlyMap<string, Entry>, kind: string, name: string, { where }: Fields): Entry {
  const entry = entries.get(name);
  if (entry === undefined)
    throw new Error(`connect: ${where} names the ${kind} ${JSON.stringify(name)}, which is not there`);
  return entry;
}

function clusterConfig(
  cluster: Entry,
  user: Entry | undefined,
  given: KubeConfigLike | undefined,
  http1: boolean,
  machine: Machine,
): ClusterConfig {
  const { fields } = cluster;
  const url = serverOf(fields);
  const insecure = fields.flag('insecure-skip-tls-verify');
  const ca = insecure ? undefined : pem(cluster, 'certificate-authority', checkCertificate);
  const person = user === undefined ? NOBODY : userConfig(user, cluster, given);
  checkPair(person, fields);
  return {
    url,
    ca,
    insecure,
    servername: fields.text('tls-server-name'),
    proxy: proxyFor(url, fields.text('proxy-url'), machine.environment),
    // undici joins the values of a repeated header with a comma over HTTP/2: two groups would be one with a comma in its name.
    http1: http1 || Object.values(person.impersonate).some((value) => value.length > 1 && Array.isArray(value)),
    user: person,
  };
}

function serverOf(fields: Fields): URL {
  const server = fields.needed('server');
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new Error(`connect: ${fields.where}.server must be an https or http URL`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error(`connect: ${fields.where}.server must not have credentials in it`);
  }
  return url;
}

function userConfig(user: Entry, cluster: Entry, given: KubeConfigLike | undefined): UserConfig {
  const { fields, name } = user;
  const provider = fields.mapping('auth-provider');
  const providerName = provider?.text('name') ?? '';
  const settings = provider?.mapping('config');
  // How client-node spells the service account of a pod, and a command in older files.
  const tokenFile = fields.text('tokenFile') ?? settings?.text('tokenFile');
  const exec = fields.mapping('exec') ?? settings?.mapping('exec');
  const username = fields.text('username');
  return {
    name,
    cert: pem(user, 'client-certificate', checkCertificate),
    key: pem(user, 'client-key', () => undefined),
    tokenFile: tokenFile === undefined ? undefined : user.path(tokenFile),
    token: fields.text('token'),
    basic: username === undefined ? undefined : { username, password: fields.text('password') ?? '' },
    exec: exec === undefined ? undefined : execConfig(exec, user, cluster),
    provider:
      provider === undefined || settings?.raw('tokenFile') !== undefined || exec !== undefined
        ? undefined
        : authProvider(providerName, () =>
            given === undefined
              ? loadProvider(providerName, fields.raw('auth-provider'))
              : Promise.resolve(providerOf(given, name)),
          ),
    impersonate: impersonation(fields),
  };
}

function impersonation(fields: Fields): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const name = fields.text('as');
  const uid = fields.text('as-uid');
  const groups = fields.texts('as-groups');
  const extra = fields.mapping('as-user-extra');
  if (name !== undefined) headers['impersonate-user'] = name;
  if (uid !== undefined) headers['impersonate-uid'] = uid;
  if (groups.length > 0) headers['impersonate-group'] = groups;
  for (const key of extra?.names() ?? []) {
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = extra?.texts(key) ?? [];
  }
  return headers;
}

function execConfig(exec: Fields, user: Entry, cluster: Entry): ExecConfig {
  const apiVersion = exec.needed('apiVersion');
  if (!API_VERSIONS.includes(apiVersion)) {
    throw new Error(
      `connect: ${exec.where}.apiVersion is ${JSON.stringify(apiVersion)}; there are ${API_VERSIONS.join(', ')}`,
    );
  }
  if (exec.text('interactiveMode') === 'Always') {
    throw new Error(`connect: ${exec.where} wants to talk to a person (interactiveMode: Always), and there is nobody`);
  }
  const command = exec.needed('command');
  return {
    apiVersion,
    command: isPath(command) ? user.path(command) : command,
    args: exec.texts('args'),
    env: exec.mappings('env').map((entry) => ({ name: entry.needed('name'), value: entry.text('value') ?? '' })),
    installHint: exec.text('installHint'),
    cluster: exec.flag('provideClusterInfo') ? clusterInfo(cluster) : undefined,
  };
}

const API_VERSIONS: readonly string[] = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** `spec.cluster` of an ExecCredential. */
function clusterInfo(cluster: Entry): Readonly<Record<string, unknown>> {
  const { fields } = cluster;
  const insecure = fields.flag('insecure-skip-tls-verify');
  const ca = insecure ? undefined : pem(cluster, 'certificate-authority', checkCertificate);
  return {
    server: fields.needed('server'),
    'tls-server-name': fields.text('tls-server-name'),
    ...(insecure && { 'insecure-skip-tls-verify': true }),
    'certificate-authority-data': ca && Buffer.from(textOf(ca)).toString('base64'),
    'proxy-url': fields.text('proxy-url'),
    config: extensionOf(fields),
  };
}

function extensionOf(fields: Fields): unknown {
  const entry = fields.mappings('extensions').find((each) => each.text('name') === 'client.authentication.k8s.io/exec');
  return entry?.raw('extension');
}

/** The data wins over the file, as in client-go. */
function pem(entry: Entry, name: string, check: (text: string, where: string) => void): Pem | undefined {
  const data = entry.fields.text(`${name}-data`);
  if (data !== undefined) {
    const text = Buffer.from(data, 'base64').toString('utf8');
    check(text, `${entry.fields.where}.${name}-data`);
    return { data: text };
  }
  const path = entry.fields.text(name);
  if (path === undefined) return undefined;
  const file = entry.path(path);
  check(readNow(file, `${entry.fields.where}.${name}`), `${entry.fields.where}.${name} (${file})`);
  return { file };
}

function readNow(file: string, where: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`connect: ${where}: cannot read ${file}: ${codeOf(cause)}`, { cause });
  }
}

function checkCertificate(text: string, where: string): void {
  try {
    new X509Certificate(text);
  } catch {
    throw new Error(`connect: ${where} is not a PEM certificate`);
  }
}

function checkPair({ name, cert, key }: UserConfig, { where }: Fields): void {
  if ((cert === undefined) !== (key === undefined)) {
    const [there, missing] =
      cert === undefined ? ['client-key', 'client-certificate'] : ['client-certificate', 'client-key'];
    throw new Error(`connect: user ${JSON.stringify(name)} of ${where} has a ${there} but no ${missing}`);
  }
  if (cert === undefined || key === undefined) return;
  try {
    createSecureContext({ cert: textOf(cert), key: textOf(key) });
  } catch {
    throw new Error(`connect: user ${JSON.stringify(name)}: client-certificate and client-key do not belong together`);
  }
}

function textOf(value: Pem): string {
  return 'data' in value ? value.data : readFileSync(value.file, 'utf8');
}

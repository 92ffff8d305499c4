import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admin } from './admin.ts';
import { programs } from './build.ts';
import { Authority, type Certificate } from '../../apiserver/certificates.ts';
import { Etcd } from './etcd.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { freePort } from './ports.ts';
import { run, type Running } from './process.ts';

/** Flags of kube-apiserver; `watchCache: false` is `--watch-cache=false`. `undefined` leaves a flag of ours out. */
export type Flags = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ClusterOptions {
  readonly flags?: Flags;
  /** The groups of each user. Each gets a token and a context in the kubeconfig. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
}

export interface Changes {
  /** Replaces the flags given before: `{}` goes back to the defaults. */
  readonly flags?: Flags;
  /** New tokens by user; a user set to `undefined` has none from then on. */
  readonly tokens?: Readonly<Record<string, string | undefined>>;
}

const USERS = { admin: ['system:masters'], limited: [] } as const;
const READY_WITHIN = 60_000;

export function newToken(): string {
  return randomBytes(16).toString('hex');
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { apiserver, etcd } = await programs();
  const dir = await mkdtemp(join(tmpdir(), 'rxkube-cluster-'));
  const cluster = new Cluster({
    program: apiserver,
    etcd: await Etcd.create(etcd, dir),
    dir,
    port: await freePort(),
    users: options.users ?? USERS,
    flags: options.flags ?? {},
  });
  try {
    await cluster.etcd.start();
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

interface Parts {
  readonly program: readonly string[];
  readonly etcd: Etcd;
  readonly dir: string;
  readonly port: number;
  readonly users: Readonly<Record<string, readonly string[]>>;
  readonly flags: Flags;
}

/** A kube-apiserver and its etcd on loopback, for one test file alone. */
export class Cluster implements AsyncDisposable {
  readonly owned = true;
  readonly url: string;
  readonly port: number;
  readonly etcd: Etcd;
  /** Signs the server's certificate, and client certificates that the server accepts. */
  readonly authority = new Authority();
  /** Of a user in system:masters. */
  readonly clientCertificate: Certificate;
  /** Calls as the user `admin`. */
  readonly admin: Admin;

  readonly #program: readonly string[];
  readonly #dir: string;
  readonly #users: Readonly<Record<string, readonly string[]>>;
  readonly #tokens = new Map<string, string>();
  #flags: Flags;
  #process: Running | undefined;
  #hasFiles = false;

  constructor({ program, etcd, dir, port, users, flags }: Parts) {
    this.#program = program;
    this.#dir = dir;
    this.#users = users;
    this.#flags = flags;
    this.etcd = etcd;
    this.port = port;
    this.url = `https://127.0.0.1:${String(port)}`;
    for (const user of Object.keys(users)) this.#tokens.set(user, newToken());
    this.clientCertificate = this.authority.issue({ name: 'admin', groups: ['system:masters'], usage: 'client' });
    this.admin = new Admin({
      url: this.url,
      ca: this.ca,
      cert: this.clientCertificate.cert,
      key: this.clientCertificate.key,
      headers: () => ({}),
    });
  }

  /** PEM */
  get ca(): string {
    return this.authority.cert;
  }

  get kubeconfigPath(): string {
    return this.#file('kubeconfig');
  }

  get kubeconfig(): string {
    return this.kubeconfigFor();
  }

  get logFile(): string {
    return this.#file('apiserver.log');
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get flags(): Flags {
    return this.#flags;
  }

  token(user = 'admin'): string {
    const token = this.#tokens.get(user);
    if (token === undefined) throw new Error(`user ${user} has no token`);
    return token;
  }

  /** With another address, such as a proxy's, or another current context: a user, or `certificate`. */
  kubeconfigFor({ server = this.url, context = 'admin' }: { server?: string; context?: string } = {}): string {
    return kubeconfigText({
      server,
      context,
      ca: this.ca,
      tokens: this.#tokens,
      certificates: new Map([['certificate', this.clientCertificate]]),
    });
  }

  /** As another of the users. */
  as(user: string): Admin {
    return new Admin({ url: this.url, ca: this.ca, headers: () => ({ authorization: `Bearer ${this.token(user)}` }) });
  }

  /** Starts the apiserver, on the same port and data as before, and waits until it is ready. */
  async start({ flags, tokens = {} }: Changes = {}): Promise<void> {
    if (this.#process && !this.#process.hasExited()) throw new Error('the apiserver runs already');
    this.#flags = flags ?? this.#flags;
    for (const [user, token] of Object.entries(tokens)) {
      if (token === undefined) this.#tokens.delete(user);
      else this.#tokens.set(user, token);
    }
    if (!this.#hasFiles) await this.#writeFiles();
    this.#hasFiles = true;
    await this.#writeTokens();
    this.#process = run([...this.#program, ...this.#args()], { dir: this.#dir, log: this.logFile });
    await this.ready();
  }

  async kill(): Promise<void> {
    await this.#process?.end('SIGKILL');
  }

  /**
   * Resolves when the apiserver has ended by itself. It serves open watches for another `--request-timeout` (60 s), or 2 s with
   * `shutdownSendRetryAfter: true`.
   */
  async terminate(): Promise<void> {
    await this.#process?.end('SIGTERM');
  }

  /** Kills and starts, which does not wait for open watches. */
  async restart(changes: Changes = {}): Promise<void> {
    await this.kill();
    await this.start(changes);
  }

  /** etcd forgets all revisions before this one, by default before the newest. */
  async compact(revision?: number): Promise<number> {
    return this.etcd.compact(revision);
  }

  async ready(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN;
    for (;;) {
      try {
        await this.admin.text('/readyz');
        // Created after the server calls itself ready.
        await this.admin.get('/api/v1/namespaces/default');
        return;
      } catch (error) {
        if (this.#process?.hasExited() !== false)
          throw new Error(await this.#report('the apiserver ended'), { cause: error });
        if (Date.now() > deadline) throw new Error(await this.#report('the apiserver is not ready'), { cause: error });
        await sleep(30);
      }
    }
  }

  async stop(): Promise<void> {
    await this.admin.close();
    await Promise.all([this.kill(), this.etcd.kill()]);
    await rm(this.#dir, { recursive: true, force: true, maxRetries: 3 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #args(): string[] {
    const flags: Flags = {
      etcdServers: this.etcd.url,
      bindAddress: '127.0.0.1',
      securePort: this.port,
      // There is one apiserver, and no one resolves the service `kubernetes`.
      endpointReconcilerType: 'none',
      certDir: this.#dir,
      tlsCertFile: this.#file('server.crt'),
      tlsPrivateKeyFile: this.#file('server.key'),
      clientCaFile: this.#file('ca.crt'),
      tokenAuthFile: this.#file('tokens.csv'),
      authorizationMode: 'RBAC',
      serviceAccountIssuer: 'https://kubernetes.default.svc',
      serviceAccountSigningKeyFile: this.#file('service-account.key'),
      serviceAccountKeyFile: this.#file('service-account.pub'),
      serviceClusterIpRange: '10.0.0.0/24',
      // No controller creates service accounts here, and pods shall be created without.
      disableAdmissionPlugins: 'ServiceAccount',
      ...this.#flags,
    };
    return Object.entries(flags)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}=${String(value)}`);
  }

  async #writeFiles(): Promise<void> {
    const server = this.authority.issue({ name: 'kube-apiserver', usage: 'server', hosts: ['localhost', '127.0.0.1'] });
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await Promise.all([
      this.#write('ca.crt', this.ca),
      this.#write('server.crt', server.cert),
      this.#write('server.key', server.key),
      this.#write('client.crt', this.clientCertificate.cert),
      this.#write('client.key', this.clientCertificate.key),
      this.#write('service-account.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
      this.#write('service-account.pub', publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    ]);
  }

  async #writeTokens(): Promise<void> {
    const lines = [...this.#tokens].map(
      ([user, token]) => `${token},${user},${user},"${(this.#users[user] ?? []).join(',')}"\n`,
    );
    await this.#write('tokens.csv', lines.join(''));
    await this.#write('kubeconfig', this.kubeconfig);
  }

  async #write(name: string, content: string): Promise<void> {
    await writeFile(this.#file(name), content, { mode: 0o600 });
  }

  #file(name: string): string {
    return join(this.#dir, name);
  }

  async #report(problem: string): Promise<string> {
    const log = await readFile(this.logFile, 'utf8').catch(() => '');
    return `${problem}; its last words:\n${log.trimEnd().split('\n').slice(-15).join('\n')}`;
  }
}

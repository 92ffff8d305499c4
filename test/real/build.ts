import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./apiserver/', import.meta.url));
const SOURCES = ['go.mod', 'go.sum', 'main.go'];
const HEARTBEAT = 2_000;
const STALE = 20_000;

const NO_GO =
  'A test server is built with Go, and no `go` is on the PATH. Install Go 1.26 or newer (https://go.dev/dl), ' +
  'or set KUBEBUILDER_ASSETS to a folder with kube-apiserver and etcd, or KUBECONFIG to a cluster for tests.';

/** How to start each of the two programs. */
export interface Programs {
  readonly apiserver: readonly string[];
  readonly etcd: readonly string[];
}

/** The programs in `KUBEBUILDER_ASSETS` if that is set, otherwise those built here. */
export async function programs(): Promise<Programs> {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets === undefined || assets === '') {
    const binary = await ensureBinary();
    return { apiserver: [binary, 'apiserver'], etcd: [binary, 'etcd'] };
  }
  const [apiserver, etcd] = [join(assets, 'kube-apiserver'), join(assets, 'etcd')];
  for (const program of [apiserver, etcd]) {
    if (!(await isExecutable(program))) throw new Error(`KUBEBUILDER_ASSETS is set, but ${program} cannot be run`);
  }
  return { apiserver: [apiserver], etcd: [etcd] };
}

/** The path of the binary, built on first use. A build takes minutes, so its result is kept under `RXKUBE_CACHE` or `~/.cache/rxkube`. */
async function ensureBinary(): Promise<string> {
  const cache = process.env['RXKUBE_CACHE'] ?? join(homedir(), '.cache', 'rxkube');
  const dir = join(cache, `apiserver-${await sourceHash()}`);
  const binary = join(dir, 'apiserver');
  if (await isExecutable(binary)) return binary;

  await mkdir(dir, { recursive: true });
  const release = await lock(`${dir}.lock`);
  try {
    if (!(await isExecutable(binary))) await build(binary);
  } finally {
    await release();
  }
  return binary;
}

async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of SOURCES) hash.update(await readFile(join(SOURCE, name)));
  return hash.digest('hex');
}

async function build(binary: string): Promise<void> {
  const version = /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/m.exec(await readFile(join(SOURCE, 'go.mod'), 'utf8'));
  if (!version) throw new Error('go.mod does not name a version of k8s.io/kubernetes');
  const [, gitVersion, gitMajor, gitMinor] = version;
  const stamps = Object.entries({ gitVersion, gitMajor, gitMinor, gitTreeState: 'clean' }).flatMap(([name, value]) =>
    ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].map((pkg) => `-X ${pkg}.${name}=${value ?? ''}`),
  );

  process.stderr.write(`building kube-apiserver ${gitVersion ?? ''} and etcd: once, about 5 minutes\n`);
  const unfinished = `${binary}.${String(process.pid)}.tmp`;
  try {
    await go(['build', '-trimpath', '-ldflags', ['-s', '-w', ...stamps].join(' '), '-o', unfinished, '.']);
    // Whoever looks meanwhile sees either no binary or a whole one.
    await rename(unfinished, binary);
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function go(args: readonly string[]): Promise<void> {
  const child = spawn('go', args, {
    cwd: SOURCE,
    // A checkout's version control must not be asked: the binary is told its version. Without cgo no C compiler is needed.
    env: { ...process.env, GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -buildvcs=false`.trim(), CGO_ENABLED: '0' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? new Error(NO_GO, { cause: error }) : error);
    });
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`go ${args[0] ?? ''} failed in ${SOURCE}`);
}

/** The holder touches the file while it works, so that one left by a crash is told from one in use, also across containers. */
async function lock(path: string): Promise<() => Promise<void>> {
  for (;;) {
    try {
      await (await open(path, 'wx')).close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > STALE) await rm(path, { force: true });
    else await sleep(500);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT);
  return async () => {
    clearInterval(heartbeat);
    await rm(path, { force: true });
  };
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

if (import.meta.main) process.stdout.write(`${await ensureBinary()}\n`);

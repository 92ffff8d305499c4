import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { runCommand } from './run-command.js';

let dir: string;
let stop: AbortController;
const running = new Set<Promise<number>>();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rxkube-command-'));
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  running.clear();
  rmSync(dir, { recursive: true, force: true });
});

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A run that ends by itself. */
async function run(...args: readonly string[]): Promise<Ended> {
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await runCommand(args, { ...io, signal: stop.signal });
  return { code, out, err };
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

/** A run that goes on, and what it says of itself. */
async function started(...args: readonly string[]): Promise<{
  readonly url: string;
  readonly exported: string;
  readonly code: Promise<number>;
  readonly get: (path: string) => Promise<unknown>;
}> {
  const says = Promise.withResolvers<string>();
  const err = (text: string): void => says.reject(new Error(text));
  const code = runCommand(args, { out: says.resolve, err, signal: stop.signal });
  running.add(code);
  const out = await says.promise;
  const [, url = '', exported = ''] = /^The API server is at (\S+)\nexport KUBECONFIG=(.*)\n$/.exec(out) ?? [];
  const get = async (path: string): Promise<unknown> => {
    const { users } = JSON.parse(readFileSync(exported, 'utf8')) as Kubeconfig;
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${users[0]?.user.token ?? ''}` } });
    return answer.json();
  };
  return { url, exported, code, get };
}

function file(name: string, text: string): string {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
}

describe('rxkube-apiserver', () => {
  it('says where it is, and ends when it is told to, with its kubeconfig', async () => {
    const { url, exported, code } = await started();
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const { clusters } = JSON.parse(readFileSync(exported, 'utf8')) as Kubeconfig;
    expect(clusters[0]?.cluster.server).toBe(url);
    expect(statSync(exported).mode & 0o777).toBe(0o600);
    stop.abort();
    expect(await code).toBe(0);
    expect(existsSync(exported)).toBe(false);
  });

  it('writes its kubeconfig where it is told to, for nobody else to read', async () => {
    const path = join(dir, 'kubeconfig');
    const { exported, code } = await started('--kubeconfig', path);
    expect(exported).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    stop.abort();
    expect(await code).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it('prints a line that a shell understands', async () => {
    const { exported } = await started('--kubeconfig', join(dir, `it's mine`));
    expect(exported).toBe(`'${dir}/it'\\''s mine'`);
  });

  it('passes its options on', async () => {
    const port = await freePort();
    const { url, get } = await started('--no-tls', '--port', `${port}`, '--history', '1', '--no-watch-list');
    expect(url).toBe(`http://127.0.0.1:${port}`);
    // The system's namespaces are four changes.
    expect(await get('/api/v1/namespaces?watch=1&resourceVersion=2&timeoutSeconds=1')).toMatchObject({
      type: 'ERROR',
      object: { code: 410 },
    });
    const streamed = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
    expect(await get(`/api/v1/namespaces?${streamed}`)).toMatchObject({ code: 422 });
    expect(await get('/faults')).toEqual([]);
  });

  it('has no watch cache where it is told not to', async () => {
    const { get } = await started('--no-tls', '--no-watch-cache');
    expect(await get('/api/v1/namespaces?resourceVersion=0&limit=1')).toMatchObject({ items: [{}] });
  });

  it('loads objects', async () => {
    const yaml = file(
      'objects.yaml',
      `# What kubectl wrote, and what somebody did.
apiVersion: v1
kind: List
items:
- { apiVersion: v1, kind: ConfigMap, metadata: { name: a, resourceVersion: "12", uid: x } }
- { apiVersion: v1, kind: ConfigMap, metadata: { name: b, namespace: other } }
---
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
status: { replicas: 1 }
`,
    );
    const json = file('object.json', '{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "c" } }');
    const { get } = await started('--no-tls', '--load', yaml, '--load', json);
    const names = (list: unknown): unknown[] =>
      (list as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
    expect(names(await get('/api/v1/configmaps'))).toEqual(['a', 'c', 'b']);
    expect(names(await get('/api/v1/namespaces'))).toContain('other');
    expect(await get('/apis/apps/v1/namespaces/default/deployments/web')).toMatchObject({ status: { replicas: 1 } });
  });

  it('says what it can, and which version it is', async () => {
    const help = await run('--help');
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toMatch(/^Usage: rxkube-apiserver \[options\]\n/);
    expect(await run('--version')).toEqual({ code: 0, out: `${manifest.version}\n`, err: '' });
  });
});

describe('arguments with which it cannot start', () => {
  it.each([
    [['--prot', '1'], "Unknown option '--prot'; see --help"],
    [['objects.yaml'], "Unexpected argument 'objects.yaml'; see --help"],
    [['--port'], "Option '--port <value>' argument missing; see --help"],
    [['--no-tls=1'], "Option '--no-tls' does not take an argument; see --help"],
    [['--port', 'http'], '--port must be an integer, got "http"'],
    [['--port', '70000'], 'port must be 0 … 65535, got 70000'],
    [['--history', '1.5'], '--history must be an integer, got "1.5"'],
    [['--history', '0'], 'history must be an integer ≥ 1, got 0'],
    [['--load', '/nowhere'], "--load /nowhere: ENOENT: no such file or directory, open '/nowhere'"],
    [['--kubeconfig', '/nowhere/x'], "--kubeconfig /nowhere/x: ENOENT: no such file or directory, open '/nowhere/x'"],
  ])('%j', async (args, complaint) => {
    expect(await run(...args)).toEqual({ code: 2, out: '', err: `rxkube-apiserver: ${complaint}\n` });
  });

  it.each([
    ['a: 1\nb: *canary', /^--load \S+: not valid YAML \(line 2\)$/],
    ['kind: ConfigMap', /document 1 is not an object with apiVersion, kind and metadata$/],
    ['{ apiVersion: v1, kind: Namespace, metadata: { name: a } }\n--- 3', /document 2 is not an object/],
    ['{ apiVersion: v1, kind: Unicorn, metadata: { name: a } }', /^there is no kind "Unicorn" in "v1"/],
    ['{ apiVersion: v1, kind: Namespace, metadata: { name: default } }', /^namespaces "default" already exists$/],
  ])('--load of %j', async (text, complaint) => {
    const { code, err } = await run('--load', file('objects.yaml', text));
    expect(code).toBe(2);
    expect(err.replace('rxkube-apiserver: ', '').trimEnd()).toMatch(complaint);
    expect(err).not.toContain('canary');
  });

  it('--kubeconfig of a file that is there: it stays as it is', async () => {
    const path = file('kubeconfig', 'precious');
    expect(await run('--kubeconfig', path)).toMatchObject({
      code: 2,
      err: expect.stringContaining('already exists') as string,
    });
    expect(readFileSync(path, 'utf8')).toBe('precious');
  });
});

it('ends with 1 when its port is taken', async () => {
  const { url } = await started('--no-tls');
  const { port } = new URL(url);
  expect(await run('--port', port)).toEqual({
    code: 1,
    out: '',
    err: `rxkube-apiserver: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

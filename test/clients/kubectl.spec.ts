import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApiServer, type ApiServer, type ObjectReference, type RequestInfo } from '../../apiserver/index.js';
import { DEPLOYMENT, WIDGET, WIDGETS } from './definitions.ts';
import { Inbox } from './inbox.ts';

/** The embedded server as kubectl meets it, from 1.20 (Debian's) to the present. What it prints differs; what is asserted does not. */

const isThere = spawnSync('kubectl', ['version', '--client']).status === 0;

let server: ApiServer;
let home: string;
/** What kubectl asked for, as it asked. */
let asked: Inbox<RequestInfo>;
const running = new Set<ChildProcessWithoutNullStreams>();

beforeEach(async () => {
  server = await startApiServer();
  asked = new Inbox();
  server.tokens.set('kubectl', (request) => {
    asked.put(request);
    return true;
  });
  home = mkdtempSync(join(tmpdir(), 'rxkube-kubectl-'));
});

afterEach(async () => {
  for (const child of running) child.kill();
  await server.close();
  rmSync(home, { recursive: true, force: true });
});

/** Starts kubectl with nothing around it that is not the test's: its home has its cache. */
function start(...args: readonly string[]): ChildProcessWithoutNullStreams {
  const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: server.kubeconfigPath };
  const child = spawn('kubectl', ['--token=kubectl', ...args], { env });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** What kubectl prints. @throws Error with what it complains about */
async function kubectl(args: string, input?: object): Promise<string> {
  const child = start(...args.split(' '));
  child.stdin.end(JSON.stringify(input));
  const [out, complaint] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(complaint);
  return out;
}

/** A table without its ages. */
function table(out: string): string[] {
  return out
    .trim()
    .split('\n')
    .map((line) => line.replace(/\s+(AGE|\d\S*)$/, '').replaceAll(/\s+/g, ' '));
}

function configMap(name: string, metadata: object = {}): ObjectReference & { readonly data: object } {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { value: '1' } };
}

async function nextRequest(matches: (request: RequestInfo) => boolean): Promise<RequestInfo> {
  for (;;) {
    const request = await asked.take();
    if (matches(request)) return request;
  }
}

const name = isThere ? 'kubectl' : 'kubectl (skipped: there is none in the PATH)';
describe.skipIf(!isThere)(name, { timeout: 30_000 }, () => {
  describe('get', () => {
    beforeEach(() => {
      server.create(configMap('a', { labels: { app: 'web' } }));
      server.create(configMap('b'));
      server.create(configMap('c', { namespace: 'other' }));
    });

    it('prints a table of names and ages', async () => {
      const out = await kubectl('get configmaps');
      expect(out).toMatch(/^NAME +AGE\na +\d+s\nb +\d+s\n$/);
      expect(table(await kubectl('get cm -A'))).toEqual(['NAMESPACE NAME', 'default a', 'default b', 'other c']);
      expect(table(await kubectl('get cm --chunk-size=1'))).toEqual(['NAME', 'a', 'b']);
    });

    it('selects', async () => {
      expect(await kubectl('get cm -l app=web -o name')).toBe('configmap/a\n');
      expect(await kubectl('get cm -l app!=web -A -o name')).toBe('configmap/b\nconfigmap/c\n');
      expect(await kubectl('get cm -A --field-selector metadata.namespace=other -o name')).toBe('configmap/c\n');
      expect(await kubectl('get cm b -n default -o name')).toBe('configmap/b\n');
    });

    it('prints objects', async () => {
      const reference = configMap('a');
      expect(JSON.parse(await kubectl('get cm a -o json'))).toEqual(server.get(reference));
      expect(JSON.parse(await kubectl('get cm -A -o json'))).toMatchObject({ kind: 'List', items: [{}, {}, {}] });
      expect(await kubectl('get cm a -o jsonpath={.data.value}')).toBe('1');
    });

    it('says what there is not', async () => {
      await expect(kubectl('get cm nobody')).rejects.toThrow('(NotFound): configmaps "nobody" not found');
      await expect(kubectl('get unicorns')).rejects.toThrow(`the server doesn't have a resource type "unicorns"`);
      server.tokens.set('kubectl', 'forbidden');
      await expect(kubectl('get cm')).rejects.toThrow('(Forbidden): configmaps is forbidden');
    });

    it('watches', async () => {
      const child = start('get', 'configmaps', '--watch', '--output-watch-events');
      const lines = new Inbox<string>();
      createInterface(child.stdout).on('line', (line) => lines.put(table(line).join('')));
      expect(await lines.some(3)).toEqual(['EVENT NAME', 'ADDED a', 'ADDED b']);
      server.create(configMap('d'));
      server.patch(configMap('a'), { data: { value: '2' } });
      server.delete(configMap('b'));
      expect(await lines.some(3)).toEqual(['ADDED d', 'MODIFIED a', 'DELETED b']);
      child.kill();
      await once(child, 'close');
      expect(lines.rest).toEqual([]);
    });
  });

  describe('create', () => {
    it('creates what is in a file', async () => {
      const other = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } };
      const inOther = configMap('a', { namespace: 'other' });
      const file = { apiVersion: 'v1', kind: 'List', items: [other, inOther, DEPLOYMENT] };
      const out = await kubectl('create --validate=false -f -', file);
      expect(out).toBe('namespace/other created\nconfigmap/a created\ndeployment.apps/web created\n');
      expect(server.get(inOther)).toMatchObject({ data: { value: '1' } });
      expect(server.get(DEPLOYMENT)).toMatchObject({ metadata: { generation: 1 }, spec: DEPLOYMENT.spec });
      await expect(kubectl('create --validate=false -f -', inOther)).rejects.toThrow('(AlreadyExists)');
    });

    it('creates a definition, and its resources when that is established', async () => {
      await kubectl('create --validate=false -f -', WIDGETS);
      await kubectl('wait --for=condition=Established --timeout=10s crd/widgets.example.com');
      await kubectl('create --validate=false -f -', WIDGET);
      expect(await kubectl('get wd -o name')).toBe('widget.example.com/a\n');
      expect(await kubectl('get wd --field-selector spec.size=1 -o name')).toBe('widget.example.com/a\n');
      expect(await kubectl('get wd --field-selector spec.size=2 -o name')).toBe('');
      await kubectl('patch widget a --type=merge -p {"spec":{"size":2}}');
      expect(server.get(WIDGET)).toMatchObject({ metadata: { generation: 2 }, spec: { size: 2 } });
    });
  });

  it('label and annotate patch', async () => {
    server.create(configMap('a'));
    await kubectl('label cm a app=web');
    await kubectl('annotate cm a note=1');
    const { metadata } = server.get(configMap('a')) ?? {};
    expect([metadata?.labels, metadata?.annotations]).toEqual([{ app: 'web' }, { note: '1' }]);
  });

  it('rollout status waits for a status', async () => {
    server.create(DEPLOYMENT);
    const done = kubectl('rollout status deployment web');
    await nextRequest(({ verb }) => verb === 'watch');
    const replicas = { replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
    server.patch(DEPLOYMENT, { status: { observedGeneration: 1, ...replicas } });
    expect(await done).toContain('deployment "web" successfully rolled out');
  });

  describe('delete', () => {
    it('deletes by name and by label', async () => {
      for (const [at, app] of ['web', 'web', 'db'].entries())
        server.create(configMap(`${app}-${at}`, { labels: { app } }));
      expect(await kubectl('delete cm web-0')).toMatch(/^configmap "web-0" deleted/);
      await kubectl('delete cm -l app=web');
      expect(server.list('v1', 'ConfigMap').map(({ metadata }) => metadata.name)).toEqual(['db-2']);
      await expect(kubectl('delete cm web-0')).rejects.toThrow('(NotFound)');
    });

    it('waits until the object is gone', async () => {
      const held = configMap('a', { finalizers: ['example.com/held'] });
      server.create(held);
      const done = kubectl('delete cm a --wait --timeout=20s');
      const { query } = await nextRequest(({ verb }) => verb === 'watch');
      expect(query.get('fieldSelector')).toBe('metadata.name=a');
      expect(server.get(held)).toHaveProperty('metadata.deletionTimestamp');
      server.patch(held, { metadata: { finalizers: null } });
      expect(await done).toMatch(/^configmap "a" deleted/);
    });

    it('of a namespace takes what is in it', async () => {
      server.create(configMap('a', { namespace: 'other' }));
      expect(await kubectl('delete namespace other')).toMatch(/^namespace "other" deleted/);
      expect(server.list('v1', 'ConfigMap')).toEqual([]);
    });
  });

  it('makes the server fail', async () => {
    const admin = `--token=${server.token}`;
    const fault = { fault: 'status', code: 400, message: 'not now', verb: 'list', times: 'Infinity' };
    await kubectl(`create --raw /faults -f - ${admin}`, fault);
    await expect(kubectl('get cm')).rejects.toThrow('not now');
    const [listed] = JSON.parse(await kubectl(`get --raw /faults ${admin}`)) as unknown[];
    expect(listed).toEqual({ id: 1, hits: expect.any(Number) as number, fault });
    await kubectl(`delete --raw /faults ${admin}`);
    expect(await kubectl('get cm -o name')).toBe('');
    await expect(kubectl('create --raw /faults -f -', fault)).rejects.toThrow('Forbidden');
  });

  it('knows the server', async () => {
    expect(JSON.parse(await kubectl('version -o json'))).toHaveProperty('serverVersion.major', '1');
    expect(await kubectl('get --raw /readyz')).toBe('ok');
    const versions = (await kubectl('api-versions')).split('\n');
    expect(versions).toEqual(expect.arrayContaining(['v1', 'apps/v1', 'apiextensions.k8s.io/v1']));
    const resources = (await kubectl('api-resources --no-headers')).split('\n').map((line) => line.split(/\s+/));
    expect(resources).toContainEqual(['configmaps', 'cm', 'v1', 'true', 'ConfigMap']);
    expect(resources).toContainEqual(['nodes', 'no', 'v1', 'false', 'Node']);
  });
});

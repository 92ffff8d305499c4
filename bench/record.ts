// node bench/record.ts: makes bench/recorded/ anew, with a real kube-apiserver (test/real/; needs Go the first time).
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Client } from 'undici';
import { times } from '../test/real/admin.ts';
import { startCluster, type Cluster } from '../test/real/cluster.ts';
import { NAMESPACES, podOf, statusOf, WORKLOADS, type Workload } from './pods.ts';
import { listItem, RECORDING, splitFrames } from './recording.ts';

const REPLICAS = 20;
/** As many as `change` makes. */
const CHANGES = 3;
const STREAMING_LIST =
  '/api/v1/pods?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=&allowWatchBookmarks=true';

interface Pod {
  readonly path: string;
  readonly workload: Workload;
  readonly seed: number;
}

/** Each step under the name of who does it in a cluster: that is where managedFields come from. */
async function create({ admin }: Cluster, workload: Workload, ordinal: number, replica: number): Promise<Pod> {
  const pods = `/api/v1/namespaces/${workload.namespace}/pods`;
  const created = await admin.create(pods, podOf(workload, ordinal, replica), {
    fieldManager: 'kube-controller-manager',
  });
  const name = created.metadata.name ?? '';
  const pod = { path: `${pods}/${name}`, workload, seed: 100 * ordinal + replica };
  const target = { apiVersion: 'v1', kind: 'Node', name: `node-${replica % 7}.eu-central-1.compute.internal` };
  await admin.create(`${pod.path}/binding`, { metadata: { name }, target }, { fieldManager: 'kube-scheduler' });
  const annotations = { 'cni.projectcalico.org/podIP': `10.${pod.seed % 200}.1.9/32` };
  await admin.patch(pod.path, { metadata: { annotations } }, 'merge', { fieldManager: 'calico' });
  await report(admin, pod, { restarts: 0, ready: true });
  return pod;
}

async function report(
  admin: Cluster['admin'],
  { path, workload, seed }: Pod,
  state: Parameters<typeof statusOf>[2],
): Promise<void> {
  const status = statusOf(workload, seed, state);
  await admin.patch(`${path}/status`, { status }, 'strategic', { fieldManager: 'kubelet' });
}

/** What happens to pods most: a probe fails, a container is restarted, the probe passes again. */
async function change({ admin }: Cluster, pod: Pod): Promise<void> {
  await report(admin, pod, { restarts: 0, ready: false });
  await report(admin, pod, { restarts: 1, ready: false });
  await report(admin, pod, { restarts: 1, ready: true });
}

function client(cluster: Cluster): Client {
  return new Client(cluster.url, { connect: { ca: cluster.ca }, bodyTimeout: 0, allowH2: false });
}

async function get(cluster: Cluster, path: string): Promise<AsyncIterable<Buffer>> {
  const headers = { authorization: `Bearer ${cluster.token()}`, accept: 'application/json' };
  const { statusCode, body } = await client(cluster).request({ method: 'GET', path, headers });
  if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${await body.text()}`);
  return body as AsyncIterable<Buffer>;
}

async function readFrames(body: AsyncIterator<Buffer>, type: string, count: number): Promise<string> {
  let text = '';
  // A newline ends a frame; what comes may end within one.
  while (!text.endsWith('\n') || splitFrames(text).filter((frame) => frame.type === type).length < count) {
    const next = await body.next();
    if (next.done === true) throw new Error(`the watch ended before ${count} frames of type ${type}`);
    text += next.value.toString('latin1');
  }
  return text;
}

/** The replay makes list items of watch frames: it may, as long as the server sends the same bytes in both. */
async function assertSameInList(cluster: Cluster, objects: readonly string[]): Promise<void> {
  let list = '';
  for await (const chunk of await get(cluster, '/api/v1/pods')) list += chunk.toString('latin1');
  const listed = `"items":[${objects.map(listItem).join(',')}]}\n`;
  if (!list.endsWith(listed))
    throw new Error('a list and a streaming list differ in more than the type of their items');
}

await using cluster = await startCluster();
for (const name of NAMESPACES) await cluster.admin.create('/api/v1/namespaces', { metadata: { name } });
const pods: Pod[] = [];
for (const [ordinal, workload] of WORKLOADS.entries()) {
  pods.push(...(await times(REPLICAS, (replica) => create(cluster, workload, ordinal, replica))));
}

const stream = (await get(cluster, STREAMING_LIST))[Symbol.asyncIterator]();
const listed = await readFrames(stream, 'BOOKMARK', 1);
const objects = splitFrames(listed).flatMap(({ type, object }) => (type === 'ADDED' ? [object] : []));
await assertSameInList(cluster, objects);

const [changes] = await Promise.all([
  readFrames(stream, 'MODIFIED', CHANGES * pods.length),
  times(pods.length, (i) => change(cluster, pods[i] ?? fail()), 8),
]);
const body = listed + changes;

const packed = gzipSync(Buffer.from(body, 'latin1'), { level: 9 });
writeFileSync(RECORDING, packed);
const changed = splitFrames(changes).flatMap(({ type, object }) => (type === 'MODIFIED' ? [object] : []));
console.log(`${objects.length} pods of ${kB(mean(objects))}, ${changed.length} changes of ${kB(mean(changed))}`);
console.log(`${kB(packed.length)} packed`);
console.log(`managedFields: ${Math.round(100 * managedShare(objects))} %`);
process.exit();

function managedShare(of: readonly string[]): number {
  const managed = of.map((text) => {
    const { metadata } = JSON.parse(text) as { metadata: { managedFields: unknown } };
    return JSON.stringify(metadata.managedFields).length;
  });
  return sum(managed) / sum(of.map(({ length }) => length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function mean(texts: readonly string[]): number {
  return sum(texts.map(({ length }) => length)) / texts.length;
}

function kB(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function fail(): never {
  throw new Error('the recording is incomplete');
}

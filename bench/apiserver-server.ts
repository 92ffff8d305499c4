// node --expose-gc bench/apiserver-server.ts OBJECTS HISTORY: an embedded server with so many ConfigMaps, which tells its parent each second what it costs.
import { startApiServer } from 'rxkube/apiserver';

const [objects = 0, history = 0] = process.argv.slice(2).map(Number);

/** Where the server is, and its first object's state. */
export interface Started {
  readonly url: string;
  readonly ca: string | undefined;
  readonly token: string;
  readonly resourceVersion: string;
  /** MB that are in use. */
  readonly live: number;
}

/** Since the last one, or the beginning. */
export interface Sample {
  /** µs of all threads. */
  readonly cpu: number;
  /** MB */
  readonly rss: number;
}

/** About 1 kB, as small objects of a cluster are. */
function configMap(index: number): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `map-${index}`, namespace: `ns-${index % 20}`, labels: { app: `app-${index % 50}` } },
    data: { n: '0', text: 'x'.repeat(700) },
  };
}

const server = await startApiServer({
  history,
  objects: Array.from({ length: objects }, (_, index) => configMap(index)),
});
const { url, ca, token, resourceVersion } = server;
process.send?.({ url, ca, token, resourceVersion, live: live() } satisfies Started);

let before = process.cpuUsage();
const sampling = setInterval(() => {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  process.send?.({ cpu: user + system, rss: process.memoryUsage.rss() / 2 ** 20 } satisfies Sample);
}, 1_000);

/** MB of JavaScript objects and buffers, without garbage. */
function live(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

// Asked for once, at the end: what is in use then.
process.on('message', () => {
  clearInterval(sampling);
  process.send?.(live());
});
process.on('disconnect', () => process.exit());

import type { ApiServer, Clock } from 'rxkube/apiserver';
import { imageOf, reportReplicas, runDeployments, runJobs, runReplicaSets } from './controllers.ts';
import { CRASHING, runPods } from './kubelet.ts';
import { all, isReady, randomOf, suffix, time, type Replicated, type World } from './objects.ts';

export interface WorkloadOptions {
  /** The same seed makes the same story, but for uids. Default: 1 */
  readonly seed?: number;
  readonly clock: Clock;
  /** ms between two steps. Default: 500 */
  readonly every?: number;
}

interface App {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly image?: string;
}

const APPS: readonly App[] = [
  { namespace: 'shop', name: 'frontend', replicas: 4 },
  { namespace: 'shop', name: 'cart', replicas: 3 },
  { namespace: 'shop', name: 'catalog', replicas: 2 },
  { namespace: 'payments', name: 'api', replicas: 3 },
  { namespace: 'payments', name: 'ledger', replicas: 2 },
  { namespace: 'payments', name: 'fraud-check', replicas: 1, image: CRASHING },
  { namespace: 'monitoring', name: 'prometheus', replicas: 1 },
  { namespace: 'monitoring', name: 'grafana', replicas: 2 },
];
const NODES = ['node-a', 'node-b', 'node-c'];
const MOST_REPLICAS = 5;
/** Somebody does something every so many steps. */
const ACT_EVERY = 6;
const HEARTBEAT_EVERY = 20;

/**
 * Makes up the life of a cluster: what users, controllers and kubelets would do. It remembers nothing: each step begins with what the
 * server holds, so that the server may be set back under it.
 */
export class Workload {
  readonly #world: World;
  readonly #clock: Clock;
  readonly #every: number;
  #steps = 0;
  #cancel: (() => void) | undefined;

  constructor(server: ApiServer, { seed = 1, clock, every = 500 }: WorkloadOptions) {
    this.#world = { server, now: () => clock.now(), random: randomOf(seed) };
    this.#clock = clock;
    this.#every = every;
  }

  /** Creates what there is from the start; steps make it run. */
  populate(): void {
    for (const name of NODES) this.#world.server.create(nodeNamed(name, this.#world));
    for (const app of APPS) {
      const { namespace, name } = app;
      const labels = { app: name };
      const create = (apiVersion: string, kind: string, rest: object): unknown =>
        this.#world.server.create({ apiVersion, kind, metadata: { name, namespace, labels }, ...rest });
      create('apps/v1', 'Deployment', { spec: deploymentSpec(app) });
      create('v1', 'Service', { spec: { selector: labels, ports: [{ port: 80 }] } });
      create('v1', 'ConfigMap', { data: { LOG_LEVEL: 'info' } });
    }
  }

  start(): void {
    this.stop();
    this.#cancel = this.#clock.after(this.#every, () => {
      this.start();
      this.step();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** What happens in one moment. */
  step(): void {
    const world = this.#world;
    this.#steps++;
    if (this.#steps % ACT_EVERY === 0) this.#act();
    if (this.#steps % HEARTBEAT_EVERY === 0) beat(world);
    // First, so that a new pod is pending for a step.
    runPods(world);
    runDeployments(world);
    runReplicaSets(world);
    runJobs(world);
    reportReplicas(world);
  }

  #act(): void {
    const actions = [rollOut, rollOut, scale, evict, startJob];
    this.#one(actions)?.(this.#world);
  }

  #one<T>(list: readonly T[]): T | undefined {
    return pick(list, this.#world);
  }
}

function pick<T>(list: readonly T[], { random }: World): T | undefined {
  return list[Math.floor(random() * list.length)];
}

/** Those that stand still, and can be changed without a mess. */
function steady(world: World): readonly Replicated[] {
  return all(world, 'deployments').filter(
    ({ spec, status }) =>
      imageOf(spec.template) !== CRASHING &&
      status?.replicas === spec.replicas &&
      status.readyReplicas === spec.replicas,
  );
}

function rollOut(world: World): void {
  const deployment = pick(steady(world), world);
  if (deployment === undefined) return;
  const { template } = deployment.spec;
  const [container] = template.spec.containers;
  const [image = '', version = '1'] = container.image.split(':');
  const containers = [{ ...container, image: `${image}:${Number(version) + 1}` }];
  world.server.patch(deployment, { spec: { template: { spec: { containers } } } });
}

function scale(world: World): void {
  const deployment = pick(steady(world), world);
  if (deployment === undefined) return;
  const { replicas } = deployment.spec;
  const up = replicas < 3 || (replicas < MOST_REPLICAS && world.random() < 0.5);
  world.server.patch(deployment, { spec: { replicas: replicas + (up ? 1 : -1) } });
}

/** As when a node is drained: its ReplicaSet makes another one. */
function evict(world: World): void {
  const pod = pick(all(world, 'pods').filter(isReady), world);
  if (pod !== undefined) world.server.delete(pod);
}

function startJob(world: World): void {
  const [namespace, what] = pick(
    [
      ['payments', 'settlement'],
      ['shop', 'report'],
    ] as const,
    world,
  ) ?? ['shop', 'report'];
  const name = `${what}-${suffix(4, world.random)}`;
  world.server.create({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: { template: templateOf(what, `registry.example/${what}:1`, 'Never') },
    status: { active: 1, startTime: time(world.now()) },
  });
}

function deploymentSpec({ name, replicas, image = `registry.example/${name}:1` }: App): object {
  const selector = { matchLabels: { app: name } };
  return { replicas, selector, template: templateOf(name, image, 'Always') };
}

function templateOf(app: string, image: string, restartPolicy: 'Always' | 'Never'): Replicated['spec']['template'] {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: 'main', image }], restartPolicy } };
}

function nodeNamed(name: string, world: World): object {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {}, status: nodeStatus(world) };
}

function beat(world: World): void {
  for (const node of all(world, 'nodes')) world.server.patch(node, { status: nodeStatus(world) });
}

function nodeStatus({ now }: World): object {
  return { conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: time(now()) }] };
}

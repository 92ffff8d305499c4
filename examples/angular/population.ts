import type { ApiServer } from 'rxkube/apiserver';
import { podOf, statusOf, type Workload } from '../../bench/pods.ts';

const REPLICAS = 20;
const NAMESPACES = 10;
const NODES = 100;
/** ms between two rounds of changes. */
const ROUND = 50;

/** Fills a server with so many pods, in the size that pods have, and with the deployments that they are of. */
export function populate(server: ApiServer, pods: number): void {
  for (let ordinal = 0; ordinal * REPLICAS < pods; ordinal++) {
    const workload = workloadOf(ordinal);
    const replicas = Math.min(REPLICAS, pods - ordinal * REPLICAS);
    server.create(deploymentOf(workload, replicas));
    for (let replica = 0; replica < replicas; replica++) {
      const seed = ordinal * REPLICAS + replica;
      const { metadata, spec } = podOf(workload, ordinal, replica) as { metadata: object; spec: object };
      server.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata,
        spec: { ...spec, nodeName: `node-${seed % NODES}` },
        status: statusOf(workload, seed, { restarts: 0, ready: true }),
      });
    }
  }
}

/** Lets containers restart, for as long as the process lives: so many changes of pods a second, each of any of them. */
export function change(server: ApiServer, changes: number): void {
  const pods = server.list('v1', 'Pod');
  const [began, restarts] = [Date.now(), new Map<number, number>()];
  let done = 0;
  setInterval(() => {
    for (const due = ((Date.now() - began) * changes) / 1_000; done < due; done++) {
      const index = Math.floor(Math.random() * pods.length);
      const pod = pods[index];
      if (pod === undefined) return;
      const count = (restarts.get(index) ?? 0) + 1;
      restarts.set(index, count);
      const state = { restarts: Math.ceil(count / 2), ready: count % 2 === 0 };
      server.patch(pod, { status: statusOf(workloadOf(Math.floor(index / REPLICAS)), index, state) });
    }
  }, ROUND);
}

function workloadOf(ordinal: number): Workload {
  return {
    app: `service-${String(ordinal).padStart(3, '0')}`,
    namespace: `team-${ordinal % NAMESPACES}`,
    owner: 'ReplicaSet',
    containers: ['main'],
    variables: 3,
    probes: true,
    hardened: true,
  };
}

function deploymentOf({ app, namespace }: Workload, replicas: number): object {
  const labels = { app };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: `registry.example.com/platform/${app}/main:v1.42.7` }] },
      },
    },
    status: {
      observedGeneration: 1,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
    },
  };
}

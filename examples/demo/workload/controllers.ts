import {
  all,
  isLeaving,
  isReady,
  ownedBy,
  ownerOf,
  randomOf,
  secondsSince,
  suffix,
  time,
  type Condition,
  type Job,
  type Pod,
  type PodTemplate,
  type Replicated,
  type World,
} from './objects.ts';

// What kube-controller-manager does, as far as it is to be seen: one pod more during a rolling update, and never one less.

const REVISION = 'deployment.kubernetes.io/revision';
const KEPT_REVISIONS = 1;
const JOB_STAYS = 12;

export function runDeployments(world: World): void {
  const replicaSets = all(world, 'replicaSets');
  for (const deployment of all(world, 'deployments')) roll(deployment, ownedBy(deployment, replicaSets), world);
}

function roll(deployment: Replicated, replicaSets: readonly Replicated[], world: World): void {
  const { replicas: wanted } = deployment.spec;
  const isNew = ({ spec }: Replicated): boolean => imageOf(spec.template) === imageOf(deployment.spec.template);
  const present = replicaSets.find(isNew);
  const former = replicaSets.filter((one) => one !== present);
  if (present === undefined) return createReplicaSet(deployment, former, world);
  const total = replicaSets.reduce((sum, { spec }) => sum + spec.replicas, 0);
  const isRolling = former.some(({ spec }) => spec.replicas > 0);
  const room = (isRolling ? wanted + 1 : Infinity) - total;
  const { replicas } = present.spec;
  if (replicas > wanted || (replicas < wanted && room > 0))
    scale(present, Math.min(wanted, replicas + Math.max(0, room)), world);
  let spare = readyPods(replicaSets, world) - wanted;
  for (const old of former) {
    const less = Math.min(old.spec.replicas, Math.max(0, spare));
    if (less > 0) scale(old, old.spec.replicas - less, world);
    spare -= less;
  }
  forget(former, world);
}

function createReplicaSet(deployment: Replicated, former: readonly Replicated[], world: World): void {
  const { metadata, spec } = deployment;
  const hash = suffix(9, randomOf(imageOf(spec.template)));
  const template = labelled(spec.template, { 'pod-template-hash': hash });
  const revision = 1 + Math.max(0, ...former.map(revisionOf));
  world.server.create({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace,
      labels: template.metadata.labels,
      annotations: { [REVISION]: String(revision) },
      ownerReferences: [ownerOf(deployment)],
    },
    spec: { replicas: former.length === 0 ? spec.replicas : 1, template },
  });
  world.server.patch(deployment, { metadata: { annotations: { [REVISION]: String(revision) } } });
}

/** Old ReplicaSets stay for a way back, but not for ever. */
function forget(former: readonly Replicated[], world: World): void {
  const idle = former.filter(({ spec, status }) => spec.replicas === 0 && status?.replicas === 0);
  const pods = all(world, 'pods');
  for (const old of idle.sort((a, b) => revisionOf(b) - revisionOf(a)).slice(KEPT_REVISIONS)) {
    if (ownedBy(old, pods).length === 0) world.server.delete(old);
  }
}

export function runReplicaSets(world: World): void {
  const pods = all(world, 'pods');
  for (const replicaSet of all(world, 'replicaSets')) {
    const active = ownedBy(replicaSet, pods).filter((pod) => !isLeaving(pod));
    const { replicas, template } = replicaSet.spec;
    for (let missing = replicas - active.length; missing > 0; missing--) createPod(replicaSet, template, world);
    // Who is not ready goes first.
    const order = [...active].sort((a, b) => Number(isReady(a)) - Number(isReady(b)));
    for (const pod of order.slice(0, Math.max(0, active.length - replicas))) world.server.delete(pod);
  }
}

function createPod(owner: Replicated | Job, { metadata, spec }: PodTemplate, world: World): void {
  world.server.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${owner.metadata.name}-${suffix(5, world.random)}`,
      namespace: owner.metadata.namespace,
      labels: metadata.labels,
      ownerReferences: [ownerOf(owner)],
      // It stays for a while when it is deleted, as pods do.
      finalizers: ['demo.rxkube.example/containers'],
    },
    spec,
    status: { phase: 'Pending' },
  });
}

export function runJobs(world: World): void {
  const pods = all(world, 'pods');
  for (const job of all(world, 'jobs')) {
    const { completionTime } = job.status;
    const mine = ownedBy(job, pods);
    if (completionTime === undefined) {
      if (mine.length === 0) createPod(job, job.spec.template, world);
      else if (mine.some(({ status }) => status.phase === 'Succeeded')) complete(job, world);
    } else if (mine.length === 0) world.server.delete(job);
    else if (secondsSince(completionTime, world) >= JOB_STAYS)
      for (const pod of mine) if (!isLeaving(pod)) world.server.delete(pod);
  }
}

function complete(job: Job, { server, now }: World): void {
  const completionTime = time(now());
  const condition = { type: 'Complete', status: 'True', lastTransitionTime: completionTime };
  server.patch(job, { status: { active: 0, succeeded: 1, completionTime, conditions: [condition] } });
}

/** Counts what there is; it comes last, so that it is true at the end of a step. */
export function reportReplicas(world: World): void {
  const pods = all(world, 'pods');
  for (const replicaSet of all(world, 'replicaSets')) {
    const { replicas, ready } = counted(replicaSet, pods);
    world.server.patch(replicaSet, {
      status: {
        replicas,
        readyReplicas: ready,
        availableReplicas: ready,
        observedGeneration: generationOf(replicaSet),
      },
    });
  }
  const replicaSets = all(world, 'replicaSets');
  for (const deployment of all(world, 'deployments')) {
    const mine = ownedBy(deployment, replicaSets);
    const counts = mine.map((replicaSet) => ({ ...counted(replicaSet, pods), isNew: isOf(replicaSet, deployment) }));
    const sum = (of: (count: (typeof counts)[number]) => number): number =>
      counts.reduce((total, count) => total + of(count), 0);
    const [replicas, ready] = [sum((count) => count.replicas), sum((count) => count.ready)];
    const updatedReplicas = sum((count) => (count.isNew ? count.replicas : 0));
    const wanted = deployment.spec.replicas;
    const isDone = updatedReplicas === wanted && replicas === wanted && ready === wanted;
    world.server.patch(deployment, {
      status: {
        replicas,
        updatedReplicas,
        readyReplicas: ready,
        availableReplicas: ready,
        unavailableReplicas: Math.max(0, wanted - ready),
        observedGeneration: generationOf(deployment),
        conditions: [
          condition(
            deployment,
            'Available',
            ready >= wanted,
            ready >= wanted ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
            world,
          ),
          condition(deployment, 'Progressing', true, isDone ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated', world),
        ],
      },
    });
  }
}

function counted(replicaSet: Replicated, pods: readonly Pod[]): { readonly replicas: number; readonly ready: number } {
  const active = ownedBy(replicaSet, pods).filter((pod) => !isLeaving(pod));
  return { replicas: active.length, ready: active.filter(isReady).length };
}

function condition({ status }: Replicated, type: string, holds: boolean, reason: string, { now }: World): Condition {
  const is = holds ? 'True' : 'False';
  const before = status?.conditions?.find((one) => one.type === type);
  const lastTransitionTime = before?.status === is ? before.lastTransitionTime : time(now());
  return { type, status: is, reason, lastTransitionTime };
}

function readyPods(replicaSets: readonly Replicated[], world: World): number {
  const pods = all(world, 'pods');
  return replicaSets.reduce((sum, replicaSet) => sum + counted(replicaSet, pods).ready, 0);
}

function scale(replicaSet: Replicated, replicas: number, { server }: World): void {
  server.patch(replicaSet, { spec: { replicas } });
}

function isOf(replicaSet: Replicated, deployment: Replicated): boolean {
  return imageOf(replicaSet.spec.template) === imageOf(deployment.spec.template);
}

export function imageOf({ spec }: PodTemplate): string {
  return spec.containers[0].image;
}

function revisionOf({ metadata }: Replicated): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

function generationOf({ metadata }: Replicated): number {
  return metadata.generation ?? 1;
}

function labelled(template: PodTemplate, labels: Readonly<Record<string, string>>): PodTemplate {
  return { ...template, metadata: { labels: { ...template.metadata.labels, ...labels } } };
}

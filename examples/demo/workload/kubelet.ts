import {
  all,
  isLeaving,
  randomOf,
  secondsSince,
  time,
  type ContainerState,
  type ContainerStatus,
  type Pod,
  type Terminated,
  type World,
} from './objects.ts';

/** Containers with this image run for two seconds and fail. */
export const CRASHING = 'registry.example/fraud-check:7';
const JOB_TAKES = 5;
const LONGEST_BACKOFF = 40;

/** Schedules pods and lets their containers live, one state after the other. */
export function runPods(world: World): void {
  for (const pod of all(world, 'pods')) run(pod, world);
}

/** Only what the pod itself says decides: so it goes on wherever a server is set back to. */
function run(pod: Pod, world: World): void {
  const { metadata, spec, status } = pod;
  if (isLeaving(pod)) {
    const took = secondsSince(metadata.deletionTimestamp, world);
    if (took >= 1 + patience(pod)) world.server.patch(pod, { metadata: { finalizers: null } });
    return;
  }
  const container = status.containerStatuses?.[0];
  if (spec.nodeName === undefined || container === undefined) return schedule(pod, world);
  const { state } = container;
  const takes = (since: string | undefined): number => secondsSince(since, world);
  if (state.running !== undefined) {
    const { startedAt } = state.running;
    if (spec.restartPolicy === 'Never') {
      if (takes(startedAt) >= JOB_TAKES + patience(pod)) end(pod, container, 'Completed', 0, world);
    } else if (spec.containers[0].image === CRASHING) {
      if (takes(startedAt) >= 2) end(pod, container, 'Error', 1, world);
    } else if (!container.ready && takes(startedAt) >= patience(pod)) {
      report(pod, { ...container, ready: true }, world);
    }
  } else if (state.waiting !== undefined) {
    const { finishedAt } = container.lastState?.terminated ?? {};
    const wait = finishedAt === undefined ? 1 + patience(pod) : backoff(container);
    if (takes(finishedAt ?? status.startTime) >= wait) start(pod, container, world);
  } else if (state.terminated !== undefined && status.phase === 'Running' && takes(state.terminated.finishedAt) >= 2) {
    report(pod, waitingAgain(container, state.terminated), world);
  }
}

function schedule(pod: Pod, world: World): void {
  const nodes = all(world, 'nodes');
  const nodeName = nodes[Math.floor(world.random() * nodes.length)]?.metadata.name;
  if (nodeName === undefined) return;
  const state = { waiting: { reason: 'ContainerCreating' } };
  world.server.patch(pod, { spec: { nodeName }, status: { startTime: time(world.now()) } });
  report(pod, { ready: false, restartCount: 0, state }, world);
}

function start(pod: Pod, container: ContainerStatus, world: World): void {
  const restartCount = container.restartCount + (container.lastState === undefined ? 0 : 1);
  report(pod, { ...container, restartCount, state: { running: { startedAt: time(world.now()) } } }, world);
}

function end(pod: Pod, container: ContainerStatus, reason: string, exitCode: number, world: World): void {
  const terminated = { reason, exitCode, finishedAt: time(world.now()) };
  report(pod, { ...container, ready: false, state: { terminated } }, world);
}

function waitingAgain({ restartCount }: ContainerStatus, terminated: Terminated): ContainerStatus {
  const state = { waiting: { reason: 'CrashLoopBackOff' } };
  return { ready: false, restartCount, state, lastState: { terminated } };
}

function backoff({ restartCount }: ContainerStatus): number {
  return Math.min(5 * 2 ** restartCount, LONGEST_BACKOFF);
}

function report(pod: Pod, container: ContainerStatus, { server }: World): void {
  const { name, image } = pod.spec.containers[0];
  const status = container.ready ? 'True' : 'False';
  server.patch(pod, {
    status: {
      phase: phaseOf(pod, container.state),
      conditions: [{ type: 'Ready', status }],
      containerStatuses: [{ name, image, ...container }],
    },
  });
}

function phaseOf({ spec, status }: Pod, { running, terminated }: ContainerState): Pod['status']['phase'] {
  if (terminated !== undefined && spec.restartPolicy === 'Never') return 'Succeeded';
  return running === undefined ? status.phase : 'Running';
}

/** How many seconds its things take, 1 to 3: each pod has its own. */
function patience({ metadata: { name } }: Pod): number {
  return 1 + Math.floor(randomOf(name)() * 3);
}

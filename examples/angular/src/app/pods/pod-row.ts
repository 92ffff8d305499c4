import type { Pod } from 'rxkube/kinds';
import type { ContainerStatus, PodSpec } from 'rxkube/kinds/core/v1';
import { textOf, type Row, type Status, type Tone } from '../table/row';

export interface PodRow extends Row {
  readonly metadata: Pod['metadata'];
  readonly ready: string;
  readonly restarts: number;
  readonly node: string;
  readonly image: string;
}

export function podRow({ metadata, spec, status }: Pod): PodRow {
  const { name, namespace, labels = {} } = metadata;
  const containers = status?.containerStatuses ?? [];
  const state = statusOf({ metadata, status });
  const node = spec?.nodeName ?? '';
  return {
    metadata,
    status: state,
    ready: `${containers.filter(({ ready }) => ready).length}/${spec?.containers.length ?? 0}`,
    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
    node,
    image: imageOf(spec),
    link: ['/pods', namespace, name],
    text: textOf(name, namespace, node, state.text, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)),
  };
}

/** That of its first container, without the registry. */
export function imageOf(spec: PodSpec | undefined): string {
  return spec?.containers[0]?.image?.replace(/^.*\//, '') ?? '';
}

/** The reason of a container that has one, else the phase, and whether it is ready: no colour alone says that. */
export function statusOf({ metadata, status = {} }: Pick<Pod, 'metadata' | 'status'>): Status {
  if (metadata.deletionTimestamp !== undefined) return { text: 'Terminating', tone: 'busy' };
  const { initContainerStatuses = [], containerStatuses = [] } = status;
  const reason = [...initContainerStatuses, ...containerStatuses].map(reasonOf).find((one) => one !== undefined);
  const text = reason ?? status.reason ?? status.phase ?? 'Unknown';
  if (text === 'Succeeded') return { text, tone: 'done' };
  if (text === 'Running' && containerStatuses.every(({ ready }) => ready)) return { text, tone: 'good' };
  if (text === 'Running') return { text: 'Not ready', tone: 'busy' };
  return { text, tone: toneOf(text) };
}

export function containerStatusOf(container: ContainerStatus): Status {
  if (container.ready) return { text: 'Ready', tone: 'good' };
  const reason = reasonOf(container);
  if (reason !== undefined) return { text: reason, tone: toneOf(reason) };
  return container.state?.terminated ? { text: 'Completed', tone: 'done' } : { text: 'Not ready', tone: 'busy' };
}

function toneOf(reason: string): Tone {
  return ['Pending', 'ContainerCreating', 'PodInitializing'].includes(reason) ? 'busy' : 'bad';
}

function reasonOf({ state }: ContainerStatus): string | undefined {
  const { waiting, terminated } = state ?? {};
  if (waiting !== undefined) return waiting.reason;
  if (terminated === undefined || terminated.exitCode === 0) return undefined;
  return terminated.reason ?? `Exit code ${terminated.exitCode}`;
}

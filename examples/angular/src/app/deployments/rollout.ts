import type { Joined } from 'rxkube';
import type { Deployment } from 'rxkube/kinds';
import { imageOf, type PodRow } from '../pods/pod-row';
import { textOf, type Row, type Status } from '../table/row';

/** A deployment, how far it has got with what it is to be, and its pods. */
export interface Rollout extends Row {
  readonly metadata: Deployment['metadata'];
  readonly desired: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
  readonly image: string;
  readonly pods: readonly PodRow[];
}

export function rolloutOf({ metadata, left, right }: Joined<Deployment, PodRow>): Rollout {
  const { name, namespace } = metadata;
  const { updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = left.status ?? {};
  const status = statusOf(left, right);
  return {
    metadata,
    status,
    desired: left.spec.replicas ?? 1,
    updated: updatedReplicas,
    ready: readyReplicas,
    available: availableReplicas,
    image: imageOf(left.spec.template.spec),
    pods: right,
    link: ['/deployments', namespace, name],
    text: textOf(name, namespace, status.text),
  };
}

/** As `kubectl rollout status` finds it, and what its pods have to say. */
function statusOf({ metadata, spec, status = {} }: Deployment, pods: readonly PodRow[]): Status {
  const { replicas: desired = 1 } = spec;
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0, conditions = [] } = status;
  const failing = pods.filter((pod) => pod.status.tone === 'bad').length;
  if (failing > 0) return { text: `${failing} failing`, tone: 'bad' };
  if (conditions.some(({ reason }) => reason === 'ProgressDeadlineExceeded')) return { text: 'Stalled', tone: 'bad' };
  if (spec.paused === true) return { text: 'Paused', tone: 'busy' };
  if ((metadata.generation ?? 0) > observedGeneration || updatedReplicas < desired || replicas > updatedReplicas)
    return { text: 'Updating', tone: 'busy' };
  if (availableReplicas < desired) return { text: 'Starting', tone: 'busy' };
  return desired === 0 ? { text: 'Scaled to 0', tone: 'done' } : { text: 'Complete', tone: 'good' };
}

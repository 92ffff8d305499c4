import type { KubernetesObject } from '../src/events.js';

/** An object with what a condition reads of it, and no more. */
export type WithStatus<Status, Spec = unknown> = KubernetesObject & {
  readonly metadata: {
    readonly generation?: number | undefined;
    readonly deletionTimestamp?: string | undefined;
  };
  readonly spec?: Spec | undefined;
  readonly status?: Status | undefined;
};

/** The part of a status that most kinds have. */
export interface Conditions {
  readonly observedGeneration?: number | undefined;
  /** `null` in a CustomResourceDefinition that is new. */
  readonly conditions?:
    | readonly {
        readonly type?: string | undefined;
        readonly status?: string | undefined;
        readonly observedGeneration?: number | undefined;
      }[]
    | null
    | undefined;
}

/** The part of a Deployment's status that tells how far it is. A number that is zero is not there. */
export interface Replicas {
  readonly observedGeneration?: number | undefined;
  readonly replicas?: number | undefined;
  readonly updatedReplicas?: number | undefined;
  readonly availableReplicas?: number | undefined;
}

/**
 * Makes a condition for {@link waitFor} and `filter`: whether `status.conditions` has one of this type and status.
 *
 * As with `kubectl wait`, one that was observed before the latest change of the spec (`observedGeneration`) does not count, and an
 * object that is being deleted does.
 *
 * ```ts
 * import { hasCondition, isJobComplete, waitFor, watch$ } from 'rxkube';
 *
 * const isFailed = hasCondition('Failed');
 * watch$(jobs).pipe(waitFor((job) => isJobComplete(job) || isFailed(job)));
 * ```
 */
export function hasCondition(
  type: string,
  status: 'True' | 'False' | 'Unknown' = 'True',
): (object: WithStatus<Conditions> | undefined) => boolean {
  return (object) => {
    const condition = object?.status?.conditions?.find((candidate) => candidate.type === type);
    if (object === undefined || condition?.status !== status) return false;
    const observed = condition.observedGeneration ?? object.status?.observedGeneration ?? Infinity;
    return observed >= (object.metadata.generation ?? 0);
  };
}

/**
 * Tells whether a Pod is in phase `Running`, ready or not. One that is being deleted is not: its phase stays `Running` until the end,
 * and whoever waits for a replacement would get the old one.
 */
export function isPodRunning(pod: WithStatus<{ readonly phase?: string | undefined }> | undefined): boolean {
  return isStaying(pod) && pod.status?.phase === 'Running';
}

/**
 * Tells whether a Pod has the condition `Ready`. One that is being deleted is not ready, as Services see it; `hasCondition('Ready')`
 * goes by the condition alone, as `kubectl wait` does.
 */
export function isPodReady(pod: WithStatus<Conditions> | undefined): boolean {
  return isStaying(pod) && hasCondition('Ready')(pod);
}

/**
 * Tells whether a Deployment is rolled out: its controller has seen the latest spec, and as many replicas as are wanted are updated
 * and available, without any others. `kubectl rollout status` waits for the same. The condition `Available` says less: old replicas
 * meet it, too. One that is being deleted is not available.
 *
 * Where a rollout got stuck it stays false; `hasCondition('Progressing', 'False')` tells that.
 */
export function isDeploymentAvailable(
  deployment: WithStatus<Replicas, { readonly replicas?: number | undefined }> | undefined,
): boolean {
  if (!isStaying(deployment)) return false;
  const { metadata, spec, status } = deployment;
  const counts = [status?.replicas, status?.updatedReplicas, status?.availableReplicas];
  const wanted = spec?.replicas ?? 1;
  return (
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) && counts.every((count = 0) => count === wanted)
  );
}

/** Tells whether a Job has succeeded. One that has failed never will: `hasCondition('Failed')` tells that. */
export function isJobComplete(job: WithStatus<Conditions> | undefined): boolean {
  // A Job that is done may be on its way out already (`ttlSecondsAfterFinished`), and has succeeded nevertheless.
  return hasCondition('Complete')(job);
}

/**
 * Tells whether a CustomResourceDefinition is served. One that is being deleted is not: the server takes no new objects of it.
 * Discovery may follow some seconds later.
 */
export function isCrdEstablished(crd: WithStatus<Conditions> | undefined): boolean {
  return isStaying(crd) && hasCondition('Established')(crd);
}

/**
 * Makes a condition for {@link waitFor} on a watch of one object: whether it is gone, or there is another one of its name if `uid` is
 * given. An object that is still being deleted is there.
 */
export function isDeleted(uid?: string): (object: KubernetesObject | undefined) => boolean {
  return (object) => object === undefined || (uid !== undefined && object.metadata.uid !== uid);
}

function isStaying<T extends WithStatus<unknown>>(object: T | undefined): object is T {
  return object !== undefined && object.metadata.deletionTimestamp === undefined;
}

import type { KubernetesObject } from '../src/events.js';
import { isMet, requirementsOf } from './internal/label-selector.js';
import type { Labels, LabelSelector, LabelSelectorRequirement, Missing } from './internal/label-selector.js';

export type { LabelSelector, LabelSelectorRequirement } from './internal/label-selector.js';

/** Says under which keys an object is found: none (`undefined` or `[]`), one, or several. A pure function of the object. */
export type KeysOf<T> = (object: T, cluster: string) => string | readonly string[] | undefined;

/** What belongs together in a join: two objects with a key in common, and of which `matches` says so. */
export interface JoinKeys<L, R> {
  readonly left: KeysOf<L>;
  readonly right: KeysOf<R>;
  /** Asked about two objects with a key in common, where that alone does not decide. Default: it does. */
  readonly matches?: ((left: L, right: R) => boolean) | undefined;
}

type Owned = KubernetesObject & {
  readonly metadata: { readonly ownerReferences?: readonly { readonly uid: string }[] | undefined };
};
type Labelled = KubernetesObject & { readonly metadata: { readonly labels?: Labels | undefined } };

/**
 * Joins by what a function says of each side: objects with a key in common belong together.
 *
 * Keys meet across namespaces and clusters; whatever has to be the same belongs into the key. Both functions are given the cluster.
 *
 * ```ts
 * import { byKey, joinBy, watch$ } from 'rxkube';
 *
 * watch$(pods).pipe(
 *   joinBy(
 *     watch$(nodes),
 *     byKey(
 *       (pod) => pod.spec?.nodeName,
 *       (node) => node.metadata.name,
 *     ),
 *   ),
 * );
 * ```
 */
export function byKey<L, R>(left: KeysOf<L>, right: KeysOf<R>): JoinKeys<L, R> {
  return { left, right };
}

/**
 * Joins owners with what they own, by `uid` and `ownerReferences` (of the controller and of others), within a cluster.
 *
 * ```ts
 * import { byOwner, joinBy, watch$ } from 'rxkube';
 *
 * watch$(deployments).pipe(joinBy(watch$(replicaSets), byOwner()));
 * ```
 */
export function byOwner(): JoinKeys<KubernetesObject, Owned> {
  return byKey(
    ({ metadata: { uid } }, cluster) => JSON.stringify([cluster, uid]),
    ({ metadata: { ownerReferences = [] } }, cluster) =>
      ownerReferences.map(({ uid }) => JSON.stringify([cluster, uid])),
  );
}

/**
 * Joins by the labels that the left object selects, within a namespace and cluster: a Service and its Pods.
 *
 * As in Kubernetes, no labels (`{}`, null or undefined) select nothing. For a LabelSelector, see {@link byLabelSelector}.
 *
 * ```ts
 * import { bySelector, joinBy, watch$ } from 'rxkube';
 *
 * watch$(services).pipe(joinBy(watch$(pods), bySelector((service) => service.spec?.selector)));
 * ```
 */
export function bySelector<L extends KubernetesObject>(
  labelsOf: (object: L) => Labels | Missing,
): JoinKeys<L, Labelled> {
  return byLabelSelector((object) => {
    const matchLabels = labelsOf(object) ?? {};
    return Object.keys(matchLabels).length === 0 ? undefined : { matchLabels };
  });
}

/**
 * Joins by the LabelSelector of the left object, within a namespace and cluster: a PodDisruptionBudget and its Pods.
 *
 * As in Kubernetes, an empty one (`{}`) selects everything, and a missing one (null or undefined) nothing. An operator that Kubernetes
 * does not have is an error notification.
 *
 * ```ts
 * import { byLabelSelector, joinBy, watch$ } from 'rxkube';
 *
 * watch$(budgets).pipe(joinBy(watch$(pods), byLabelSelector((budget) => budget.spec?.selector)));
 * ```
 */
export function byLabelSelector<L extends KubernetesObject>(
  selectorOf: (object: L) => LabelSelector | Missing,
): JoinKeys<L, Labelled> {
  const demands = new WeakMap<L, readonly LabelSelectorRequirement[]>();
  const keyIn = ({ metadata: { namespace = '' } }: KubernetesObject, cluster: string, ...label: readonly string[]) =>
    JSON.stringify([cluster, namespace, ...label]);
  return {
    left: (object, cluster) => {
      const requirements = requirementsOf(selectorOf(object));
      if (requirements === undefined) return undefined;
      demands.set(object, requirements);
      // By the first label that it must have, so that only the objects which have it are looked at.
      const first = requirements.find(({ operator }) => operator === 'In');
      return first === undefined
        ? keyIn(object, cluster)
        : first.values?.map((value) => keyIn(object, cluster, first.key, value));
    },
    right: (object, cluster) => [
      keyIn(object, cluster),
      ...Object.entries(object.metadata.labels ?? {}).map((label) => keyIn(object, cluster, ...label)),
    ],
    matches: (object, { metadata: { labels = {} } }) =>
      demands.get(object)?.every((requirement) => isMet(requirement, labels)) ?? false,
  };
}

// Generated from what kube-apiserver says of itself, by `npm run generate`. Not to be edited.
import type { Kind } from '../../src/kind.js';
import type { ServedObjectMeta } from '../metadata.js';

/**
 * PriorityClass defines mapping from a priority class name to the priority integer value. The value can be any valid integer.
 */
export interface PriorityClass {
  readonly apiVersion: 'scheduling.k8s.io/v1';
  /**
   * description is an arbitrary string that usually provides guidelines on when this priority class should be used.
   */
  readonly description?: string;
  /**
   * globalDefault specifies whether this PriorityClass should be considered as the default priority for pods that do not have any priority class. Only one PriorityClass can be marked as `globalDefault`. However, if more than one PriorityClasses exists with their `globalDefault` field set to true, the smallest value of such global default PriorityClasses will be used as the default priority.
   */
  readonly globalDefault?: boolean;
  readonly kind: 'PriorityClass';
  readonly metadata: ServedObjectMeta;
  /**
   * preemptionPolicy is the Policy for preempting pods with lower priority. One of Never, PreemptLowerPriority. Defaults to PreemptLowerPriority if unset.
   *
   * Possible enum values:
   *  - `"Never"` means that pod never preempts other pods with lower priority.
   *  - `"PreemptLowerPriority"` means that pod can preempt other pods with lower priority.
   */
  readonly preemptionPolicy?: 'Never' | 'PreemptLowerPriority';
  /**
   * value represents the integer value of this priority class. This is the actual priority that pods receive when they have the name of this class in their pod spec.
   */
  readonly value?: number;
}

export const PriorityClass: Kind<PriorityClass, 'priorityclasses.scheduling.k8s.io'> = {
  id: 'priorityclasses.scheduling.k8s.io',
  group: 'scheduling.k8s.io',
  version: 'v1',
  plural: 'priorityclasses',
  kind: 'PriorityClass',
  listKind: 'PriorityClassList',
  namespaced: false,
};

import type { KubernetesObject } from '../src/events.js';

type Metadata<Fields> = KubernetesObject & { readonly metadata: Fields };
type Texts = Readonly<Record<string, string>>;

/**
 * Names the generation of an object: it rises when what is wanted of it changes, and when its deletion begins, but not with its
 * status, labels, annotations or finalizers.
 *
 * Where a kind has none (ConfigMap, Secret and others), it is the resourceVersion: there every change counts.
 *
 * ```ts
 * import { distinctByObject, generationOf, watch$ } from 'rxkube';
 *
 * watch$(deployments).pipe(distinctByObject(generationOf));
 * ```
 */
export function generationOf({ metadata }: Metadata<{ readonly generation?: number | undefined }>): number | string {
  return metadata.generation ?? metadata.resourceVersion;
}

/** Names the labels of an object, for {@link distinctByObject}; undefined where it has none. */
export function labelsOf({ metadata }: Metadata<{ readonly labels?: Texts | undefined }>): Texts | undefined {
  return metadata.labels;
}

/** Names the annotations of an object, for {@link distinctByObject}; undefined where it has none. */
export function annotationsOf({ metadata }: Metadata<{ readonly annotations?: Texts | undefined }>): Texts | undefined {
  return metadata.annotations;
}

/** Names the finalizers of an object, in their order, for {@link distinctByObject}; undefined where it has none. */
export function finalizersOf({
  metadata,
}: Metadata<{ readonly finalizers?: readonly string[] | undefined }>): readonly string[] | undefined {
  return metadata.finalizers;
}

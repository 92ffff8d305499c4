import type { KubernetesObject } from './events.js';

declare const TYPE: unique symbol;

/** Describes a kind of resource: where the server has it, and (in the types) what its objects look like. */
export interface Kind<T extends KubernetesObject = KubernetesObject, K extends string = string> {
  /** `pods`, `deployments.apps`: what events call `resource`. */
  readonly id: K;
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  /** The `kind:` of its lists. */
  readonly listKind: string;
  readonly namespaced: boolean;
  /** Only there for the types: carries `T`. */
  readonly [TYPE]?: T;
}

type ResourceId<P extends string, G extends string> = G extends '' ? P : `${P}.${G}`;

/** What names a custom resource: the same as in `spec` of its CustomResourceDefinition. */
export interface ResourceNames<P extends string, G extends string> {
  /** `''` for the core group. */
  readonly group: G;
  readonly version: string;
  /** As in the URL: `widgets`. */
  readonly plural: P;
  /** As in `kind:`: `Widget`. A server that says otherwise is a fatal error that names both. */
  readonly kind: string;
  /** The `kind:` of its lists, where a CustomResourceDefinition names it otherwise. Default: `WidgetList`. */
  readonly listKind?: string;
  /** Default: `Namespaced`. */
  readonly scope?: 'Namespaced' | 'Cluster';
}

/**
 * Describes a resource that the library has no descriptor for, a custom resource in the first place.
 * It is curried, so that the object type is given and the literal names are inferred. What every object has in its metadata is in
 * `NamespacedObjectMeta` of `rxkube/kinds`, or in `ServedObjectMeta` for what has no namespace.
 *
 * ```ts
 * import { customResource } from 'rxkube';
 * import type { NamespacedObjectMeta } from 'rxkube/kinds';
 *
 * interface Widget {
 *   readonly metadata: NamespacedObjectMeta;
 *   readonly spec: { readonly size: number };
 * }
 * const Widget = customResource<Widget>()({ group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget' });
 * ```
 *
 * @throws RangeError when `group`, `version`, `plural`, `kind` or `listKind` is not a name, or `scope` is neither of the two.
 */
export function customResource<T extends KubernetesObject>(): <const P extends string, const G extends string>(
  names: ResourceNames<P, G>,
) => Kind<T, ResourceId<P, G>> {
  return ({ group, version, plural, kind, listKind = `${kind}List`, scope = 'Namespaced' }) => {
    if (group !== '' && !isName(group)) throw wrong('group', group, "a name as in a URL, or '' for the core group");
    for (const [name, value] of Object.entries({ version, plural, kind, listKind })) {
      if (!isName(value)) throw wrong(name, value, 'a name as in a URL');
    }
    if (!['Namespaced', 'Cluster'].includes(scope)) throw wrong('scope', scope, 'Namespaced or Cluster');
    const id = (group === '' ? plural : `${plural}.${group}`) as ResourceId<typeof plural, typeof group>;
    return { id, group, version, plural, kind, listKind, namespaced: scope === 'Namespaced' };
  };
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(value);
}

function wrong(name: string, value: unknown, expected: string): RangeError {
  return new RangeError(`${name} must be ${expected}, got ${JSON.stringify(value)}`);
}

/** A schema of `/openapi/v3`, as far as it is looked at. */
export interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly description?: string | undefined;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly required?: string[];
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
  readonly [keyword: string]: unknown;
}

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A kind that can be listed and watched. */
export interface Resource extends GroupVersionKind {
  readonly plural: string;
  readonly namespaced: boolean;
  /** The name of its schema: `io.k8s.api.core.v1.Pod`. */
  readonly schema: string;
}

export interface Api {
  /** Of the server: `v1.37.2`. */
  readonly release: string;
  /** In the order of the server's discovery: the core group first, and in each group the version that the server prefers. */
  readonly resources: readonly Resource[];
  readonly schemas: ReadonlyMap<string, Schema>;
}

interface Version {
  readonly gitVersion: string;
}

interface Discovery {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

interface Groups {
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly { readonly version: string }[];
    readonly preferredVersion: { readonly version: string };
  }[];
}

interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** Asks a server what it serves and what that looks like. */
export async function readApi(get: (path: string) => Promise<unknown>): Promise<Api> {
  const { groups } = (await get('/apis')) as Groups;
  const versions = groups.flatMap(({ name: group, versions, preferredVersion }) =>
    [...new Set([preferredVersion, ...versions].map(({ version }) => version))].map((version) => ({ group, version })),
  );
  const resources: Resource[] = [];
  const schemas = new Map<string, Schema>();
  for (const { group, version } of [{ group: '', version: 'v1' }, ...versions]) {
    const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
    const { components = {} } = (await get(`/openapi/v3/${path}`)) as Document;
    const named = Object.entries(components.schemas ?? {});
    for (const [name, schema] of named) schemas.set(name, schema);

    const { resources: served } = (await get(`/${path}`)) as Discovery;
    for (const { name, kind, namespaced, verbs } of served) {
      if (!verbs.includes('list') || !verbs.includes('watch')) continue;
      const described = named.find(([, schema]) =>
        schema['x-kubernetes-group-version-kind']?.some(
          (one) => one.group === group && one.version === version && one.kind === kind,
        ),
      );
      if (described === undefined) throw new Error(`no schema describes ${kind} of ${path}`);
      resources.push({ group, version, kind, plural: name, namespaced, schema: described[0] });
    }
  }
  const { gitVersion: release } = (await get('/version')) as Version;
  return { release, resources, schemas };
}

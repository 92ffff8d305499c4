import { dirname, relative } from 'node:path/posix';
import type { Api, Resource, Schema } from './api.ts';
import { declarationOf } from './types.ts';

/** Where what all groups share goes: `ObjectMeta`, `IntOrString`, `Quantity` … */
const SHARED = 'meta/v1';
const SHARED_PACKAGES = 'io.k8s.apimachinery.';

/**
 * `rxkube/kinds` has each kind in the version that the server prefers. Where two groups have a kind of one name it has the one that
 * kubectl means by it, and these only their own modules.
 */
const ONLY_IN_THEIR_MODULES = ['events.k8s.io/Event'];

const HEADER = '// Generated from what kube-apiserver says of itself, by `npm run generate`. Not to be edited.';

/** The text of each file, by its path below `kinds/`. */
export async function filesOf({ resources, schemas }: Api): Promise<Map<string, string>> {
  const moduleOf = modulesOf(schemas);
  const files = new Map<string, string>();
  const modules = Map.groupBy(reachable(resources, schemas), moduleOf);
  for (const [module, names] of modules) {
    const imports = new Map<string, Set<string>>();
    const use = (name: string, from: string): string => {
      if (from !== module) imports.set(from, (imports.get(from) ?? new Set()).add(name));
      return name;
    };
    const declarations: string[] = [];
    for (const name of names.sort()) {
      const resource = resources.find((one) => one.schema === name);
      const schema = schemaOf(name, schemas);
      const whole = resource === undefined ? schema : asServed(schema, use(metadataOf(resource), 'metadata'));
      declarations.push(
        await declarationOf(afterLast(name), whole, (reference) => use(afterLast(reference), moduleOf(reference))),
      );
      if (resource !== undefined) declarations.push(descriptorOf(resource, use('Kind', '../src/kind')));
    }
    const lines = [...imports].map(([from, used]) => importLine([...used], module, from)).sort();
    files.set(`${module}.ts`, [HEADER, ...lines, '', ...declarations].join('\n'));
  }
  files.set('index.ts', indexOf(resources, moduleOf));
  return files;
}

/** As in `apiVersion`. The name of a schema has another word for the group: `rbac.authorization.k8s.io/v1` of `io.k8s.api.rbac.v1.Role`. */
function modulesOf(schemas: Api['schemas']): (name: string) => string {
  const groups = new Map<string, string>();
  for (const [name, schema] of schemas) {
    const [kind] = schema['x-kubernetes-group-version-kind'] ?? [];
    if (kind !== undefined) groups.set(beforeLast(beforeLast(name)), kind.group === '' ? 'core' : kind.group);
  }
  return (name) => {
    if (name.startsWith(SHARED_PACKAGES)) return SHARED;
    const inPackage = beforeLast(name);
    const group = groups.get(beforeLast(inPackage));
    if (group === undefined) throw new Error(`${name} is of no known group`);
    return `${group}/${afterLast(inPackage)}`;
  };
}

/** The kinds and all that they consist of. */
function reachable(resources: readonly Resource[], schemas: Api['schemas']): Set<string> {
  const names = new Set(resources.map(({ schema }) => schema));
  for (const name of names) {
    for (const [, reference = ''] of JSON.stringify(schemaOf(name, schemas)).matchAll(/"\$ref":"[^"]*\/([^"/]+)"/g)) {
      names.add(reference);
    }
  }
  return names;
}

/** An object that is in the server says what it is, and has all of the metadata that the server gives it. */
function asServed(schema: Schema, metadata: string): Schema {
  const [{ group, version, kind } = { group: '', version: '', kind: '' }] =
    schema['x-kubernetes-group-version-kind'] ?? [];
  const served = {
    apiVersion: { enum: [group === '' ? version : `${group}/${version}`] },
    kind: { enum: [kind] },
    metadata: { tsType: metadata },
  };
  return {
    ...schema,
    properties: { ...schema.properties, ...served },
    required: [...Object.keys(served), ...(schema.required ?? [])],
  };
}

function metadataOf({ namespaced }: Resource): string {
  return namespaced ? 'NamespacedObjectMeta' : 'ServedObjectMeta';
}

function descriptorOf({ group, version, kind, plural, namespaced }: Resource, type: string): string {
  const id = group === '' ? plural : `${plural}.${group}`;
  const value = { id, group, version, plural, kind, listKind: `${kind}List`, namespaced };
  return `export const ${kind}: ${type}<${kind}, '${id}'> = ${JSON.stringify(value)};`;
}

function indexOf(resources: readonly Resource[], moduleOf: (name: string) => string): string {
  const chosen = resources.filter(
    ({ group, kind, preferred }) => preferred && !ONLY_IN_THEIR_MODULES.includes(`${group}/${kind}`),
  );
  const lines = [...Map.groupBy(chosen, ({ schema }) => moduleOf(schema))].map(
    ([module, kinds]) => `export { ${kinds.map(({ kind }) => kind).join(', ')} } from './${module}.js';`,
  );
  return [HEADER, ...lines].join('\n');
}

function importLine(names: readonly string[], module: string, from: string): string {
  return `import type { ${[...names].sort().join(', ')} } from '${pathTo(from, dirname(module))}.js';`;
}

function pathTo(target: string, folder: string): string {
  const path = relative(folder, target);
  return path.startsWith('.') ? path : `./${path}`;
}

function schemaOf(name: string, schemas: Api['schemas']): Schema {
  const schema = schemas.get(name);
  if (schema === undefined) throw new Error(`${name} is referred to, and described nowhere`);
  return schema;
}

function afterLast(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

function beforeLast(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}

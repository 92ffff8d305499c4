import { dirname, relative } from 'node:path/posix';
import type { Api, Resource, Schema } from './api.ts';
import { declarationOf } from './types.ts';

/** Where what all groups share goes: `ObjectMeta`, `IntOrString`, `Quantity` … */
const SHARED = 'meta/v1';
const SHARED_PACKAGES = 'io.k8s.apimachinery.';

const HEADER = '// Generated from what kube-apiserver says of itself, by `npm run generate`. Not to be edited.';

/** The text of each file, by its path below `kinds/`. */
export async function filesOf({ release, resources, schemas }: Api): Promise<Map<string, string>> {
  const moduleOf = modulesOf(schemas);
  const files = new Map<string, string>();
  const modules = Map.groupBy(reachable(resources, schemas), moduleOf);
  const served = new Map(resources.map((resource) => [resource.schema, resource]));
  for (const [module, names] of modules) {
    const imports = new Map<string, Set<string>>();
    const origins = new Map<string, string>();
    const use = (name: string, from: string, origin = from): string => {
      const other = origins.get(name) ?? origin;
      if (other !== origin) throw new Error(`${module} has two types called ${name}: ${other} and ${origin}`);
      origins.set(name, origin);
      if (from !== module) imports.set(from, (imports.get(from) ?? new Set()).add(name));
      return name;
    };
    const typeName = (schema: string): string => use(afterLast(schema), moduleOf(schema), schema);
    const typeOf = (schema: string): string => {
      const type = typeName(schema);
      return served.has(schema) ? `${use('Embedded', 'metadata')}<${type}>` : type;
    };
    const declarations: string[] = [];
    for (const name of names.sort()) {
      const resource = served.get(name);
      const schema = schemaOf(name, schemas);
      const whole = resource === undefined ? schema : asServed(schema, resource, use(metadataOf(resource), 'metadata'));
      declarations.push(await declarationOf(typeName(name), whole, typeOf));
      if (resource !== undefined) declarations.push(descriptorOf(resource, use('Kind', '../src/kind')));
    }
    const lines = [...imports].map(([from, used]) => importLine([...used], module, from)).sort();
    files.set(`${module}.ts`, [HEADER, ...lines, '', ...declarations].join('\n'));
  }
  files.set('index.ts', indexOf(release, resources, moduleOf));
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
function asServed(schema: Schema, { group, version, kind }: Resource, metadata: string): Schema {
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

/**
 * Each kind in the version that the server prefers of those that have it. Where two groups have a kind of one name it is that of the first
 * one, which is what kubectl means by it, too: the Event of the core group.
 */
function indexOf(release: string, resources: readonly Resource[], moduleOf: (name: string) => string): string {
  const chosen = resources.filter(({ kind }, i) => resources.findIndex((one) => one.kind === kind) === i);
  const lines = [...Map.groupBy(chosen, ({ schema }) => moduleOf(schema))].map(
    ([module, kinds]) => `export { ${kinds.map(({ kind }) => kind).join(', ')} } from './${module}.js';`,
  );
  const metadata = "export type { NamespacedObjectMeta, ServedObjectMeta } from './metadata.js';";
  return [HEADER, introduction(release), ...lines, metadata].join('\n');
}

function introduction(release: string): string {
  return `/**
 * The kinds that kube-apiserver ${release} can watch. Each is a descriptor and, under the same name, the type of its objects.
 *
 * \`\`\`ts
 * import { appliedObjects, watch$ } from 'rxkube';
 * import { Pod } from 'rxkube/kinds';
 * import type { Container } from 'rxkube/kinds/core/v1';
 * import { connect } from 'rxkube/node';
 *
 * const imageOf = ({ image = 'none' }: Container): string => image;
 *
 * watch$(connect().resource(Pod, { namespace: 'shop' }))
 *   .pipe(appliedObjects())
 *   .subscribe((pod) => console.log(pod.metadata.name, pod.spec?.containers.map(imageOf)));
 * \`\`\`
 *
 * Objects are as the server sends them, and readonly: times and quantities are text, and some fields are \`null\` where nothing is set.
 * Each kind is of the version that the server prefers. Its parts, other versions and the Event of \`events.k8s.io\` are in a module for
 * each group and version, such as \`rxkube/kinds/autoscaling/v1\`. The types are those of ${release}: an older server may lack a field, and
 * a newer one have more. What is not here, custom resources above all, is described with \`customResource\` of \`rxkube\`.
 *
 * @packageDocumentation
 */`;
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

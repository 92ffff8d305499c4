import { ApisApi, CoreV1Api, CustomObjectsApi, type KubeConfig, type V1APIResource } from '@kubernetes/client-node';
import { customResource, type Kind } from 'rxkube';

/** Finds a kind by what people call it: plural, singular, short name, kind, or `plural.group`. */
export async function findKind(config: KubeConfig, name: string): Promise<Kind> {
  const wanted = name.toLowerCase();
  const [core, others] = await Promise.all([
    config.makeApiClient(CoreV1Api).getAPIResources(),
    config.makeApiClient(ApisApi).getAPIVersions(),
  ]);
  const found = pick(core.resources, '', wanted);
  if (found) return describe(found, '', 'v1');
  const custom = config.makeApiClient(CustomObjectsApi);
  for (const { name: group, preferredVersion, versions } of others.groups) {
    const version = preferredVersion?.version ?? versions[0]?.version;
    if (version === undefined) continue;
    const { resources } = await custom.getAPIResources({ group, version });
    const resource = pick(resources, group, wanted);
    if (resource) return describe(resource, group, version);
  }
  throw new Error(`the server has no resource called ${JSON.stringify(name)} that can be watched`);
}

function pick(resources: readonly V1APIResource[], group: string, wanted: string): V1APIResource | undefined {
  return resources.find(
    ({ name, singularName, kind, shortNames = [], verbs }) =>
      verbs.includes('watch') &&
      [name, `${name}.${group}`, singularName, kind.toLowerCase(), ...shortNames].includes(wanted),
  );
}

function describe({ name, kind, namespaced }: V1APIResource, group: string, version: string): Kind {
  return customResource()({ group, version, plural: name, kind, scope: namespaced ? 'Namespaced' : 'Cluster' });
}

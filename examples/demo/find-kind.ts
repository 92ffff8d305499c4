import { ApisApi, CoreV1Api, CustomObjectsApi, KubeConfig, type V1APIResource } from '@kubernetes/client-node';
import { customResource, type Kind } from 'rxkube';

/**
 * Finds a kind by what people call it: plural, singular, short name, kind, or `plural.group`.
 *
 * @throws Error in one line, when there is none or nobody answers
 */
export async function findKind(name: string, kubeconfig: string | undefined, context?: string): Promise<Kind> {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  try {
    const found = await lookUp(config, name.toLowerCase());
    if (found !== undefined) return found;
  } catch (error) {
    throw new Error(
      `cannot ask ${config.getCurrentCluster()?.server ?? 'the server'} what it has: ${reasonOf(error)}`,
      {
        cause: error,
      },
    );
  }
  throw new Error(`the server has no resource called ${JSON.stringify(name)} that can be watched`);
}

async function lookUp(config: KubeConfig, wanted: string): Promise<Kind | undefined> {
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
  return undefined;
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

/** The outer error says `fetch failed`; an answer's has all of it, headers included. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && typeof error.code === 'number') return `it answered ${error.code}`;
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}

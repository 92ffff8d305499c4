import { apiVersionOf, type Resource } from './resources.js';
import type { Storage } from './storage.js';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
/** The same, as they stand there for custom resources. */
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

const VERSION = {
  major: '1',
  minor: '37',
  emulationMajor: '1',
  emulationMinor: '37',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '36',
  gitVersion: 'v1.37.2+rxkube',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'embedded',
};

/** The document at a path of discovery, if it is one. */
export function discovery(path: string, storage: Storage): unknown {
  const resources = storage.collections().map(({ resource }) => resource);
  if (path === '/version') return VERSION;
  if (path === '/api')
    return {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1' }],
    };
  if (path === '/api/v1') return resourceList(resources, '', 'v1');
  const [, apis, group, version] = path.split('/');
  if (apis !== 'apis') return undefined;
  const groups = [...new Set(resources.map((resource) => resource.group).filter((name) => name !== ''))];
  if (group === undefined)
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((name) => apiGroup(resources, name)) };
  if (!groups.includes(group)) return undefined;
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(resources, group) };
  const isServed = resources.some((resource) => resource.group === group && resource.versions.includes(version));
  return isServed && path.split('/').length === 4 ? resourceList(resources, group, version) : undefined;
}

function apiGroup(resources: readonly Resource[], name: string): object {
  const versions = [
    ...new Set(resources.filter(({ group }) => group === name).flatMap((resource) => resource.versions)),
  ].map((version) => ({ groupVersion: apiVersionOf(name, version), version }));
  return { name, versions, preferredVersion: versions[0] };
}

function resourceList(resources: readonly Resource[], group: string, version: string): object {
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: apiVersionOf(group, version),
    resources: resources
      .filter((resource) => resource.group === group && resource.versions.includes(version))
      .flatMap(({ plural, singular, namespaced, kind, shortNames, categories, status, custom }) => [
        {
          name: plural,
          singularName: singular,
          namespaced,
          kind,
          verbs: custom ? CUSTOM_VERBS : VERBS,
          ...(shortNames.length === 0 ? {} : { shortNames }),
          ...(categories.length === 0 ? {} : { categories }),
        },
        ...(status
          ? [{ name: `${plural}/status`, singularName: '', namespaced, kind, verbs: ['get', 'patch', 'update'] }]
          : []),
      ]),
  };
}

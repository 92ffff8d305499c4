import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { concatMap, filter, lastValueFrom, take, type Observable } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigMap, Pod } from '../../kinds/index.js';
import type { WatchEvent } from '../../src/events.js';
import type { WatchOptions } from '../../src/options.js';
import type { ResourceOptions } from '../../src/transport/url.js';
import { connect } from '../../src/node/index.js';
import { watch$ } from '../../src/watch.js';
import { Admin, type KubeObject } from './admin.ts';
import { startCluster, type Cluster } from './cluster.ts';
import { kubeconfigText } from './kubeconfig.ts';

/** What docs/run-for-months.md says of permissions. */

const MANIFEST = readFileSync('examples/guides/run-for-months/rbac.yaml', 'utf8');
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const COLLECTIONS: Readonly<Record<string, string>> = {
  ServiceAccount: '/api/v1/namespaces/default/serviceaccounts',
  ClusterRole: `${RBAC}/clusterroles`,
  ClusterRoleBinding: `${RBAC}/clusterrolebindings`,
};

let cluster: Cluster;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rxkube-permissions-'));
  cluster = await startCluster();
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** A token as the kubelet gets it for a pod. */
async function tokenOf(serviceAccount: string): Promise<string> {
  const path = `/api/v1/namespaces/default/serviceaccounts/${serviceAccount}/token`;
  const { status } = await cluster.admin.create<{ readonly status: { readonly token: string } }>(path, { spec: {} });
  return status.token;
}

class User {
  readonly #name: string;
  readonly #token: string;

  constructor(name: string, token: string) {
    this.#name = name;
    this.#token = token;
  }

  static async of(serviceAccount: string): Promise<User> {
    return new User(serviceAccount, await tokenOf(serviceAccount));
  }

  /** Lists, and opens a watch from there, too. Rejects with what the server refuses. */
  async watches(
    kind: typeof Pod | typeof ConfigMap,
    scope: ResourceOptions,
    options: WatchOptions = {},
  ): Promise<void> {
    const path = join(folder, this.#name);
    const tokens = new Map([[this.#name, this.#token]]);
    const { url: server, ca } = cluster;
    writeFileSync(path, kubeconfigText({ server, ca, context: this.#name, tokens, certificates: new Map() }));
    const source = connect({ kubeconfig: path }).resource(kind, scope);
    const events = (more: WatchOptions): Observable<WatchEvent> => watch$(source, { ...options, ...more });
    const listed = events({}).pipe(
      filter((event) => event.type === 'initDone'),
      take(1),
      concatMap(({ resourceVersion }) => events({ resourceVersion })),
      filter(({ type }) => type === 'live'),
      take(1),
    );
    await lastValueFrom(listed, { defaultValue: undefined });
  }

  async gets(path: string): Promise<void> {
    const headers = () => ({ authorization: `Bearer ${this.#token}` });
    const admin = new Admin({ url: cluster.url, ca: cluster.ca, headers });
    await admin.get(path).finally(() => admin.close());
  }
}

/** A new role takes effect a moment later. */
const patient: WatchOptions = { retry: () => 200 };

it('the manifest of the guide permits a watch, in either of its ways, and no get', async () => {
  for (const object of loadAll(MANIFEST) as readonly KubeObject[]) {
    await cluster.admin.create(COLLECTIONS[object.kind ?? ''] ?? '', object, { fieldValidation: 'Strict' });
  }
  const user = await User.of('pod-watcher');
  await user.watches(Pod, {}, patient);
  await user.watches(Pod, { namespace: 'default' }, { initialList: 'paged' });
  await user.watches(Pod, { name: 'web-1' });
  await expect(user.gets('/api/v1/namespaces/default/pods/web-1')).rejects.toMatchObject({ code: 403 });
  await expect(user.watches(ConfigMap, {})).rejects.toMatchObject({
    message: expect.stringMatching(/cannot watch resource "configmaps"/) as string,
  });
});

it.each([
  ['a namespace', {}, { namespace: 'default' }, {}],
  ['one object', { resourceNames: ['settings'] }, { namespace: 'default', name: 'settings' }, { namespace: 'default' }],
])('a role for %s permits just that', async (what, rule, permitted, refused) => {
  const name = what.replaceAll(' ', '-');
  const { admin } = cluster;
  await admin.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name } });
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'], ...rule }];
  await admin.create(`${RBAC}/namespaces/default/roles`, { metadata: { name }, rules });
  await admin.create(`${RBAC}/namespaces/default/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'default' }],
  });
  const user = await User.of(name);
  await user.watches(ConfigMap, permitted, patient);
  await user.watches(ConfigMap, permitted, { initialList: 'paged' });
  await expect(user.watches(ConfigMap, refused)).rejects.toMatchObject({ code: 403 });
});

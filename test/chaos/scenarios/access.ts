import { createPrivateKey, sign } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request, Agent } from 'undici';
import type { Cluster } from '../../real/cluster.ts';
import type { ResourceSetup } from '../messages.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
/** The ladder for refusals of what had worked: 15 s at most. */
const REFUSED = 16;

/** A user of the cluster without any permissions of its own. */
export const LIMITED = { kind: 'User', name: 'limited', apiGroup: 'rbac.authorization.k8s.io' } as const;

const WIDGETS: ResourceSetup = { group: 'chaos.example.com', version: 'v1', plural: 'widgets', kind: 'Widget' };
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.chaos.example.com' },
  spec: {
    group: WIDGETS.group,
    scope: 'Namespaced',
    names: { plural: WIDGETS.plural, singular: 'widget', kind: WIDGETS.kind, listKind: 'WidgetList' },
    versions: [
      {
        name: WIDGETS.version,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { data: { type: 'object', additionalProperties: { type: 'string' } } },
          },
        },
      },
    ],
  },
};

/** What a watch is allowed to see, and whether there is such a thing. */
export const ACCESS: readonly Scenario[] = [
  {
    name: 'token-expired',
    about: 'a token expires, the path is cut, and only 8 s later the token file is written anew',
    slice: true,
    within: REFUSED,
    // Each refusal is asked about once more, with what the file has by then.
    requests: (seconds) => 6 + seconds / 2,
    async prepare(stage) {
      await stage.cluster.admin.create(`/api/v1/namespaces/${stage.namespace}/serviceaccounts`, {
        metadata: { name: 'watcher' },
      });
      await bind(stage, [{ kind: 'ServiceAccount', name: 'watcher', namespace: stage.namespace }]);
      await writeFile(tokenFile(stage), await mint(stage, 15));
    },
    kubeconfig: (stage) => {
      const config = JSON.parse(stage.cluster.kubeconfigFor({ server: stage.proxy.url })) as {
        users: { name: string }[];
      };
      const users = config.users.map(({ name }) => ({ name, user: { tokenFile: tokenFile(stage) } }));
      return Promise.resolve(JSON.stringify({ ...config, users }));
    },
    async run(stage) {
      const old = await readFile(tokenFile(stage), 'utf8');
      await stage.until('the server refuses the token', async () => (await answerTo(stage.cluster, old)) === 401, 60);
      stage.begins(6_000);
      stage.proxy.cut();
      await sleep(8_000);
      stage.expectOfAll('401', (watch) => watch.interruptions(stage.began).some(({ error }) => error.code === 401));
      await writeFile(tokenFile(stage), await mint(stage, 600));
      stage.ends();
    },
    tidy: unbind,
  },
  {
    name: 'rbac-withdrawn',
    about: 'permissions are withdrawn for 8 s, and the path is cut',
    user: LIMITED.name,
    within: REFUSED,
    async prepare(stage) {
      await bind(stage, [LIMITED]);
      await stage.until(
        'the permission is there',
        async () => (await answerTo(stage.cluster, stage.cluster.token('limited'), stage.path)) === 200,
      );
    },
    async run(stage) {
      const token = stage.cluster.token('limited');
      await unbind(stage);
      await stage.until(
        'the permission is gone',
        async () => (await answerTo(stage.cluster, token, stage.path)) === 403,
      );
      stage.begins(6_000);
      stage.proxy.cut();
      await sleep(8_000);
      stage.expectOfAll('403', (watch) => watch.interruptions(stage.began).some(({ error }) => error.code === 403));
      await bind(stage, [LIMITED]);
      await stage.until(
        'the permission is back',
        async () => (await answerTo(stage.cluster, token, stage.path)) === 200,
      );
      stage.ends();
    },
    tidy: unbind,
  },
  {
    name: 'crd-recreated',
    about: 'the custom resource is deleted for 6 s and created again',
    resource: WIDGETS,
    within: REFUSED,
    mustRelist: ['restart', 'expired'],
    async prepare(stage) {
      await define(stage);
    },
    async run(stage) {
      stage.begins(4_000);
      await stage.cluster.admin.delete(`${CRDS}/${CRD.metadata.name}`);
      await stage.until(
        'it is gone',
        async () => (await answerTo(stage.cluster, stage.cluster.token(), stage.path)) === 404,
      );
      await sleep(6_000);
      stage.expectOfAll('404', (watch) => watch.interruptions(stage.began).some(({ error }) => error.code === 404));
      await define(stage);
      stage.ends();
    },
    async tidy(stage) {
      await stage.cluster.admin.delete(`${CRDS}/${CRD.metadata.name}`);
    },
  },
];

async function define(stage: Stage): Promise<void> {
  await stage.cluster.admin.create(CRDS, CRD);
  // Until then it is a 404, or a 429 while its cache fills.
  await stage.until(
    'the resource is served',
    async () => (await answerTo(stage.cluster, stage.cluster.token(), stage.path)) === 200,
  );
}

function tokenFile(stage: Stage): string {
  return join(stage.dir, 'token');
}

export async function bind(stage: Stage, subjects: readonly object[]): Promise<void> {
  const name = `chaos-${stage.namespace}`;
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }];
  await stage.cluster.admin.create(`${RBAC}/clusterroles`, { metadata: { name }, rules });
  await stage.cluster.admin.create(`${RBAC}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects,
  });
}

export async function unbind(stage: Stage): Promise<void> {
  const name = `chaos-${stage.namespace}`;
  await stage.cluster.admin.delete(`${RBAC}/clusterrolebindings/${name}`);
  await stage.cluster.admin.delete(`${RBAC}/clusterroles/${name}`);
}

/** The status that a list with this token gets, straight from the server. */
async function answerTo(
  cluster: Cluster,
  token: string,
  path = '/api/v1/namespaces/default/configmaps',
): Promise<number> {
  const dispatcher = new Agent({ connect: { ca: cluster.ca } });
  try {
    const { statusCode, body } = await request(`${cluster.url}${path}?limit=1`, {
      headers: { authorization: `Bearer ${token}` },
      dispatcher,
    });
    await body.dump();
    return statusCode;
  } catch {
    return 0;
  } finally {
    await dispatcher.close();
  }
}

/** The server's own leeway (go-jose): a token is good for so long after it expired. */
const LEEWAY = 60;

/** A token of the service account that the server refuses in so many seconds. Signed here: the API issues none for less than 10 minutes. */
async function mint(stage: Stage, seconds: number): Promise<string> {
  const { metadata } = await stage.cluster.admin.get(`/api/v1/namespaces/${stage.namespace}/serviceaccounts/watcher`);
  const key = createPrivateKey(await readFile(join(dirname(stage.cluster.logFile), 'service-account.key')));
  const issuer = 'https://kubernetes.default.svc';
  const at = Math.floor(Date.now() / 1_000);
  const claims = {
    iss: issuer,
    aud: [issuer],
    sub: `system:serviceaccount:${stage.namespace}:watcher`,
    iat: at - 120,
    nbf: at - 120,
    exp: at + seconds - LEEWAY,
    'kubernetes.io': { namespace: stage.namespace, serviceaccount: { name: 'watcher', uid: metadata.uid } },
  };
  const text = [{ alg: 'ES256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

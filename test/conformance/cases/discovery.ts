import { cases, GROUP } from '../script.ts';
import { without, type Json, type JsonObject } from '../transcript.ts';

const OURS = ['configmaps', 'gadgets', 'gadgets/status', 'plains'];

/** Of the resources only those that the cases use, by name: kube-apiserver's order is another every time. */
function reduced(list: JsonObject): Json {
  const ours = OURS.map((wanted) => objects(list['resources']).find(({ name }) => name === wanted));
  // The hash of where it is stored is the server's own business.
  return {
    ...list,
    resources: ours.flatMap((found) => (found === undefined ? [] : without(found, 'storageVersionHash'))),
  };
}

function objects(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonObject[]) : [];
}

export const discovery = cases({
  '/api names the version of the core group': async (t) => {
    await t.get('/api', {}, { reduce: (versions) => without(versions, 'serverAddressByClientCIDRs') });
  },

  '/apis names the groups': async (t) => {
    await t.get('/apis', {}, { reduce: (list) => ({ ...list, groups: objects(list['groups']).filter(isOurs) }) });
    await t.get(`/apis/${GROUP}`);
    await t.get('/apis/nowhere.example.com');
  },

  'a version of a group names its resources': async (t) => {
    await t.get('/api/v1', {}, { reduce: reduced });
    await t.get(`/apis/${GROUP}/v1`, {}, { reduce: reduced });
    await t.get(`/apis/${GROUP}/v9`);
  },

  '/version says what the server is': async (t) => {
    await t.get('/version', {}, { reduce: (version) => Object.keys(version) });
  },

  'the server says that it is well': async (t) => {
    for (const path of ['/readyz', '/livez', '/healthz']) await t.get(path);
  },
});

function isOurs({ name }: JsonObject): boolean {
  return name === GROUP;
}

import { lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApiServer, type ApiServer } from '../apiserver/index.js';
import { customResource, exists, fetchCluster, not, notExists, type ResourceOptions } from '../src/index.js';

// Selectors, as a server takes them.

const Pods = customResource()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });
const pod = (name: string, labels: Readonly<Record<string, string>>, nodeName: string, phase: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels },
  spec: { nodeName },
  status: { phase },
});

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer({
    tls: false,
    objects: [
      pod('web', { app: 'web', tier: 'front', track: 'stable' }, 'a', 'Running'),
      pod('api', { app: 'api', tier: '', track: 'beta' }, 'a', 'Pending'),
      pod('dev', { app: 'web', track: 'dev', canary: 'yes' }, 'b', 'Running'),
      pod('db', { app: 'db', tier: 'back', canary: '' }, '', 'Pending'),
      pod('bare', {}, '', 'Failed'),
    ],
  });
});
afterAll(() => server.close());

it.each<[ResourceOptions, string]>([
  [{ labels: { app: 'web' } }, 'dev web'],
  [{ labels: { app: ['web', 'api'] } }, 'api dev web'],
  [{ labels: { tier: exists } }, 'api db web'],
  [{ labels: { tier: '' } }, 'api'],
  [{ labels: { tier: ['', 'back'] } }, 'api db'],
  [{ labels: { tier: not('') } }, 'bare db dev web'],
  [{ labels: { canary: notExists } }, 'api bare web'],
  [{ labels: { track: not('beta') } }, 'bare db dev web'],
  [{ labels: { track: not('beta', 'dev') } }, 'bare db web'],
  [{ labels: { app: ['web', 'api'], canary: notExists, tier: exists, track: not('beta', 'dev') } }, 'web'],
  [
    {
      labels: {
        matchLabels: { app: 'web' },
        matchExpressions: [
          { key: 'track', operator: 'Exists' },
          { key: 'track', operator: 'NotIn', values: ['dev'] },
        ],
      },
    },
    'web',
  ],
  [{ fields: { 'spec.nodeName': 'a' } }, 'api web'],
  [{ fields: { 'spec.nodeName': '' } }, 'bare db'],
  [{ fields: { 'spec.nodeName': not('') } }, 'api dev web'],
  [{ fields: { 'status.phase': not('Running') } }, 'api bare db'],
  [{ fields: { 'status.phase': not('Running', 'Failed') } }, 'api db'],
  [{ fields: { 'status.phase': not('Running'), 'spec.nodeName': 'a' } }, 'api'],
  [{ fields: { 'metadata.name': not('web') }, labels: { app: 'web' } }, 'dev'],
  [{ name: 'web', labels: { track: not('stable') } }, ''],
])('%j selects %j', async (options, expected) => {
  const cluster = fetchCluster({ url: server.url, headers: { authorization: `Bearer ${server.token}` } });
  const { items } = await lastValueFrom(cluster.resource(Pods, options).api.list({}, {}), {
    defaultValue: { items: [] },
  });
  expect(
    items
      .map(({ metadata: { name } }) => name)
      .sort()
      .join(' '),
  ).toBe(expected);
});

import { setTimeout as sleep } from 'node:timers/promises';
import { GROUP, type Script } from './script.ts';
import type { JsonObject } from './transcript.ts';

interface CrdOptions {
  readonly group?: string;
  readonly kind: string;
  readonly hasStatus: boolean;
}

export function crd({ group = GROUP, kind, hasStatus }: CrdOptions): JsonObject {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular, kind, listKind: `${kind}List` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } },
          ...(hasStatus ? { subresources: { status: {} } } : {}),
        },
      ],
    },
  };
}

export const GADGETS_CRD = crd({ kind: 'Gadget', hasStatus: true });
export const PLAINS_CRD = crd({ kind: 'Plain', hasStatus: false });
export const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Creates a CustomResourceDefinition, and waits until its objects can be listed. */
export async function install(t: Script, definition: JsonObject): Promise<void> {
  const { status, body } = await t.aside('POST', CRDS, {}, definition);
  if (status !== 201) throw new Error(`the CustomResourceDefinition was refused: ${JSON.stringify(body)}`);
  const { group, names } = definition['spec'] as { group: string; names: { plural: string } };
  await served(t, `/apis/${group}/v1/${names.plural}`);
}

/** Waits until a new resource is there, and listed from the cache as well. */
async function served(t: Script, path: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answers = [await t.aside('GET', path), await t.aside('GET', path, { resourceVersion: '0' })];
    if (answers.every(({ status }) => status === 200)) return;
    if (Date.now() > deadline) throw new Error(`${path} is not served: ${answers.map(({ status }) => status).join()}`);
    await sleep(50);
  }
}

/** Waits until a resource is gone: that takes a moment longer than its watches. */
export async function removed(t: Script, path: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while ((await t.aside('GET', path)).status !== 404) {
    if (Date.now() > deadline) throw new Error(`${path} is still there`);
    await sleep(50);
  }
}

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import type { Kind } from '../../../src/kind.js';
import type { Admin, KubeObject } from '../admin.ts';

/**
 * A document of the files here. Its `status` is set through the subresource of that name; with a `subresource` of its own it is a patch
 * of an object above it.
 */
interface Fixture extends KubeObject {
  readonly status?: unknown;
  readonly subresource?: string;
}

/**
 * Creates all of them, in the namespace `default`. A field that the server does not know is an error. Those with a finalizer are deleted
 * in the end, and stay.
 */
export async function applyFixtures(admin: Admin, kinds: readonly Kind[]): Promise<void> {
  const strict = { fieldValidation: 'Strict' };
  const kept: string[] = [];
  // In the order of their names: pods (v1-…) refer to classes.
  for (const file of globSync(join(import.meta.dirname, '*.yaml')).sort()) {
    for (const { subresource, status, ...object } of loadAll(readFileSync(file, 'utf8')) as Fixture[]) {
      const kind = kinds.find((one) => apiVersionOf(one) === object.apiVersion && one.kind === object.kind);
      if (kind === undefined) throw new Error(`${file}: no kind is a ${object.apiVersion ?? ''} ${object.kind ?? ''}`);
      const collection = collectionOf(kind);
      if (subresource !== undefined) {
        const path = `${collection}/${object.metadata.name ?? ''}/${subresource}`;
        await admin.patch(path, { ...object, status }, 'strategic', strict);
        continue;
      }
      const { metadata } = await admin.create(collection, object, strict);
      const path = `${collection}/${metadata.name ?? ''}`;
      if (status !== undefined) await admin.patch(`${path}/status`, { status }, 'merge', strict);
      if ('finalizers' in object.metadata) kept.push(path);
    }
  }
  for (const path of kept) await admin.delete(path);
}

export function apiVersionOf({ group, version }: Kind): string {
  return group === '' ? version : `${group}/${version}`;
}

function collectionOf(kind: Kind): string {
  const [root, within] = [kind.group === '' ? '/api' : '/apis', kind.namespaced ? '/namespaces/default' : ''];
  return `${root}/${apiVersionOf(kind)}${within}/${kind.plural}`;
}

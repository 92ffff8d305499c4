import type { Kind } from '../kind.js';
import type { JsonObject } from './json.js';

/** `v1`, `apps/v1`. */
export function apiVersionOf({ group, version }: Kind): string {
  return group === '' ? version : `${group}/${version}`;
}

/**
 * Reduces objects to `apiVersion`, `kind` and `metadata`. A `PartialObjectMetadata` no longer knows what it is the metadata of:
 * it gets the type of the request. A full object, of a server that cannot do it, keeps its own.
 */
export function reduceToMetadata(kind: Kind): (object: JsonObject) => JsonObject {
  const asked = { apiVersion: apiVersionOf(kind), kind: kind.kind };
  return (object) => {
    const { apiVersion, kind: own, metadata } = object;
    return own === 'PartialObjectMetadata' ? { ...asked, metadata } : { apiVersion, kind: own, metadata };
  };
}

import type { Clock } from './clock.js';
import { revisionOf, type ListOptions } from './list-options.js';
import { apiVersionOf } from './resources.js';
import { badRequest, expired, tooLarge } from './status.js';
import type { Collection, Storage } from './storage.js';
import type { Form, Version } from './version.js';

/** How long the server waits for a revision that it has not seen (B4). */
export const TOO_LARGE_WAIT = 3_000;

export interface ListRequest {
  readonly collection: Collection;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly form: Form;
}

export interface Listed {
  readonly versions: readonly Version[];
  readonly revision: number;
  readonly continueToken?: string;
  readonly remaining?: number;
}

export interface StorageOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly watchCache: boolean;
  readonly watchList: boolean;
}

interface Token {
  /** −1 for the newest, which does not fit to the pages before. */
  readonly rv: number;
  readonly start: string;
}

/** What a list answers. @throws ApiError */
export function list(request: ListRequest, options: ListOptions, { storage, watchCache }: StorageOptions): Listed {
  const { collection } = request;
  const { resourceVersion, resourceVersionMatch, continueToken } = options;
  const { revision } = storage;
  // The watch cache knows no pages where any state will do.
  const limit = resourceVersion === '0' && watchCache ? 0 : options.limit;

  if (continueToken !== '') {
    if (resourceVersion !== '' && resourceVersion !== '0')
      throw badRequest('specifying resource version is not allowed when using continue');
    const { rv, start } = decode(continueToken);
    if (rv < 0) return page(request, options, collection.sorted(), revision, limit, start);
    if (rv < oldestList(collection, storage, watchCache)) throw expired(CONTINUE_EXPIRED, encode({ rv: -1, start }));
    return page(request, options, collection.at(rv), rv, limit, start);
  }
  if (resourceVersion === '' || resourceVersion === '0')
    return page(request, options, collection.sorted(), revision, limit);

  const asked = seen(listRevision(resourceVersion), storage, watchCache);
  const exact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && limit > 0);
  if (!exact) return page(request, options, collection.sorted(), revision, limit);
  if (asked < oldestList(collection, storage, watchCache))
    throw expired('The resourceVersion for the provided list is too old.');
  return page(request, options, collection.at(asked), asked, limit);
}

/** Lists tell in an error of their own that a resourceVersion is none. */
export function listRevision(resourceVersion: string): number {
  try {
    return revisionOf(resourceVersion);
  } catch (error) {
    throw badRequest(`invalid resource version: ${(error as Error).message}`);
  }
}

/** @throws ApiError 504 for a revision that has not been seen; it may come (B4) */
export function seen(asked: number, { revision }: Storage, watchCache: boolean): number {
  if (asked > revision) throw tooLarge(asked, revision, watchCache ? 1 : undefined);
  return asked;
}

const CONTINUE_EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** Exact lists come from etcd until it is compacted, and from the snapshots of the watch cache as far as it goes back. */
function oldestList({ forgotten, cachedSince }: Collection, { compacted }: Storage, watchCache: boolean): number {
  return Math.max(forgotten, watchCache ? Math.min(compacted, cachedSince) : compacted);
}

function page(
  { namespace }: ListRequest,
  { selects }: ListOptions,
  all: readonly Version[],
  revision: number,
  limit: number,
  start = '',
): Listed {
  const prefix = namespace === undefined ? '' : `${namespace}/`;
  const first = prefix + start;
  const inScope = all.filter(({ key }) => key.startsWith(prefix) && key >= first);
  const selected = selects === undefined ? inScope : inScope.filter(({ object }) => selects(object));
  if (limit <= 0 || selected.length <= limit) return { versions: selected, revision };
  const versions = selected.slice(0, limit);
  const last = versions.at(-1)?.key.slice(prefix.length) ?? '';
  return {
    versions,
    revision,
    continueToken: encode({ rv: revision, start: `${last}\0` }),
    // An estimate that is only made where nothing is selected (A7).
    ...(selects === undefined ? { remaining: selected.length - limit } : {}),
  };
}

function encode({ rv, start }: Token): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start })).toString('base64url');
}

function decode(token: string): Token {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Partial<Token> & {
      readonly v?: string;
    };
    if (v === 'meta.k8s.io/v1' && rv !== undefined && rv !== 0 && start !== undefined) return { rv, start };
  } catch {
    // As below: what it was does not matter.
  }
  throw badRequest('invalid continue token: continue key is not valid');
}

/** The body, in the pieces it is made of: what comes before the first item, each item, the rest. */
export function listBody(
  { collection, version, form }: ListRequest,
  { versions, revision, continueToken, remaining }: Listed,
): Buffer[] {
  const { resource } = collection;
  const partial = form === 'metadata';
  const alphabetical = resource.custom && !partial;
  const apiVersion = apiVersionOf(resource.group, version);
  const kind = JSON.stringify(partial ? 'PartialObjectMetadataList' : resource.listKind);
  const metadata = JSON.stringify({
    // The lists of custom resources always say it (A7).
    ...(continueToken === undefined && !alphabetical ? {} : { continue: continueToken ?? '' }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
    resourceVersion: String(revision),
  });
  const listVersion = JSON.stringify(partial ? 'meta.k8s.io/v1' : apiVersion);
  const head = alphabetical
    ? `{"apiVersion":${listVersion},"items":[`
    : `{"kind":${kind},"apiVersion":${listVersion},"metadata":${metadata},"items":[`;
  const tail = alphabetical ? `],"kind":${kind},"metadata":${metadata}}\n` : ']}\n';
  const typed = partial || resource.custom;
  const items = versions.map((one, index) =>
    Buffer.from((index === 0 ? '' : ',') + (typed ? one.text(form, apiVersion, resource.custom) : one.untyped(form))),
  );
  return [Buffer.from(head), ...items, Buffer.from(tail)];
}

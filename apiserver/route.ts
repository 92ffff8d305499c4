import { flag } from './list-options.js';

/** What a request is about, as RBAC names it. */
export interface RequestInfo {
  readonly verb: Verb;
  /** Path and query, as it came. */
  readonly url: string;
  /** `''` for the core group, and where it is no resource that is asked for. */
  readonly group: string;
  readonly version: string;
  /** Plural. `''` where it is no resource that is asked for. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly query: URLSearchParams;
  readonly path: string;
}

/** What is done with a resource, in the words of RBAC. */
export type Verb = (typeof VERBS)[number];

export const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const;

const RESOURCE =
  /^\/(?:api\/(?<core>v\d\w*)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<subresource>[^/]+))?)?$/;

/** `namespaces` is a resource of its own, and the way into one for all others. */
const NAMESPACE =
  /^\/api\/(?<core>v\d\w*)\/(?<plural>namespaces)\/(?<name>[^/]+)(?:\/(?<subresource>status|finalize))?$/;

const VERB_OF: Readonly<Record<string, Verb>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** @returns undefined for a method that no API server knows what to do with, and a URL that cannot be read */
export function route(method: string, url: string): RequestInfo | undefined {
  const verb = VERB_OF[method];
  if (verb === undefined) return undefined;
  const parsed = URL.parse(url, 'http://server');
  if (parsed === null || !isDecodable(parsed.pathname)) return undefined;
  const { pathname, searchParams: query } = parsed;
  const path = pathname.replace(/\/+$/, '') || '/';
  const found = (NAMESPACE.exec(path) ?? RESOURCE.exec(path))?.groups ?? {};
  const {
    core,
    group = '',
    version = '',
    namespace,
    plural = '',
    name = '',
    subresource = '',
  } = found as Partial<Record<string, string>>;
  return {
    verb: refine(verb, plural !== '' && name === '', query),
    url,
    path,
    group,
    version: core ?? version,
    resource: plural,
    subresource,
    namespace: namespace === undefined ? undefined : decodeURIComponent(namespace),
    name: decodeURIComponent(name),
    query,
  };
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function refine(verb: Verb, isCollection: boolean, query: URLSearchParams): Verb {
  if (!isCollection) return verb;
  if (verb === 'get') return (flag(query, 'watch') ?? false) ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

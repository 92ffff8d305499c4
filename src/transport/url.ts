import type { Kind } from '../kind.js';
import type { ListParams, WatchParams } from '../protocol/messages.js';

/** Which objects of a kind: all of them, unless something is given. What is given has to hold at once. */
export interface ResourceOptions {
  /** Default: all namespaces. */
  readonly namespace?: string;
  /** One object: becomes the field selector `metadata.name`, as watching one object by its path is deprecated (A12). */
  readonly name?: string;
  /** `{ app: 'web' }` is `app=web`; `{ app: ['web', 'api'] }` is `app in (web,api)`. */
  readonly labels?: Readonly<Record<string, string | readonly string[]>>;
  /** `{ 'spec.nodeName': 'node-1' }`; which fields there are depends on the kind. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Asks for `apiVersion`, `kind` and `metadata` only, and reduces what a server sends all the same. Default: false. */
  readonly metadataOnly?: boolean;
}

/** Where the requests of a source go, and what they select: validated, and in one spelling for one meaning. */
export interface Scope {
  /** `/api/v1/namespaces/default/pods`. */
  readonly path: string;
  /** `app=web,tier in (a,b)`; `''` selects everything. */
  readonly labelSelector: string;
  readonly fieldSelector: string;
  /** For messages: `pods in namespace "default"`. */
  readonly label: string;
}

/**
 * Validates what to watch and says where it is.
 *
 * @throws RangeError naming the option and its value, for whatever a server would refuse or take for something else.
 */
export function resourceScope(kind: Kind, { namespace, name, labels = {}, fields = {} }: ResourceOptions = {}): Scope {
  if (namespace !== undefined) {
    if (!kind.namespaced) throw wrong('namespace', namespace, `left out: ${kind.id} have no namespace`);
    if (!NAMESPACE.test(namespace)) throw wrong('namespace', namespace, 'the name of a namespace, or left out for all');
  }
  if (name !== undefined && !NAME.test(name)) throw wrong('name', name, 'the name of an object, or left out for all');
  if (name !== undefined && fields['metadata.name'] !== undefined) {
    throw wrong("fields['metadata.name']", fields['metadata.name'], 'left out: `name` says it already');
  }
  const segments = [
    ...(kind.group === '' ? ['api'] : ['apis', kind.group]),
    kind.version,
    ...(namespace === undefined ? [] : ['namespaces', namespace]),
    kind.plural,
  ];
  return {
    path: segments.map((segment) => `/${encodeURIComponent(segment)}`).join(''),
    labelSelector: labelSelector(labels),
    fieldSelector: fieldSelector(name === undefined ? fields : { ...fields, 'metadata.name': name }),
    label: [
      kind.id,
      ...(name === undefined ? [] : [JSON.stringify(name)]),
      ...(kind.namespaced ? [namespace === undefined ? 'in all namespaces' : `in namespace "${namespace}"`] : []),
    ].join(' '),
  };
}

/** The path and query of one page of a list. */
export function listPath(scope: Scope, { limit, continue: token, ...params }: ListParams): string {
  // The token carries the resourceVersion: saying it again is refused (A5), and so is a match for none.
  const resourceVersion = token === undefined && params.resourceVersion !== '' ? params.resourceVersion : undefined;
  const resourceVersionMatch = resourceVersion === undefined ? undefined : params.resourceVersionMatch;
  return path(scope, { limit, continue: token, resourceVersion, resourceVersionMatch });
}

/** The path and query of a watch (A8). */
export function watchPath(scope: Scope, { resourceVersion, timeoutSeconds, sendInitialEvents }: WatchParams): string {
  return path(scope, {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion,
    timeoutSeconds,
    sendInitialEvents,
    // Required with `sendInitialEvents` and refused without (H1, A8).
    resourceVersionMatch: sendInitialEvents === true ? 'NotOlderThan' : undefined,
  });
}

/** What events call `from`: readable, the same for the same source, different for different ones. */
export function resourceFrom(cluster: string, kind: Kind, options: ResourceOptions = {}): string {
  const { labelSelector, fieldSelector } = resourceScope(kind, options);
  return [
    cluster,
    `${kind.id}/${kind.version}`,
    ...(kind.namespaced ? [options.namespace === undefined ? 'in all namespaces' : `in ${options.namespace}`] : []),
    ...(options.metadataOnly === true ? ['metadata only'] : []),
    ...(labelSelector === '' ? [] : [`labels ${labelSelector}`]),
    // Last, as nothing else can hold any text.
    ...(fieldSelector === '' ? [] : [`fields ${fieldSelector}`]),
  ].join(' ');
}

// None of these can hold what a path or a selector gives a meaning to: they would select something else than was meant.
const NAMESPACE = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const NAME = /^(?!\.{1,2}$)[^\s/%,=!()\\]+$/;
const LABEL_KEY = /^([A-Za-z0-9.-]+\/)?[A-Za-z0-9._-]+$/;
const LABEL_VALUE = /^[A-Za-z0-9._-]*$/;
const FIELD_KEY = /^[^\s,=!()\\]+$/;

function labelSelector(labels: NonNullable<ResourceOptions['labels']>): string {
  return inOrder(labels)
    .map(([key, value]) => {
      if (!LABEL_KEY.test(key)) throw wrong('a key of labels', key, 'the name of a label');
      if (typeof value === 'string') return `${key}=${labelValue(key, value)}`;
      // `in ()` would not select nothing, but the empty value.
      if (!Array.isArray(value) || value.length === 0) throw wrong(`labels['${key}']`, value, 'one value or several');
      const values = new Set(value.map((one) => labelValue(key, one)));
      return `${key} in (${[...values].sort().join(',')})`;
    })
    .join(',');
}

function labelValue(key: string, value: unknown): string {
  if (typeof value !== 'string' || !LABEL_VALUE.test(value)) throw wrong(`labels['${key}']`, value, 'a label value');
  return value;
}

function fieldSelector(fields: Readonly<Record<string, string>>): string {
  return inOrder(fields)
    .map(([key, value]) => {
      if (!FIELD_KEY.test(key)) throw wrong('a key of fields', key, 'the path of a field');
      if (typeof value !== 'string') throw wrong(`fields['${key}']`, value, 'a string');
      // Unlike a label, a field can hold any text; field selectors have an escape for it.
      return `${key}=${value.replace(/[\\,=]/g, '\\$&')}`;
    })
    .join(',');
}

function inOrder<V>(record: Readonly<Record<string, V>>): [string, V][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

function path(scope: Scope, params: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const { labelSelector, fieldSelector } = scope;
  const selectors = { labelSelector: labelSelector || undefined, fieldSelector: fieldSelector || undefined };
  const query = Object.entries({ ...params, ...selectors }).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encoded(value)}`],
  );
  return query.length === 0 ? scope.path : `${scope.path}?${query.join('&')}`;
}

/** JSON can have half of a character in a text, which `encodeURIComponent` throws at: what a server sends comes back as it can. */
function encoded(value: string | number | boolean): string {
  return encodeURIComponent(String(value).replace(/\p{Surrogate}/gu, '\ufffd'));
}

function wrong(what: string, value: unknown, expected: string): RangeError {
  return new RangeError(
    `${what} must be ${expected}, got ${value === undefined ? 'undefined' : JSON.stringify(value)}`,
  );
}

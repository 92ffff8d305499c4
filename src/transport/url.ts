import type { Kind } from '../kind.js';
import type { ListParams, WatchParams } from '../protocol/messages.js';
import { fieldSelector, isText, labelSelector, wrong, type FieldSelection, type LabelSelection } from './selectors.js';

/** Which objects of a kind: all of them, unless something is given. What is given has to hold at once. */
export interface ResourceOptions {
  /** Default: all namespaces. */
  readonly namespace?: string | undefined;
  /** One object: becomes the field selector `metadata.name`, as watching one object by its path is deprecated (A12). */
  readonly name?: string | undefined;
  /**
   * `{ app: 'web' }` is `app=web`, and `{ app: ['web', 'api'] }` is `app in (api,web)`. `{ tier: exists, canary: notExists }` is
   * `!canary,tier`, and `{ track: not('beta') }` is `track!=beta`, which an object without that label meets, too. What an object selects
   * can be given as it is: `deployment.spec.selector` for its pods. Default: whatever labels there are; but `undefined` is refused, as a
   * selector that is missing by mistake would select everything.
   */
  readonly labels?: LabelSelection;
  /**
   * `{ 'spec.nodeName': 'node-1', 'status.phase': not('Failed') }` is `spec.nodeName=node-1,status.phase!=Failed`; which fields there are
   * depends on the kind. Default: whatever is in them; `undefined` is refused here, too.
   */
  readonly fields?: FieldSelection;
  /** Asks for `apiVersion`, `kind` and `metadata` only, and reduces what a server sends all the same. Default: false. */
  readonly metadataOnly?: boolean | undefined;
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
export function resourceScope(kind: Kind, options: ResourceOptions = {}): Scope {
  const { namespace, name, labels, fields } = { labels: {}, fields: {}, ...options };
  const selectedFields = fieldSelector(fields);
  if (namespace !== undefined) {
    if (!kind.namespaced) throw wrong('namespace', namespace, `left out: ${kind.id} have no namespace`);
    if (!isText(namespace, NAMESPACE))
      throw wrong('namespace', namespace, 'the name of a namespace, or left out for all');
  }
  if (name !== undefined && !isText(name, NAME))
    throw wrong('name', name, 'the name of an object, or left out for all');
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
    fieldSelector: name === undefined ? selectedFields : fieldSelector({ ...fields, 'metadata.name': name }),
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

// None of these can hold what a path or a selector gives a meaning to: they would name something else than was meant.
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const NAME = /^(?!\.{1,2}$)[^\s/%,=!()\\]{1,253}$/;

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

import type { Collection } from './storage.js';
import { fieldSelector, labelSelector, type FieldSelector, type Predicate } from './selectors.js';
import { apiVersionOf } from './resources.js';
import { badRequest, invalidOptions } from './status.js';

/** The parameters of a list or watch. */
export interface ListOptions {
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly limit: number;
  readonly continueToken: string;
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly selects: Predicate | undefined;
}

/** @throws ApiError 400 for what cannot be read, 422 for what does not go together. */
export function listOptions(
  query: URLSearchParams,
  { resource }: Collection,
  version: string,
  isWatch: boolean,
): ListOptions {
  const labels = labelSelector(query.get('labelSelector') ?? '');
  const fields = fieldSelector(
    query.get('fieldSelector') ?? '',
    apiVersionOf(resource.group, version),
    resource.kind,
    resource.fields,
  );
  const options = {
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    limit: integer(query, 'limit') ?? 0,
    continueToken: query.get('continue') ?? '',
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: flag(query, 'sendInitialEvents'),
    timeoutSeconds: integer(query, 'timeoutSeconds'),
    selects: both(labels, fields),
  };
  (isWatch ? checkWatch : checkList)(options);
  return options;
}

type Checked = Omit<ListOptions, 'selects'>;

function checkList({ resourceVersion, resourceVersionMatch: match, continueToken, sendInitialEvents }: Checked): void {
  if (sendInitialEvents !== undefined)
    throw invalidOptions('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  if (match === '') return;
  if (continueToken !== '')
    throw invalidOptions('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided');
  if (resourceVersion === '')
    throw invalidOptions(
      'resourceVersionMatch',
      'resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  checkMatch(match);
  if (match === 'Exact' && resourceVersion === '0')
    throw invalidOptions('resourceVersionMatch', 'resourceVersionMatch "Exact" is forbidden for resourceVersion "0"');
}

function checkWatch({ resourceVersionMatch: match, sendInitialEvents }: Checked): void {
  if (sendInitialEvents === undefined) {
    if (match !== '')
      throw invalidOptions(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      );
    return;
  }
  if (match !== 'NotOlderThan')
    throw invalidOptions(
      'resourceVersionMatch',
      'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
}

function checkMatch(match: string): void {
  if (match !== 'Exact' && match !== 'NotOlderThan')
    throw invalidOptions('resourceVersionMatch', `supported values: "Exact", "NotOlderThan"`);
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (!/^-?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return Number(value);
}

function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  return value === null ? undefined : !['false', '0'].includes(value.toLowerCase());
}

function both(labels: Predicate | undefined, fields: FieldSelector | undefined): Predicate | undefined {
  if (labels === undefined || fields === undefined) return labels ?? fields?.matches;
  return (object) => labels(object) && fields.matches(object);
}

import type { Collection } from './storage.js';
import { fieldSelector, labelSelector, type FieldSelector, type Predicate } from './selectors.js';
import { ApiError, badRequest, invalidOptions, type Cause } from './status.js';

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

/**
 * @param mode `watchList`: a watch where streaming lists are served
 * @throws ApiError 400 for what cannot be read, 422 for what does not go together.
 */
export function listOptions(
  query: URLSearchParams,
  { resource }: Collection,
  mode: 'list' | 'watch' | 'watchList',
): ListOptions {
  const labels = labelSelector(query.get('labelSelector') ?? '');
  const fields = fieldSelector(query.get('fieldSelector') ?? '', resource);
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
  const causes = mode === 'list' ? listCauses(options) : watchCauses(options, mode === 'watchList');
  if (causes.length > 0) throw invalidOptions(causes);
  return options;
}

type Checked = Omit<ListOptions, 'selects'>;

const MATCH = 'resourceVersionMatch';

// The order is that of apimachinery's ValidateListOptions: clients look at the first cause.
function listCauses({
  resourceVersion,
  resourceVersionMatch: match,
  continueToken,
  sendInitialEvents,
}: Checked): Cause[] {
  return [
    ...forbidden(
      match !== '' && resourceVersion === '',
      MATCH,
      `${MATCH} is forbidden unless resourceVersion is provided`,
    ),
    ...forbidden(match !== '' && continueToken !== '', MATCH, `${MATCH} is forbidden when continue is provided`),
    ...unsupported(match, ['Exact', 'NotOlderThan', '']),
    ...forbidden(
      match === 'Exact' && resourceVersion === '0',
      MATCH,
      `${MATCH} "exact" is forbidden for resourceVersion "0"`,
    ),
    ...forbidden(sendInitialEvents !== undefined, 'sendInitialEvents', 'sendInitialEvents is forbidden for list'),
  ];
}

function watchCauses(
  { resourceVersionMatch: match, sendInitialEvents, continueToken }: Checked,
  watchList: boolean,
): Cause[] {
  const isList = sendInitialEvents !== undefined;
  return [
    ...forbidden(
      isList && match !== 'NotOlderThan',
      MATCH,
      `sendInitialEvents requires setting ${MATCH} to NotOlderThan`,
    ),
    ...forbidden(
      isList && !watchList,
      'sendInitialEvents',
      'sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled',
    ),
    ...forbidden(
      match !== '' && !isList,
      MATCH,
      `${MATCH} is forbidden for watch unless sendInitialEvents is provided`,
    ),
    ...(match === '' ? [] : unsupported(match, ['NotOlderThan'])),
    ...forbidden(match !== '' && continueToken !== '', MATCH, `${MATCH} is forbidden when continue is provided`),
  ];
}

function forbidden(isIt: boolean, field: string, why: string): Cause[] {
  return isIt ? [{ reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field }] : [];
}

function unsupported(match: string, supported: readonly string[]): Cause[] {
  if (supported.includes(match)) return [];
  const values = supported.map((value) => JSON.stringify(value)).join(', ');
  const message = `Unsupported value: ${JSON.stringify(match)}: supported values: ${values}`;
  return [{ reason: 'FieldValueNotSupported', message, field: MATCH }];
}

const MAX_UINT64 = 2n ** 64n - 1n;

/** The number that a resourceVersion is for etcd. @throws ApiError 500 without a reason, as storage errors that nobody translates are */
export function revisionOf(text: string): number {
  const flaw = !/^\d+$/.test(text) ? 'invalid syntax' : BigInt(text) > MAX_UINT64 ? 'value out of range' : undefined;
  if (flaw !== undefined) {
    const value = JSON.stringify(text);
    throw new ApiError(
      500,
      '',
      `resourceVersion: Invalid value: ${value}: strconv.ParseUint: parsing ${value}: ${flaw}`,
    );
  }
  return Number(text);
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  if (!/^-?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`);
  return Number(value);
}

/** Anything but `false` and `0` is true. */
export function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  return value === null ? undefined : !['false', '0'].includes(value.toLowerCase());
}

function both(labels: Predicate | undefined, fields: FieldSelector | undefined): Predicate | undefined {
  if (labels === undefined || fields === undefined) return labels ?? fields?.matches;
  return (object) => labels(object) && fields.matches(object);
}

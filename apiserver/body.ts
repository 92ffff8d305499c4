import type { Call } from './exchange.js';
import { isJson, type Json } from './objects.js';
import type { DeleteOptions } from './registry.js';
import { ApiError, badRequest, invalid } from './status.js';

const MERGE_PATCH = 'application/merge-patch+json';
/** Known to kube-apiserver, and beyond what is modelled here. */
const OTHER_PATCHES = [
  'application/json-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

/** @param kind what it should be, for the message. @throws ApiError 400 or 415 */
export function objectBody(call: Call, kind: string): Json {
  const type = typeOf(call);
  if (type !== '' && type !== 'application/json') throw unsupported('application/json');
  const object = json(
    call,
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error`,
  );
  if (!isJson(object)) throw badRequest(`the object provided is unrecognized (must be of type ${kind})`);
  return object;
}

/** A merge patch (RFC 7386). @throws ApiError 400 or 415 */
export function patchBody(call: Call): Json {
  const type = typeOf(call);
  if (OTHER_PATCHES.includes(type)) throw unsupported(MERGE_PATCH);
  if (type !== MERGE_PATCH) throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  const patch = json(call, 'invalid JSON patch');
  if (!isJson(patch)) throw badRequest('error decoding patch: it is not an object');
  return patch;
}

const POLICIES = ['Foreground', 'Background', 'Orphan'];

/** @throws ApiError 400 or 422 */
export function deleteBody(call: Call): DeleteOptions {
  if (call.body === '') return {};
  const options = json(call, "couldn't get version/kind; json parse error");
  if (!isJson(options)) throw badRequest("couldn't get version/kind; json parse error");
  const { kind = 'DeleteOptions', apiVersion = 'v1', propagationPolicy = 'Background', preconditions = {} } = options;
  if (kind !== 'DeleteOptions')
    throw badRequest(`no kind "${String(kind)}" is registered for version "${String(apiVersion)}"`);
  if (!POLICIES.includes(propagationPolicy as string)) {
    const supported = [...POLICIES, 'nil'].map((policy) => JSON.stringify(policy)).join(', ');
    const message = `Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: ${supported}`;
    throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
      { reason: 'FieldValueNotSupported', message, field: 'propagationPolicy' },
    ]);
  }
  return isJson(preconditions) ? { preconditions } : {};
}

function typeOf(call: Call): string {
  return (call.header('content-type') ?? '').split(';')[0]?.trim() ?? '';
}

function json({ body }: Call, problem: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw badRequest(problem);
  }
}

function unsupported(accepted: string): ApiError {
  return new ApiError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  );
}

import { randomUUID } from 'node:crypto';
import { discovery } from './discovery.js';
import type { Answer, Call, Headers } from './exchange.js';
import {
  list,
  listBody,
  stillTooLarge,
  TOO_LARGE_WAIT,
  type Listed,
  type ListRequest,
  type StorageOptions,
} from './list.js';
import { listOptions, type ListOptions } from './list-options.js';
import { isJson, without, type ApiObject, type Json, type ObjectInput } from './objects.js';
import type { DeleteOptions, Registry, Target } from './registry.js';
import { keyOf } from './registry.js';
import { apiVersionOf, idOf } from './resources.js';
import type { RequestInfo } from './route.js';
import { ApiError, badRequest, unauthorized } from './status.js';
import type { Form } from './version.js';
import { startWatch } from './watch.js';

/** What a token may do: everything, nothing (403), or what a function says. A token that is not there is not known (401). */
export type Verdict = 'allowed' | 'forbidden' | ((request: RequestInfo) => boolean);

export interface ApiOptions extends StorageOptions {
  readonly registry: Registry;
  /** By token; `''` is who brings none. */
  readonly tokens: ReadonlyMap<string, Verdict>;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT_TYPE = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
const HEALTH = ['/healthz', '/livez', '/readyz'];
/** Larger answers are compressed for who can read that (B11). */
const GZIP_FROM = 128 * 1024;

/** Answers one request, as kube-apiserver does. It never throws. */
export function answerCall(call: Call, info: RequestInfo, answer: Answer, api: ApiOptions): void {
  const reply = new Reply(call, info, answer);
  try {
    dispatch(call, info, reply, api);
  } catch (error) {
    reply.error(
      error instanceof ApiError
        ? error
        : new ApiError(500, 'InternalError', `Internal error occurred: ${String(error)}`, {
            causes: [{ message: String(error) }],
          }),
    );
  }
}

function dispatch(call: Call, info: RequestInfo, reply: Reply, api: ApiOptions): void {
  const { path, verb, resource, group, version, subresource } = info;
  if (HEALTH.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))) return reply.text(200, 'ok');
  authorize(call, info, api.tokens);
  if (resource === '' || verb === 'get') {
    const document = discovery(path, api.storage);
    if (document !== undefined) return reply.json(200, document);
  }
  const collection = api.storage.find(group, version, resource);
  if (collection === undefined || (info.namespace !== undefined && !collection.resource.namespaced))
    return reply.text(404, '404 page not found\n');
  if (subresource !== '' && !(subresource === 'status' && collection.resource.status)) throw subresourceNotFound();
  const form = formOf(call.header('accept') ?? '', verb);
  const request = { collection, version, namespace: info.namespace, form };
  if (verb === 'list' || verb === 'watch') {
    const options = listOptions(info.query, collection, version, verb === 'watch');
    return verb === 'list' ? sendList(request, options, api, reply) : reply.watch(request, options, api);
  }
  write(call, info, request, reply, api);
}

function authorize(call: Call, info: RequestInfo, tokens: ReadonlyMap<string, Verdict>): void {
  const { verb, group, resource, namespace, name, path } = info;
  const token = /^Bearer\s+(.*)$/i.exec(call.header('authorization') ?? '')?.[1] ?? '';
  const verdict = tokens.get(token) ?? (token === '' ? 'forbidden' : undefined);
  if (verdict === undefined) throw unauthorized();
  const isAllowed = verdict === 'allowed' || (verdict !== 'forbidden' && verdict(info));
  if (isAllowed) return;
  const user = token === '' ? 'system:anonymous' : 'user';
  if (resource === '')
    throw new ApiError(403, 'Forbidden', `forbidden: User "${user}" cannot ${verb} path "${path}"`, {});
  const scope = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  throw new ApiError(
    403,
    'Forbidden',
    `${idOf({ group, plural: resource })}${name === '' ? '' : ` "${name}"`} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${scope}`,
    { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource },
  );
}

/** What the client can read. @throws ApiError 406 when that is nothing that is made here */
function formOf(accept: string, verb: string): Form {
  for (const type of accept.split(',').map((one) => one.trim().split(';'))) {
    const [media = '', ...parameters] = type.map((part) => part.trim());
    if (!['', '*/*', 'application/*', 'application/json'].includes(media)) continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (as === undefined) return 'object';
    if (as === (verb === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata')) return 'metadata';
  }
  throw new ApiError(406, 'NotAcceptable', 'only the following media types are accepted: application/json');
}

function sendList(request: ListRequest, options: ListOptions, api: ApiOptions, reply: Reply): void {
  const listed = list(request, options, api);
  if (!('waitFor' in listed)) return reply.list(request, listed);
  const cancel = api.clock.after(TOO_LARGE_WAIT, () => {
    try {
      const again = list(request, options, api);
      if ('waitFor' in again) throw stillTooLarge(again.waitFor, api);
      reply.list(request, again);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      reply.error(error);
    }
  });
  reply.onClose(cancel);
}

function write(
  call: Call,
  info: RequestInfo,
  { collection, version, namespace, form }: ListRequest,
  reply: Reply,
  api: ApiOptions,
): void {
  const { verb, name } = info;
  const { registry } = api;
  const { resource } = collection;
  if (resource.namespaced && namespace === undefined) {
    if (verb !== 'create') return reply.text(404, '404 page not found\n');
    throw badRequest('the server could not find the requested resource');
  }
  const target: Target = { collection, version, namespace, name };
  const subresource = info.subresource === 'status' ? 'status' : undefined;
  const send = (code: number, object: ApiObject): void => reply.object(code, object, target, form);
  switch (verb) {
    case 'get':
      return send(200, registry.get(target));
    case 'create':
      if (name !== '') throw methodNotAllowed();
      return send(201, registry.create(target, body(call)));
    case 'update':
      if (name === '') throw methodNotAllowed();
      return send(200, registry.update(target, body(call), subresource).object);
    case 'patch':
      if (name === '') throw methodNotAllowed();
      return send(200, registry.patch(target, patchOf(call), subresource).object);
    case 'delete': {
      const { object, gone } = registry.delete(target, call.body === '' ? {} : (body(call) as DeleteOptions));
      if (gone !== true || RETURNED.has(idOf(resource))) return send(200, object);
      const details = {
        name,
        ...(resource.group === '' ? {} : { group: resource.group }),
        kind: resource.plural,
        uid: object.metadata.uid,
      };
      return reply.json(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
    }
    case 'deletecollection':
      return deleteCollection(info, target, form, reply, api);
    case 'list':
    case 'watch':
      throw new Error(`${verb} writes nothing`);
  }
}

/** Kinds whose deletion is answered with the object rather than with a Status. */
const RETURNED = new Set([
  'namespaces',
  'persistentvolumeclaims',
  'persistentvolumes',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'serviceaccounts',
  'services',
]);

function deleteCollection(info: RequestInfo, target: Target, form: Form, reply: Reply, api: ApiOptions): void {
  const { collection, version, namespace } = target;
  const request = { collection, version, namespace, form };
  const listed = list(request, listOptions(info.query, collection, version, false), api);
  if ('waitFor' in listed) throw stillTooLarge(listed.waitFor, api);
  for (const { object } of listed.versions) {
    const { name, namespace: inside } = object.metadata;
    if (collection.get(keyOf(inside, name)) !== undefined) api.registry.delete({ ...target, namespace: inside, name });
  }
  reply.list(request, listed);
}

function body(call: Call): ObjectInput {
  const type = call.header('content-type') ?? '';
  if (/protobuf|cbor|yaml/.test(type))
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: application/json`,
    );
  let value: unknown;
  try {
    value = JSON.parse(call.body);
  } catch (error) {
    throw badRequest(`the object provided is unrecognized (must be of type JSON): ${(error as Error).message}`);
  }
  if (!isJson(value)) throw badRequest('the object provided is unrecognized (must be of type JSON)');
  return value;
}

const PATCH_TYPE = 'application/merge-patch+json';

function patchOf(call: Call): Json {
  const type = (call.header('content-type') ?? '').split(';')[0]?.trim() ?? '';
  if (type !== PATCH_TYPE)
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${PATCH_TYPE}`,
    );
  return body(call);
}

function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

function subresourceNotFound(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

/** The answer, in the forms that API servers give it. */
class Reply {
  readonly #call: Call;
  readonly #info: RequestInfo;
  readonly #answer: Answer;

  constructor(call: Call, info: RequestInfo, answer: Answer) {
    this.#call = call;
    this.#info = info;
    this.#answer = answer;
  }

  onClose(callback: () => void): void {
    this.#answer.onClose(callback);
  }

  text(code: number, text: string): void {
    this.#send(code, TEXT_TYPE, [Buffer.from(text)]);
  }

  json(code: number, value: unknown, headers: Headers = {}): void {
    this.#body(code, [Buffer.from(`${JSON.stringify(value)}\n`)], headers);
  }

  error({ status }: ApiError): void {
    const { retryAfterSeconds } = status.details ?? {};
    this.json(status.code, status, retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) });
  }

  object(code: number, object: ApiObject, { collection, version }: Target, form: Form): void {
    const { metadata } = object;
    if (form === 'metadata')
      return this.json(code, { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata });
    const apiVersion = apiVersionOf(collection.resource.group, version);
    const { kind } = object;
    const rest = without(object, 'kind', 'apiVersion');
    this.json(code, collection.resource.custom ? { apiVersion, kind, ...rest } : { kind, apiVersion, ...rest });
  }

  list(request: ListRequest, listed: Listed): void {
    this.#body(200, listBody(request, listed), {});
  }

  watch(request: ListRequest, options: ListOptions, api: ApiOptions): void {
    const isList = options.sendInitialEvents === true || ['', '0'].includes(options.resourceVersion);
    // 1.37 compresses the watches that begin with a list, each write as a member of its own (D9).
    const headers = { ...this.#headers(JSON_TYPE), ...(isList && this.#readsGzip ? GZIPPED : {}) };
    startWatch(request, options, api, this.#answer, headers);
  }

  get #readsGzip(): boolean {
    return /\bgzip\b/.test(this.#call.header('accept-encoding') ?? '');
  }

  /** People's clients get lines that people can read. */
  get #isPretty(): boolean {
    const asked = this.#info.query.get('pretty');
    if (asked !== null) return !['false', '0'].includes(asked);
    return /^(curl|Mozilla\/5\.0|Wget)/.test(this.#call.header('user-agent') ?? '');
  }

  #body(code: number, chunks: readonly Buffer[], headers: Headers): void {
    const all = { ...JSON_TYPE, ...headers };
    if (this.#isPretty) {
      const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
      return this.#send(code, all, [Buffer.from(`${JSON.stringify(value, null, 2)}\n`)]);
    }
    const size = chunks.reduce((sum, { length }) => sum + length, 0);
    this.#send(code, size > GZIP_FROM && this.#readsGzip ? { ...all, ...GZIPPED } : all, chunks);
  }

  #send(code: number, headers: Headers, chunks: readonly Buffer[]): void {
    this.#answer.head(code, this.#headers(headers));
    for (const chunk of chunks) this.#answer.write(chunk);
    this.#answer.end();
  }

  #headers(headers: Headers): Headers {
    return { 'audit-id': randomUUID(), 'cache-control': 'no-cache, private', ...headers };
  }
}

const GZIPPED = { 'content-encoding': 'gzip', vary: 'Accept-Encoding' };

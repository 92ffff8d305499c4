import { deleteBody, objectBody, patchBody } from './body.js';
import { discovery } from './discovery.js';
import type { Answer, Call } from './exchange.js';
import { list, listRevision, seen, TOO_LARGE_WAIT, type ListRequest, type StorageOptions } from './list.js';
import { listOptions, revisionOf } from './list-options.js';
import type { ApiObject } from './objects.js';
import { keyOf, type Registry, type Target } from './registry.js';
import { Reply } from './reply.js';
import { BUILT_IN, idOf } from './resources.js';
import type { RequestInfo } from './route.js';
import { ApiError, badRequest, notFound, unauthorized, unknownResource } from './status.js';
import type { Form } from './version.js';

/** What a token may do: everything, nothing (403), or what a function says. A token that is not there is not known (401). */
export type Verdict = 'allowed' | 'forbidden' | ((request: RequestInfo) => boolean);

export interface ApiOptions extends StorageOptions {
  readonly registry: Registry;
  /** By token; `''` is who brings none. */
  readonly tokens: ReadonlyMap<string, Verdict>;
}

const HEALTH = ['/healthz', '/livez', '/readyz'];

/** Answers one request, as kube-apiserver does. It never throws. */
export function answerCall(call: Call, info: RequestInfo, answer: Answer, api: ApiOptions): void {
  const reply = new Reply(call, info, answer);
  reply.attempt(() => dispatch(call, info, reply, api));
}

function dispatch(call: Call, info: RequestInfo, reply: Reply, api: ApiOptions): void {
  const { path, verb, resource, group, version, namespace, subresource } = info;
  if (HEALTH.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))) return reply.text(200, 'ok');
  authorize(call, info, api.tokens);
  if (resource === '' || verb === 'get') {
    const document = discovery(path, api.storage);
    if (document !== undefined) return reply.json(200, document);
  }
  const collection = api.storage.find(group, version, resource);
  if (collection === undefined || (namespace !== undefined && !collection.resource.namespaced)) {
    // A group that kube-apiserver serves itself knows what it does not have.
    if (BUILT_IN.some((known) => known.group === group && known.versions.includes(version))) throw unknownResource();
    return reply.text(404, '404 page not found\n');
  }
  if (subresource !== '' && !(subresource === 'status' && collection.resource.status))
    throw collection.resource.custom ? notFound(collection.resource, info.name) : unknownResource();
  const form = formOf(call.header('accept') ?? '', verb);
  const request = { collection, version, namespace, form };
  if (verb === 'list' || verb === 'watch') {
    const options = listOptions(info.query, collection, verb === 'watch' && api.watchList ? 'watchList' : verb);
    if (verb === 'watch') return reply.watch(request, options, api);
    return whenFresh(api, reply, () => reply.list(request, list(request, options, api)));
  }
  if (collection.resource.namespaced && namespace === undefined && verb !== 'deletecollection') throw unknownResource();
  if (verb === 'get') return whenFresh(api, reply, () => read(info, request, reply, api));
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

const ACCEPTABLE = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** What the client can read: the first of its formats that is known. @throws ApiError 406 when it knows none */
function formOf(accept: string, verb: string): Form {
  const types = accept.split(',').map((type) => type.split(';').map((part) => part.trim()));
  const known = types.filter(([media = '']) => ['', '*/*', 'application/json'].includes(media));
  for (const [, ...parameters] of known) {
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (as === undefined) return 'object';
    if (as === (verb === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata')) return 'metadata';
  }
  throw known.length === 0
    ? new ApiError(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${ACCEPTABLE}`, {})
    : new ApiError(406, 'NotAcceptable', `only the following media types are accepted: ${ACCEPTABLE}`);
}

/** A revision that the server has not seen may come: the watch cache waits for it, once and for 3 s (B4). */
function whenFresh(api: ApiOptions, reply: Reply, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ApiError && error.status.code === 504) || !api.watchCache) throw error;
    reply.onClose(api.clock.after(TOO_LARGE_WAIT, () => reply.attempt(action)));
  }
}

function read(
  { name, query }: RequestInfo,
  { collection, version, namespace, form }: ListRequest,
  reply: Reply,
  api: ApiOptions,
): void {
  const { storage, watchCache, registry } = api;
  const resourceVersion = query.get('resourceVersion') ?? '';
  if (resourceVersion !== '') seen((watchCache ? revisionOf : listRevision)(resourceVersion), storage, watchCache);
  const target = { collection, version, namespace, name };
  reply.object(200, registry.get(target), target, form);
}

function write(
  call: Call,
  info: RequestInfo,
  request: ListRequest,
  reply: Reply,
  { registry, ...api }: ApiOptions,
): void {
  const { verb, name } = info;
  const { collection, version, namespace, form } = request;
  const { kind, group, plural, custom } = collection.resource;
  if (name === '' && verb !== 'create' && verb !== 'deletecollection') {
    if (custom) throw badRequest('name must be provided');
    throw methodNotAllowed();
  }
  const target: Target = { collection, version, namespace, name };
  const subresource = info.subresource === 'status' ? 'status' : undefined;
  const send = (code: number, object: ApiObject): void => reply.object(code, object, target, form);
  switch (verb) {
    case 'create':
      if (name !== '' && !custom) throw methodNotAllowed();
      return send(201, registry.create(target, objectBody(call, kind)));
    case 'update':
      return send(200, registry.update(target, objectBody(call, kind), subresource).object);
    case 'patch':
      return send(200, registry.patch(target, patchBody(call), subresource).object);
    case 'delete': {
      const { object, gone } = registry.delete(target, deleteBody(call));
      if (gone !== true || RETURNED.has(idOf(collection.resource))) return send(200, object);
      const details = { name, ...(group === '' ? {} : { group }), kind: plural, uid: object.metadata.uid };
      return reply.json(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
    }
    case 'deletecollection': {
      const listed = list(request, listOptions(info.query, collection, 'list'), api);
      for (const { object } of listed.versions) {
        const { name: one, namespace: inside } = object.metadata;
        // The deletion of one can take others with it.
        if (collection.get(keyOf(inside, one)) !== undefined)
          registry.delete({ ...target, namespace: inside, name: one });
      }
      return reply.list(request, listed);
    }
    case 'get':
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

function methodNotAllowed(): ApiError {
  return new ApiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

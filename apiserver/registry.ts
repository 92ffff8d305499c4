import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from './clock.js';
import type { ApiObject, Json, ObjectInput, ObjectMeta } from './objects.js';
import { isSame, mergePatch, without } from './objects.js';
import { apiVersionOf, customResource, DEFINITIONS, idOf, NAMESPACES, type Resource } from './resources.js';
import { alreadyExists, ApiError, badRequest, conflict, invalid, notFound } from './status.js';
import type { Collection, Storage } from './storage.js';
import { checkMetadata, invalidValue, metadataCauses } from './validation.js';

/** The object that is meant: in a collection, in a namespace if the kind has them, by name. */
export interface Target {
  readonly collection: Collection;
  /** Of the request; objects of other versions are answered in this one. */
  readonly version: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** What a request asks to be written: of the metadata, as much as it names. */
interface Given {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<ObjectMeta>;
  readonly status?: unknown;
  readonly [field: string]: unknown;
}

/** What a write did. */
export interface Written {
  readonly object: ApiObject;
  /** A deletion that took effect, rather than one that finalizers hold up. */
  readonly gone?: true;
}

/** The rules by which objects are written, those that hold for all kinds alike. Defaulting and admission are not among them. */
export class Registry {
  readonly #storage: Storage;
  readonly #clock: Clock;

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  get({ collection, namespace, name }: Target): ApiObject {
    const version = collection.get(keyOf(namespace, name));
    if (version === undefined) throw notFound(collection.resource, name);
    return version.object;
  }

  /** @param keepStatus what a controller would report later may be given at once by who shares the process */
  create({ collection, version, namespace }: Omit<Target, 'name'>, input: ObjectInput, keepStatus = false): ApiObject {
    const { resource } = collection;
    const given = this.#typed(collection, version, namespace, input);
    const meta = given.metadata;
    if (meta.resourceVersion !== undefined && meta.resourceVersion !== '')
      // As etcd's client says it; nobody makes a better error of it.
      throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created');
    if (namespace !== undefined && this.#storage.collection(NAMESPACES)?.get(namespace) === undefined)
      throw notFound({ group: '', plural: NAMESPACES }, namespace);
    const name = meta.name ?? this.#freeName(collection, namespace, meta.generateName);
    const causes = metadataCauses(resource, name, meta);
    if (causes.length > 0) throw invalid(resource, name, causes);
    const key = keyOf(namespace, name);
    const existing = collection.get(key);
    if (existing !== undefined)
      throw alreadyExists(resource, name, existing.object.metadata.deletionTimestamp !== undefined);
    const object: ApiObject = {
      ...(resource.status && !keepStatus ? without(given, 'status') : given),
      apiVersion: given.apiVersion,
      kind: given.kind,
      metadata: {
        ...kept(meta),
        name,
        ...(namespace === undefined ? {} : { namespace }),
        uid: randomUUID(),
        resourceVersion: '',
        ...(resource.generation ? { generation: 1 } : {}),
        creationTimestamp: this.#time(),
      },
    };
    const created = this.#storage.write(collection, key, object);
    if (idOf(resource) === DEFINITIONS) this.#storage.write(collection, key, this.#established(created));
    return created;
  }

  /** Tries again where a name is taken, as kube-apiserver does since 1.32. */
  #freeName(collection: Collection, namespace: string | undefined, generateName: string | undefined): string {
    if (generateName === undefined) return '';
    let name = '';
    for (let tries = 0; tries < 8; tries++) {
      name = `${generateName}${randomBytes(3).toString('hex').slice(1)}`;
      if (collection.get(keyOf(namespace, name)) === undefined) break;
    }
    return name;
  }

  /** What kube-apiserver's controllers say of a definition as soon as it is served, in a write of its own. Clients wait for it. */
  #established(definition: ApiObject): ApiObject {
    const { names, versions = [] } = definition['spec'] as {
      readonly names: Json;
      readonly versions?: readonly Json[];
    };
    const { singular, listKind } = customResource(definition);
    const condition = (type: string, reason: string, message: string): Json => ({
      type,
      status: 'True',
      lastTransitionTime: this.#time(),
      reason,
      message,
    });
    const status = {
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
      acceptedNames: { ...names, singular, listKind },
      storedVersions: versions.filter((version) => version['storage'] === true).map((version) => version['name']),
    };
    return { ...definition, status };
  }

  /** @param subresource `status` writes nothing else; without it nothing of a kind's status is written */
  update(target: Target, input: ObjectInput, subresource?: 'status'): Written {
    const { collection, version, namespace, name } = target;
    const current = this.get(target);
    const given = this.#typed(collection, version, namespace, input);
    checkName(given.metadata.name, name);
    return this.#replace(target, current, given, subresource);
  }

  patch(target: Target, patch: Json, subresource?: 'status'): Written {
    const { collection, name } = target;
    const current = this.get(target);
    // A patch that names no resourceVersion is applied to whatever there is.
    const patched = mergePatch(current, patch) as Given;
    checkMetadata(patched.metadata);
    checkName(patched.metadata.name, name);
    checkNamespace(patched.metadata.namespace, target.namespace);
    const { uid } = current.metadata;
    if (patched.kind !== current.kind || patched.apiVersion !== current.apiVersion)
      throw invalid(collection.resource, name, [invalidValue('patch', '{…}', 'it changes what the object is')]);
    if (patched.metadata.uid !== uid)
      throw invalid(collection.resource, name, [
        invalidValue('metadata.uid', patched.metadata.uid ?? '', 'field is immutable'),
      ]);
    return this.#replace(target, current, patched, subresource);
  }

  delete(target: Target, { preconditions = {} }: DeleteOptions = {}): Written {
    const { collection, namespace, name } = target;
    const current = this.get(target);
    const { uid, resourceVersion } = current.metadata;
    for (const [what, wanted, is, why] of [
      ['UID', preconditions.uid, uid, 'The object might have been deleted and then recreated'],
      ['ResourceVersion', preconditions.resourceVersion, resourceVersion, 'The object might have been modified'],
    ] as const) {
      if (wanted === undefined || wanted === is) continue;
      const { group, kind } = collection.resource;
      const reason = `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${is}). ${why}`;
      throw conflict({ group, plural: kind }, name, reason);
    }
    const key = keyOf(namespace, name);
    if ((current.metadata.finalizers ?? []).length === 0) {
      if (idOf(collection.resource) === NAMESPACES) this.#empty(name);
      return { object: this.#storage.delete(collection, key) ?? current, gone: true };
    }
    if (current.metadata.deletionTimestamp !== undefined) return { object: current };
    const { generation } = current.metadata;
    const metadata = {
      ...current.metadata,
      ...(generation === undefined ? {} : { generation: generation + 1 }),
      deletionTimestamp: this.#time(),
      deletionGracePeriodSeconds: 0,
    };
    return { object: this.#storage.write(collection, key, { ...current, metadata }) };
  }

  /** What a namespace controller does on a cluster: all that is in the namespace goes first. */
  #empty(namespace: string): void {
    for (const collection of this.#storage.collections()) {
      if (!collection.resource.namespaced) continue;
      for (const { key, object } of collection.sorted()) {
        if (object.metadata.namespace === namespace) this.#storage.delete(collection, key);
      }
    }
  }

  #replace({ collection, namespace, name }: Target, current: ApiObject, given: Given, subresource?: 'status'): Written {
    const { resource } = collection;
    const { metadata: now } = current;
    const wanted = given.metadata;
    const causes = metadataCauses(resource, name, wanted, now);
    if (causes.length > 0) throw invalid(resource, name, causes);
    if (wanted.uid !== undefined && wanted.uid !== '' && wanted.uid !== now.uid)
      throw conflict(
        resource,
        name,
        `StorageError: invalid object, Code: 4, Key: /registry/${resource.plural}/${keyOf(namespace, name)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${now.uid}`,
      );
    if (wanted.resourceVersion === undefined || wanted.resourceVersion === '') {
      if (resource.custom)
        throw invalid({ group: resource.group, kind: resource.plural }, name, [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: 0: must be specified for an update',
            field: 'metadata.resourceVersion',
          },
        ]);
    } else if (!/^\d+$/.test(wanted.resourceVersion)) {
      throw new ApiError(
        500,
        '',
        `strconv.ParseUint: parsing ${JSON.stringify(wanted.resourceVersion)}: invalid syntax`,
      );
    } else if (wanted.resourceVersion !== now.resourceVersion) {
      throw conflict(
        resource,
        name,
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    }

    const isStatus = subresource === 'status';
    const next = isStatus
      ? { ...without(current, 'status'), ...('status' in given ? { status: given.status } : {}) }
      : resource.status
        ? { ...without(given, 'status'), ...('status' in current ? { status: current['status'] } : {}) }
        : given;
    const hasNewSpec =
      !isSame(without(next, 'metadata', 'status'), without(current, 'metadata', 'status')) ||
      (!resource.status && !isSame(next.status, current['status']));
    const object: ApiObject = {
      ...next,
      apiVersion: current.apiVersion,
      kind: current.kind,
      metadata: {
        // The status of a custom resource comes alone.
        ...(isStatus && resource.custom ? now : kept(wanted)),
        name: now.name,
        ...(now.namespace === undefined ? {} : { namespace: now.namespace }),
        uid: now.uid,
        resourceVersion: now.resourceVersion,
        ...(now.generation === undefined ? {} : { generation: now.generation + (hasNewSpec ? 1 : 0) }),
        creationTimestamp: now.creationTimestamp,
        ...(now.deletionTimestamp === undefined
          ? {}
          : {
              deletionTimestamp: now.deletionTimestamp,
              deletionGracePeriodSeconds: now.deletionGracePeriodSeconds ?? 0,
            }),
      },
    };
    // Nothing is written where nothing changes: no revision, no event.
    if (isSame(object, current)) return { object: current };
    const key = keyOf(namespace, name);
    if (now.deletionTimestamp !== undefined && (object.metadata.finalizers ?? []).length === 0) {
      this.#storage.delete(collection, key);
      // The last word about it carries the revision it had before.
      return { object, gone: true };
    }
    return { object: this.#storage.write(collection, key, object) };
  }

  /** @throws ApiError where the body is not of the kind, or the namespace, of the request */
  #typed({ resource }: Collection, version: string, namespace: string | undefined, input: ObjectInput): Given {
    const apiVersion = apiVersionOf(resource.group, version);
    const { kind, apiVersion: givenVersion = apiVersion, metadata = {} } = input;
    checkMetadata(metadata);
    if (resource.custom) this.#checkCustom(resource, apiVersion, input);
    else if ((kind ?? resource.kind) !== resource.kind || givenVersion !== apiVersion)
      throw badRequest(
        `${kind ?? ''} in version "${givenVersion.split('/').at(-1) ?? ''}" cannot be handled as a ${resource.kind}: no kind "${kind ?? ''}" is registered for version "${givenVersion}"`,
      );
    checkNamespace(metadata['namespace'], namespace);
    return { ...input, apiVersion, kind: resource.kind, metadata };
  }

  /** A custom resource has to say what it is. */
  #checkCustom(resource: Resource, expected: string, { kind, apiVersion, metadata = {} }: ObjectInput): void {
    if (kind === undefined)
      throw badRequest(
        `the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing`,
      );
    if (apiVersion !== expected)
      throw badRequest(
        `the API version in the data (${apiVersion ?? ''}) does not match the expected API version (${expected})`,
      );
    if (kind === resource.kind) return;
    const name = metadata['name'];
    throw invalid({ group: resource.group, kind }, typeof name === 'string' ? name : '', [
      invalidValue('kind', kind, `must be ${resource.kind}`),
    ]);
  }

  #time(): string {
    return new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function checkName(given: unknown, expected: string): void {
  if (typeof given !== 'string' || given === '')
    throw badRequest(`the name of the object (${expected} based on URL) was undeterminable: name must be provided`);
  if (given !== expected)
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${expected})`);
}

function checkNamespace(given: unknown, expected: string | undefined): void {
  if (given !== undefined && given !== '' && given !== expected)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/** Of the metadata that is given, what the server keeps: not what it sets itself, and nothing that is empty. */
function kept(meta: Partial<ObjectMeta>): Partial<ObjectMeta> {
  const given = without(meta, 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'managedFields');
  const isEmpty = (value: unknown): boolean =>
    value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(given).filter(([, value]) => !isEmpty(value)));
}

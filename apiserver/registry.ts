import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from './clock.js';
import type { ApiObject, Json, ObjectInput, ObjectMeta } from './objects.js';
import { isJson, isSame, mergePatch, without } from './objects.js';
import { apiVersionOf, idOf, NAMESPACES } from './resources.js';
import { alreadyExists, badRequest, conflict, invalid, notFound, type Cause } from './status.js';
import type { Collection, Storage } from './storage.js';

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

/** RFC 1123 subdomain, as apimachinery's message quotes it. */
const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const NAME = new RegExp(`^${SUBDOMAIN}$`);

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
      throw badRequest('resourceVersion should not be set on objects to be created');
    if (namespace !== undefined && this.#storage.collection(NAMESPACES)?.get(namespace) === undefined)
      throw notFound({ group: '', plural: NAMESPACES }, namespace);
    const name =
      meta.name ??
      (meta.generateName === undefined ? '' : `${meta.generateName}${randomBytes(3).toString('hex').slice(1)}`);
    const causes = nameCauses(name);
    if (causes.length > 0) throw invalid(resource, name, causes);
    const key = keyOf(namespace, name);
    if (collection.get(key) !== undefined) throw alreadyExists(resource, name);
    const object: ApiObject = {
      ...(resource.status && !keepStatus ? without(given, 'status') : given),
      apiVersion: given.apiVersion,
      kind: given.kind,
      metadata: {
        ...(without(
          meta,
          'deletionTimestamp',
          'deletionGracePeriodSeconds',
          'selfLink',
          'managedFields',
        ) as Partial<ObjectMeta>),
        name,
        ...(namespace === undefined ? {} : { namespace }),
        uid: randomUUID(),
        resourceVersion: '',
        ...(resource.generation ? { generation: 1 } : {}),
        creationTimestamp: this.#time(),
      },
    };
    return this.#storage.write(collection, key, object);
  }

  /** @param subresource `status` writes nothing else; without it nothing of a kind's status is written */
  update(target: Target, input: ObjectInput, subresource?: 'status'): Written {
    const { collection, version, namespace, name } = target;
    const current = this.get(target);
    const given = this.#typed(collection, version, namespace, input);
    if (given.metadata.name !== name)
      throw badRequest(
        `the name of the object (${text(given.metadata.name)}) does not match the name on the URL (${name})`,
      );
    return this.#replace(target, current, given, subresource);
  }

  patch(target: Target, patch: Json, subresource?: 'status'): Written {
    const current = this.get(target);
    // A patch that names no resourceVersion is applied to whatever there is.
    const patched = mergePatch(current, patch) as Given;
    if (!isJson(patched.metadata)) throw badRequest('metadata must be an object');
    return this.#replace(target, current, patched, subresource);
  }

  delete(target: Target, { preconditions = {} }: DeleteOptions = {}): Written {
    const { collection, namespace, name } = target;
    const current = this.get(target);
    const { uid, resourceVersion } = current.metadata;
    for (const [what, field, wanted, is] of [
      ['UID', 'UID', preconditions.uid, uid],
      ['ResourceVersion', 'ResourceVersion', preconditions.resourceVersion, resourceVersion],
    ] as const) {
      if (wanted !== undefined && wanted !== is)
        throw conflict(
          collection.resource,
          name,
          `Precondition failed: ${what} in precondition: ${wanted}, ${field} in object meta: ${is}`,
        );
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
    if (wanted.uid !== undefined && wanted.uid !== '' && wanted.uid !== now.uid)
      throw conflict(
        resource,
        name,
        `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${now.uid}`,
      );
    if (wanted.resourceVersion === undefined || wanted.resourceVersion === '') {
      if (resource.custom)
        throw invalid(resource, name, [
          {
            reason: 'FieldValueInvalid',
            message: 'Invalid value: 0: must be specified for an update',
            field: 'metadata.resourceVersion',
          },
        ]);
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
        ...(isStatus && !resource.custom ? now : (without(wanted, 'managedFields', 'selfLink') as Partial<ObjectMeta>)),
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
    const { kind = resource.kind, apiVersion: givenVersion = apiVersion, metadata = {} } = input;
    if (kind !== resource.kind || givenVersion !== apiVersion) {
      throw badRequest(
        `${kind} in version "${givenVersion.split('/').at(-1) ?? ''}" cannot be handled as a ${resource.kind}: no kind "${kind}" is registered for version "${givenVersion}"`,
      );
    }
    if (!isJson(metadata)) throw badRequest('metadata must be an object');
    const inside = metadata['namespace'];
    if (inside !== undefined && inside !== '' && inside !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    return { ...input, apiVersion, kind, metadata };
  }

  #time(): string {
    return new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function nameCauses(name: string): readonly Cause[] {
  if (name === '') {
    const message = 'Required value: name or generateName is required';
    return [{ reason: 'FieldValueRequired', message, field: 'metadata.name' }];
  }
  if (NAME.test(name) && name.length <= 253) return [];
  const message = `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;
  return [{ reason: 'FieldValueInvalid', message, field: 'metadata.name' }];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

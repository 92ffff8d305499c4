import type { OperatorFunction } from 'rxjs';
import { mapObjects } from '../../operators/map-objects.js';
import type { KubernetesObject, ResourceOf, WatchEvent } from '../events.js';
import { deferManagedFields } from '../transport/managed-fields.js';

/** A class of client-node's models, as its generator writes them. */
export interface ModelClass<T extends object = object> {
  /** An object without a property yet. */
  new (): T;
  /** Its properties: the name in the class, the name in JSON, and the type, as a name: `V1PodSpec`, `Array<string>`, `Date`. */
  getAttributeTypeMap(): readonly {
    readonly name: string;
    readonly baseName: string;
    readonly type: string;
  }[];
}

/** The names in `Models` that are the classes of kinds: `'V1Pod'`, `'V1Deployment'` …, and not `'V1PodSpec'` or `'V1PodList'`. */
export type ModelName<Models> = keyof {
  [
    N in keyof Models & string as Models[N] extends ModelClass<infer T>
      ? Required<T> extends { kind: string; metadata: { generateName?: string } }
        ? N
        : never
      : never
  ]: N;
};

/** What client-node calls the class of the objects of these events: `V1Pod`, `CoreV1Event`. Any name where types do not say what they are. */
type ClassNameOf<E> = E extends { readonly object: infer T }
  ? T extends { readonly apiVersion: infer A extends string; readonly kind: infer K extends string }
    ? A extends `${infer G}/${infer V}`
      ? ClassName<G, V, K>
      : ClassName<'core', A, K>
    : string
  : never;

type ClassName<G extends string, V extends string, K extends string> = G extends `${infer First}.${string}`
  ? ClassName<First, V, K>
  : `${'' | Capitalize<G>}${Capitalize<V>}${K}`;

/** The objects of the class that `Models` has by this name. */
export type ModelOf<Models, N extends keyof Models> = Models[N] extends ModelClass<infer T> ? T : never;

/**
 * Makes the object of each event an instance of a class of `@kubernetes/client-node`, for code that is written for these: a `V1Pod`, with
 * a `Date` for each time and classes all the way down. The other events it leaves alone.
 *
 * ```txt
 * -i-a-I-b-A-|    i init, a initApply, I initDone, b apply, A delete
 *
 * > asModels(k8s, 'V1Pod')
 *
 * -i-x-I-y-X-|    x y X: the same events with V1Pods
 * ```
 *
 * ```ts
 * import * as k8s from '@kubernetes/client-node';
 * import { appliedObjects, watch$ } from 'rxkube';
 * import { Pod } from 'rxkube/kinds';
 * import { asModels, connect } from 'rxkube/node';
 *
 * watch$(connect().resource(Pod))
 *   .pipe(asModels(k8s, 'V1Pod'), appliedObjects())
 *   .subscribe(({ metadata }) => console.log(metadata.name, 'is of', metadata.creationTimestamp?.getFullYear()));
 * ```
 *
 * What client-node does not know is dropped, and its names are used (`_default`), as in what it reads itself. A `V1MicroTime` keeps the
 * milliseconds of a time with microseconds. Quantities stay text, and ports and percentages numbers or text, as they were sent.
 * `managedFields` are converted when they are read. Nothing is shared with the object that was sent, save what client-node calls `any`.
 *
 * It is for one kind, so kinds are merged after it: `merge(pods$.pipe(asModels(k8s, 'V1Pod')), nodes$.pipe(asModels(k8s, 'V1Node')))`. An
 * object of another kind or version is an error notification. It is cold as its source is, and synchronous: an `interrupted` event can
 * still be answered behind it. Errors, relists and completion pass.
 *
 * @param models what `@kubernetes/client-node` exports; classes of custom resources can be added to it: `{ ...k8s, V1Widget }`.
 * @param name what the class is called there: by version and kind, `V1Pod`, with or without the first word of the API group, which
 * client-node has where several groups have such a kind: `CoreV1Event`, `EventsV1Event`.
 * @throws TypeError at once when `models` has no class of a kind by this name.
 */
export function asModels<E extends WatchEvent, Models extends object, N extends ModelName<Models> & ClassNameOf<E>>(
  models: Models,
  name: N,
): OperatorFunction<E, WatchEvent<ModelOf<Models, N> & KubernetesObject, ResourceOf<E>>> {
  // Of `N` the compiler does not know that it is text.
  const type: string = name;
  const convert = new Conversions(models).ofKind(type);
  return mapObjects((object: KubernetesObject & { readonly apiVersion?: unknown; readonly kind?: unknown }) => {
    const { apiVersion, kind } = object;
    if (typeof apiVersion === 'string' && typeof kind === 'string') {
      const names = classNamesOf(apiVersion, kind);
      if (!names.includes(type)) {
        const right = `${names.join(' or ')} for ${apiVersion} ${kind}`;
        throw new TypeError(
          `asModels: name must be ${right}, got ${JSON.stringify(type)}; kinds are merged after asModels`,
        );
      }
    }
    return convert(object) as ModelOf<Models, N> & KubernetesObject;
  });
}

/** {@link ClassNameOf}, of an object. */
function classNamesOf(apiVersion: string, kind: string): readonly string[] {
  const [version = '', group = 'core'] = apiVersion.split('/').reverse();
  const name = `${capitalized(version)}${kind}`;
  return [name, `${capitalized(group.replace(/\..*/, ''))}${name}`];
}

function capitalized(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

type Conversion = (value: unknown) => unknown;

/** What becomes of a value of each of the types that attributes name. Each is worked out once, when it is first met. */
class Conversions {
  readonly #models: Readonly<Record<string, unknown>>;
  readonly #known = new Map<string, Conversion>();

  constructor(models: object) {
    if (!isRecord(models)) {
      throw new TypeError(`models must be what @kubernetes/client-node exports, got ${typeof models}`);
    }
    this.#models = models;
  }

  ofKind(name: string): Conversion {
    const model = this.#models[name];
    if (
      !isModel(model) ||
      !isModel(this.#models['V1ObjectMeta']) ||
      !model.getAttributeTypeMap().some(({ name, type }) => name === 'metadata' && type === 'V1ObjectMeta')
    ) {
      throw new TypeError(
        `name must be that of the class of a kind in @kubernetes/client-node, got ${JSON.stringify(name)}`,
      );
    }
    return this.#of(name);
  }

  #of(type: string): Conversion {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    const conversion = this.#make(type);
    this.#known.set(type, conversion);
    return conversion;
  }

  #make(type: string): Conversion {
    const element = /^Array<(.*)>$/.exec(type)?.[1];
    if (element !== undefined) {
      const convert = this.#of(element);
      return (value) => (Array.isArray(value) ? value.map((each) => convert(each)) : value);
    }
    const entry = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
    if (entry !== undefined) {
      const convert = this.#of(entry);
      return (value) =>
        isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, convert(each)])) : value;
    }
    const model = type === 'Date' ? Date : this.#models[type];
    if (isTime(model)) return (value) => (typeof value === 'string' ? new model(value) : value);
    return isModel(model) ? this.#instance(model) : (value) => value;
  }

  #instance(model: ModelClass): Conversion {
    // Not before it is needed: a JSON schema has properties that are JSON schemas.
    let attributes: ReadonlyMap<string, { readonly name: string; readonly convert: Conversion }> | undefined;
    return (value) => {
      if (!isRecord(value)) return value;
      attributes ??= new Map(
        model.getAttributeTypeMap().map(({ baseName, name, type }) => [baseName, { name, convert: this.#of(type) }]),
      );
      const instance = new model() as Record<string, unknown>;
      for (const key of Object.keys(value)) {
        const attribute = attributes.get(key);
        if (attribute === undefined) continue;
        const { name, convert } = attribute;
        // They are near half of an object, text until they are read, and hardly anybody does.
        if (key === 'managedFields') deferManagedFields(instance, new Deferred(() => convert(value[key])));
        else instance[name] = convert(value[key]);
      }
      return instance;
    };
  }
}

/** Converts when the value is first read. */
class Deferred {
  #convert: (() => unknown) | undefined;
  #value: unknown;

  constructor(convert: () => unknown) {
    this.#convert = convert;
  }

  get value(): unknown {
    if (this.#convert !== undefined) this.#value = this.#convert();
    this.#convert = undefined;
    return this.#value;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isModel(value: unknown): value is ModelClass {
  return typeof value === 'function' && 'getAttributeTypeMap' in value;
}

function isTime(value: unknown): value is new (text: string) => Date {
  return value === Date || (typeof value === 'function' && value.prototype instanceof Date);
}

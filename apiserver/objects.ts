import { isDeepStrictEqual } from 'node:util';

/** An object as it is stored and sent: JSON, with what every Kubernetes object has. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** The `metadata` of an object that is stored. */
export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly [field: string]: unknown;
}

/** An object as somebody gives it: the server adds the rest. */
export interface ObjectInput {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The same in whatever interface or class somebody has for it: those have no index signature. */
export type ObjectLike =
  | ObjectInput
  | {
      readonly apiVersion?: string | undefined;
      readonly kind?: string | undefined;
      readonly metadata?: object | undefined;
    };

export type Json = Readonly<Record<string, unknown>>;

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7386: `null` removes, objects are merged, all else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJson(patch)) return patch;
  const result = new Map(isJson(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, mergePatch(result.get(name), value));
  }
  return Object.fromEntries(result);
}

/** As it would arrive in a request: a copy that nobody else holds, without what JSON cannot say. */
export function sent<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Without the members that are named. */
export function without(object: Json, ...names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

export const isSame: (a: unknown, b: unknown) => boolean = isDeepStrictEqual;

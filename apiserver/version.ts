import type { ApiObject } from './objects.js';
import { without } from './objects.js';

/** Full objects, or `PartialObjectMetadata` of them. */
export type Form = 'object' | 'metadata';

const PARTIAL = { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' };

/** The type that an object is sent with, its members in Go's order: a struct's as declared, those of the maps that custom resources are in by name. */
export function typeOf(form: Form, kind: string, apiVersion: string, custom: boolean): object {
  if (form === 'metadata') return PARTIAL;
  return custom ? { apiVersion, kind } : { kind, apiVersion };
}

/** An object at one of its revisions. It never changes, so its JSON is made once, however many lists and watches send it. */
export class Version {
  readonly key: string;
  readonly revision: number;
  readonly object: ApiObject;
  readonly #texts = new Map<Form, string>();

  constructor(key: string, revision: number, object: ApiObject) {
    this.key = key;
    this.revision = revision;
    this.object = object;
  }

  /** The same content, said to be of another revision. */
  at(revision: number): Version {
    const { metadata } = this.object;
    return new Version(this.key, revision, {
      ...this.object,
      metadata: { ...metadata, resourceVersion: String(revision) },
    });
  }

  /** As JSON, with its type first. @param apiVersion the one that was asked for */
  text(form: Form, apiVersion: string, custom: boolean): string {
    const type = typeOf(form, this.object.kind, apiVersion, custom);
    return `${JSON.stringify(type).slice(0, -1)},${this.untyped(form).slice(1)}`;
  }

  /** As JSON, without its type: the items of built-in kinds' lists (B1). */
  untyped(form: Form): string {
    let text = this.#texts.get(form);
    if (text === undefined) {
      const { metadata } = this.object;
      text = JSON.stringify(
        form === 'metadata' ? { metadata } : { metadata, ...without(this.object, 'kind', 'apiVersion', 'metadata') },
      );
      this.#texts.set(form, text);
    }
    return text;
  }
}

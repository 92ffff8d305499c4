import type { WatchEvent } from '../../src/events.js';
import type { ApiObject } from '../../apiserver/objects.js';
import type { Committed } from './server.js';

/** What a watch selects. */
export interface Scope {
  readonly namespace: string | undefined;
  readonly label: { readonly key: string; readonly value: string } | undefined;
}

export type View = ReadonlyMap<string, ApiObject>;

/** A change of what a scope selects. */
interface Transition {
  readonly revision: number;
  readonly key: string;
  readonly type: 'apply' | 'delete';
  readonly object: ApiObject;
}

function selects({ namespace, label }: Scope, object: ApiObject): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  return label === undefined || object.metadata.labels?.[label.key] === label.value;
}

/** V(R): what the scope selects at a revision. It is computed from the committed writes alone. */
export function viewAt(log: readonly Committed[], scope: Scope, revision: number): View {
  const view = new Map<string, ApiObject>();
  for (const write of log) {
    if (write.revision > revision) break;
    if (!write.gone && selects(scope, write.object)) view.set(write.key, write.object);
    else view.delete(write.key);
  }
  return view;
}

/** How the view changes, write by write. */
function transitionsOf(log: readonly Committed[], scope: Scope): Transition[] {
  const view = new Map<string, ApiObject>();
  return log.flatMap(({ revision, key, object, gone }): Transition[] => {
    const was = view.get(key);
    const is = !gone && selects(scope, object);
    if (is) {
      view.set(key, object);
      return [{ revision, key, type: 'apply', object }];
    }
    if (was === undefined) return [];
    view.delete(key);
    // What it was last, under the revision at which it went.
    const metadata = { ...was.metadata, resourceVersion: String(revision) };
    return [{ revision, key, type: 'delete', object: { ...was, metadata } }];
  });
}

export class Violation extends Error {
  constructor(invariant: number, what: string) {
    super(`invariant ${invariant}: ${what}`);
    this.name = 'Violation';
  }
}

function keyOf({
  metadata: { namespace = '', name },
}: {
  readonly metadata: { readonly namespace?: string; readonly name: string };
}): string {
  return `${namespace}/${name}`;
}

function say(event: WatchEvent): string {
  if ('object' in event) return `${event.type} ${keyOf(event.object)}@${event.object.metadata.resourceVersion}`;
  if ('resourceVersion' in event) return `${event.type} ${event.resourceVersion}`;
  return event.type === 'init' ? `init ${event.cause}` : event.type;
}

/** Holds one watch to invariants 1 to 6, event by event, against the writes that the server committed. */
export class Oracle {
  readonly #log: () => readonly Committed[];
  readonly #scope: Scope;
  readonly #hadRestore: () => boolean;
  /** Up to where everything was said; undefined before the first list. */
  #position: number | undefined;
  /** While a list is under way. */
  #listing: Map<string, ApiObject> | undefined;
  #cause = '';
  #lastDelivered = '';
  /** What its events add up to. */
  #known: ReadonlyMap<string, ApiObject> = new Map();
  /** The server went back in time, and the watch does not know yet. */
  #isVoid = false;
  /** It did so during the present list, which may be of both pasts. */
  #isTorn = false;

  /** @param start where the watch begins, if that was said */
  constructor(log: () => readonly Committed[], scope: Scope, start: number | undefined, hadRestore: () => boolean) {
    this.#log = log;
    this.#scope = scope;
    this.#position = start;
    this.#hadRestore = hadRestore;
    if (start !== undefined) this.#known = viewAt(log(), scope, start);
  }

  get known(): ReadonlyMap<string, ApiObject> {
    return this.#known;
  }

  get position(): number | undefined {
    return this.#position;
  }

  get isListing(): boolean {
    return this.#listing !== undefined;
  }

  /** The server was restored from a snapshot: 4, 6 and 18 are void until a list, and so is 3 for the list that is under way. */
  restored(): void {
    this.#isVoid = true;
    this.#isTorn = this.#listing !== undefined;
  }

  get isVoid(): boolean {
    return this.#isVoid;
  }

  event(event: WatchEvent): void {
    switch (event.type) {
      case 'init':
        this.#listing = new Map();
        this.#cause = event.cause;
        this.#isTorn = false;
        return;
      case 'initApply':
        this.#inList(event);
        this.#isReal(event.object);
        this.#listing?.set(keyOf(event.object), event.object as unknown as ApiObject);
        return;
      case 'initDone':
        this.#inList(event);
        return this.#listed(Number(event.resourceVersion));
      case 'apply':
        return this.#change(event, 'apply');
      case 'delete':
        if (this.#listing !== undefined) {
          this.#isReal(event.object);
          this.#listing.delete(keyOf(event.object));
          return;
        }
        return this.#change(event, 'delete');
      case 'bookmark':
      case 'live':
        return this.#progress(event, Number(event.resourceVersion));
      case 'interrupted':
      case 'paused':
        return;
    }
  }

  /** Invariant 5. @param resourceVersion of a watch that is asked for */
  asked(resourceVersion: string): void {
    if (resourceVersion === '' || Number(resourceVersion) === this.#position) return;
    throw new Violation(5, `watched from ${resourceVersion}, but was told everything up to ${String(this.#position)}`);
  }

  #inList(event: WatchEvent): void {
    if (this.#listing === undefined) throw new Violation(1, `${say(event)} without an init`);
  }

  #listed(revision: number): void {
    const listed = this.#listing ?? new Map<string, ApiObject>();
    this.#listing = undefined;
    const view = viewAt(this.#log(), this.#scope, revision);
    if (!this.#isTorn) compare(3, `at initDone ${revision}`, listed, view);
    if (this.#position !== undefined && revision < this.#position && this.#cause !== 'rollback' && !this.#isVoid)
      throw new Violation(6, `the list at ${revision} is older than ${this.#position}`);
    this.#position = revision;
    this.#known = view;
    this.#lastDelivered = '';
    // Any other list cannot tell a state from one that had its resourceVersion before the restore.
    if (this.#cause === 'rollback') this.#isVoid = false;
  }

  #change(event: WatchEvent & { readonly type: 'apply' | 'delete' }, type: 'apply' | 'delete'): void {
    if (this.#listing !== undefined) throw new Violation(1, `${say(event)} inside of a list`);
    if (this.#position === undefined) throw new Violation(1, `${say(event)} before any list`);
    const { resourceVersion } = event.object.metadata;
    if (this.#isVoid) {
      this.#position = Number(resourceVersion);
      return;
    }
    const next = transitionsOf(this.#log(), this.#scope).find(({ revision }) => revision > (this.#position ?? 0));
    const expected = next === undefined ? 'nothing' : `${next.type} ${next.key}@${next.revision}`;
    const was = `${type} ${keyOf(event.object)}@${resourceVersion}`;
    if (was === this.#lastDelivered) throw new Violation(4, `${was} was said twice`);
    if (was !== expected) throw new Violation(4, `${was} was said, and ${expected} was next after ${this.#position}`);
    this.#lastDelivered = was;
    if (next !== undefined)
      compare(2, was, new Map([[next.key, event.object as unknown as ApiObject]]), new Map([[next.key, next.object]]));
    this.#position = Number(resourceVersion);
    const known = new Map(this.#known);
    if (next?.type === 'apply') known.set(next.key, next.object);
    else if (next !== undefined) known.delete(next.key);
    this.#known = known;
  }

  #progress(event: WatchEvent, revision: number): void {
    if (this.#listing !== undefined) throw new Violation(1, `${say(event)} inside of a list`);
    if (this.#position === undefined) throw new Violation(1, `${say(event)} before any list`);
    if (this.#isVoid) {
      this.#position = Math.max(this.#position, revision);
      return;
    }
    if (revision < this.#position) throw new Violation(6, `${say(event)} after ${this.#position}`);
    const skipped = transitionsOf(this.#log(), this.#scope).find(
      (one) => one.revision > (this.#position ?? 0) && one.revision <= revision,
    );
    if (skipped !== undefined)
      throw new Violation(4, `${say(event)}, but ${skipped.type} ${skipped.key}@${skipped.revision} was left out`);
    this.#position = revision;
  }

  /** Invariant 2, for the objects of a list. */
  #isReal(object: {
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string };
  }): void {
    if (this.#isVoid || this.#hadRestore()) return;
    const held = this.#log().some(
      (write) =>
        write.key === keyOf(object) && write.object.metadata.resourceVersion === object.metadata.resourceVersion,
    );
    if (!held) throw new Violation(2, `${keyOf(object)}@${object.metadata.resourceVersion} never was`);
  }
}

export function compare(invariant: number, when: string, is: View, shouldBe: View): void {
  for (const [key, object] of shouldBe) {
    const found = is.get(key);
    if (found === undefined) throw new Violation(invariant, `${when} ${key} is missing`);
    if (text(found) !== text(object))
      throw new Violation(invariant, `${when} ${key} is ${text(found)}, and should be ${text(object)}`);
  }
  for (const key of is.keys())
    if (!shouldBe.has(key)) throw new Violation(invariant, `${when} ${key} should not be there`);
}

/** The order of members does not matter. */
function text(object: unknown): string {
  return JSON.stringify(object, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

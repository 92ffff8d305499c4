import { concat, defer, EMPTY, Subscription, timer, type Observable } from 'rxjs';
import { concatMapByObject } from '../../operators/concat-map-by-object.js';
import { joinBy, type Joined } from '../../operators/join-by.js';
import { byKey } from '../../operators/join-keys.js';
import { groupByObject } from '../../operators/group-by-object.js';
import { reflectInto } from '../../operators/reflect-into.js';
import { shareWatch } from '../../operators/share-watch.js';
import type { KubernetesObject, WatchEvent } from '../../src/events.js';
import { createStore, type Store } from '../../src/store/store.js';
import { compare, Violation, type View } from './oracle.js';

/** What a watch may take for its work on one object. */
const WORK = [0, 0, 1, 700, 5_000];

/** The operators that keep a state of their own, on the events of a watch. All of them have to tell what the watch tells. */
export class Composed {
  readonly subscription = new Subscription();
  /** The last state of each group that is open. */
  readonly #groups = new Map<string, KubernetesObject>();
  /** What was worked on last, of each object that is not known to be gone. */
  readonly #worked = new Map<string, KubernetesObject>();
  readonly #busy = new Set<string>();
  readonly #shared: Observable<WatchEvent>;
  readonly #late: Store<KubernetesObject>[] = [];
  readonly #random: () => number;
  readonly #fail: (violation: Violation) => void;

  constructor(events: Observable<WatchEvent>, random: () => number, fail: (violation: unknown) => void) {
    this.#random = random;
    this.#fail = fail;
    this.#shared = events.pipe(shareWatch());
    this.subscription.add(this.#shared.subscribe());
    this.subscription.add(this.#follow(events));
    this.subscription.add(this.#work(events));
  }

  /** After any event: somebody may come late. */
  told(): void {
    if (this.#late.length === 3 || this.#random() > 0.1) return;
    const store = createStore<KubernetesObject>();
    this.#late.push(store);
    this.subscription.add(this.#shared.pipe(reflectInto(store)).subscribe());
  }

  /** After each event, once a list is complete. */
  check(after: string, known: View): void {
    for (const store of this.#late) compare(24, `after ${after} for who came late`, viewOf(store.values()), known);
    compare(25, `after ${after} in groupByObject()`, asView(this.#groups), known);
  }

  /** Long after the last event. */
  settled(known: View): void {
    if (this.#busy.size > 0) throw new Violation(26, 'concatMapByObject() is still at work');
    compare(26, 'in concatMapByObject(), long after the last event', asView(this.#worked), known);
  }

  #follow(events: Observable<WatchEvent>): Subscription {
    const open = new Subscription();
    const groups = events.pipe(groupByObject()).subscribe((group) => {
      const key = `${group.namespace ?? ''}/${group.name}`;
      if (this.#groups.has(key)) this.#fail(new Violation(25, `${key} has two groups`));
      open.add(
        group.subscribe({
          next: (object) => {
            if (object.metadata.uid !== group.uid) this.#fail(new Violation(25, `${key} got another uid in its group`));
            this.#groups.set(key, object);
          },
          complete: () => this.#groups.delete(key),
        }),
      );
    });
    open.add(groups);
    return open;
  }

  #work(events: Observable<WatchEvent>): Subscription {
    const project = ({ type, object }: { readonly type: string; readonly object: KubernetesObject }) =>
      defer(() => {
        const key = keyOf(object);
        if (this.#busy.has(key)) this.#fail(new Violation(26, `${key} is worked on twice at once`));
        this.#busy.add(key);
        const over = defer(() => {
          this.#busy.delete(key);
          if (type === 'deleted') this.#worked.delete(key);
          else this.#worked.set(key, object);
          return EMPTY;
        });
        const ms = WORK[Math.floor(this.#random() * WORK.length)] ?? 0;
        return concat(ms === 0 ? EMPTY : timer(ms), over);
      });
    return events.pipe(concatMapByObject(project, { concurrent: 2 })).subscribe();
  }
}

/** The join of two watches, by a label that objects change. */
export class ComposedPair {
  readonly subscription: Subscription;
  readonly #store = createStore<Joined<KubernetesObject, KubernetesObject>>();

  constructor(left: Observable<WatchEvent>, right: Observable<WatchEvent>) {
    const keys = byKey(tierOf, tierOf) as ReturnType<typeof byKey<KubernetesObject, KubernetesObject>>;
    this.subscription = left.pipe(joinBy(right, keys), reflectInto(this.#store)).subscribe();
  }

  /** After each event of either, once both have a complete list. */
  check(after: string, left: View, right: View): void {
    const is = this.#store
      .values()
      .map((joined) => [keyOf(joined), { left: joined.left, right: joined.right }] as const);
    const rights = [...right].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    const shouldBe = Array.from(left, ([key, object]) => {
      const partners = rights.filter((other) => tierOf(other) === tierOf(object));
      return [key, { left: object, right: partners }] as const;
    });
    compare(27, `after ${after} in joinBy()`, asView(new Map(is)), asView(new Map(shouldBe)));
  }
}

function tierOf({ metadata }: object & { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } }) {
  return metadata.labels?.['tier'];
}

function keyOf({ metadata: { namespace = '', name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}

function viewOf(objects: readonly KubernetesObject[]): View {
  return asView(new Map(objects.map((object) => [keyOf(object), object])));
}

function asView(objects: ReadonlyMap<string, object>): View {
  return new Map(objects) as unknown as View;
}

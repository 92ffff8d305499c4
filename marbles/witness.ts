import type { KubernetesObject, WatchEvent } from '../src/events.js';
import type { Change } from '../src/store/change.js';
import { difference } from './difference.js';
import type { Server } from './server.js';
import { show, type State } from './values.js';
import type { World } from './world.js';

type Event = WatchEvent | Change<WatchEvent>;

/** What a value says about an object. */
interface Statement {
  readonly object: KubernetesObject;
  /** Undefined where the value does not say it: it is an object, and no event. */
  readonly gone: boolean | undefined;
  readonly servers: readonly Server[];
}

const MARKS: Readonly<Partial<Record<string, string>>> = {
  init: '[',
  initDone: ']',
  live: '~',
  bookmark: '*',
  interrupted: '!',
  paused: '=',
};

/** Knows what the servers gave, and so what is told of it. */
export class Witness {
  readonly #servers: readonly Server[];

  constructor(servers: readonly Server[]) {
    this.#servers = servers;
  }

  /** The character that says what a value is that was told at that step; undefined where only the test knows. */
  mark(value: unknown, step: number): string | undefined {
    if (isEvent(value) && MARKS[value.type] !== undefined) return MARKS[value.type];
    const statement = this.#statement(value);
    if (statement === undefined) return typeof value === 'string' && /^.$/u.test(value) ? value : undefined;
    const { object, gone } = statement;
    for (const { letter, world } of this.#origins(statement)) {
      const last = world.at(letter, step);
      if (last === undefined) continue;
      const isGone = gone ?? (last.gone || last.object.metadata.uid !== object.metadata.uid);
      return isGone ? letter.toUpperCase() : letter;
    }
    return undefined;
  }

  /** In what the object that a value is about is not the very state that its server had given last. */
  flaw(value: unknown, step: number): string | undefined {
    const statement = this.#statement(value);
    if (statement === undefined) return undefined;
    const { object } = statement;
    const gone = /[A-Z]/.test(this.mark(value, step) ?? '');
    const flaws = this.#origins(statement).map(({ letter, world }) => {
      const given = world.at(letter, step, gone ? object.metadata.uid : undefined);
      return difference(given?.object, object, () => []);
    });
    return flaws.includes(undefined) ? undefined : flaws[0];
  }

  /** What a `state('a')` stands for at that step. */
  states({ letter, nth }: State, step: number): readonly unknown[] {
    return this.#servers
      .map(({ world }) => (nth === undefined ? world.at(letter, step)?.object : world.nth(letter, nth)))
      .filter((object) => object !== undefined);
  }

  /** The digit of the list that these objects and this resourceVersion are, if one was given. */
  digit(event: Event, objects: readonly KubernetesObject[], step: number): string | undefined {
    const resourceVersion = 'resourceVersion' in event ? event.resourceVersion : undefined;
    const lists = this.#of(event).flatMap(({ world }) => world.given);
    return lists.findLast(
      (list) =>
        list.at <= step &&
        list.resourceVersion === resourceVersion &&
        difference(list.objects, objects, () => []) === undefined,
    )?.char;
  }

  /** Where an object may be from: of all that have one of this name those that gave this state, if any did. */
  #origins({ object, servers }: Statement): readonly { readonly letter: string; readonly world: World }[] {
    const named = servers.flatMap(({ world }) => {
      const letter = world.letterOf(object);
      return letter === undefined ? [] : [{ letter, world }];
    });
    const exact = named.filter(({ letter, world }) => world.gave(letter, object));
    return exact.length > 0 ? exact : named;
  }

  #statement(value: unknown): Statement | undefined {
    if (isEvent(value)) {
      const gone = value.type === 'delete' || value.type === 'deleted';
      return 'object' in value ? { object: value.object, gone, servers: this.#of(value) } : undefined;
    }
    return isObject(value) ? { object: value, gone: undefined, servers: this.#servers } : undefined;
  }

  #of({ resource, cluster }: Event): readonly Server[] {
    return this.#servers.filter(({ source }) => source.kind.id === resource && source.cluster === cluster);
  }
}

/** For messages: `apply a@3`. */
export function told(value: unknown): string {
  if (isObject(value)) return nameOf(value);
  if (!isEvent(value)) return show(value);
  if ('object' in value) return `${value.type} ${nameOf(value.object)}`;
  switch (value.type) {
    case 'init':
      return `init (${value.cause})`;
    case 'interrupted':
      return `interrupted (${value.error.message}, attempt ${value.attempt}, again in ${value.retryIn} ms)`;
    case 'paused':
      return value.type;
    default:
      return `${value.type} ${value.resourceVersion}`;
  }
}

function nameOf({ metadata: { name, resourceVersion } }: KubernetesObject): string {
  return `${name}@${resourceVersion}`;
}

export function isEvent(value: unknown): value is Event {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['type', 'resource', 'cluster', 'from'].every((name) => typeof Reflect.get(value, name) === 'string')
  );
}

function isObject(value: unknown): value is KubernetesObject {
  if (typeof value !== 'object' || value === null || !('metadata' in value)) return false;
  const { metadata } = value;
  return typeof metadata === 'object' && metadata !== null && 'name' in metadata && 'resourceVersion' in metadata;
}

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tap, type Subscription } from 'rxjs';
import { changes } from '../../operators/changes.js';
import type { KubernetesObject, WatchEvent } from '../../src/events.js';
import { WatchError } from '../../src/errors.js';
import { customResource } from '../../src/kind.js';
import { connect } from '../../src/node/index.js';
import type { Observation, WatchOptions } from '../../src/options.js';
import type { Source } from '../../src/source.js';
import { watch$ } from '../../src/watch.js';
import { GROUP, type Script } from './script.ts';
import type { JsonObject } from './transcript.ts';

const PATIENCE = 30_000;

export const ConfigMaps = customResource()({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' });
export const Gadgets = customResource()({ group: GROUP, version: 'v1', plural: 'gadgets', kind: 'Gadget' });

/** The server as an administrator sees it. */
export function cluster(t: Script): ReturnType<typeof connect> {
  return connect({ kubeconfig: t.server.kubeconfigPath });
}

/** The server as somebody with this token sees it, or with none. */
export async function clusterAs(t: Script, token: string | undefined): Promise<ReturnType<typeof connect>> {
  const config = JSON.parse(await readFile(t.server.kubeconfigPath, 'utf8')) as { users: { user: object }[] };
  for (const entry of config.users) entry.user = token === undefined ? {} : { token };
  const dir = await mkdtemp(join(tmpdir(), 'rxkube-conformance-'));
  try {
    const path = join(dir, 'kubeconfig');
    await writeFile(path, JSON.stringify(config));
    return connect({ kubeconfig: path });
  } finally {
    await rm(dir, { recursive: true });
  }
}

interface FollowOptions extends WatchOptions {
  /** How often a server that is away is asked is a matter of chance: whether it was is told by what comes after. */
  readonly ignoresInterruptions?: boolean;
}

/** A subscription to `watch$`. Only the events that were waited for are recorded. */
export class Followed {
  readonly type = 'events';
  readonly watch: string;
  readonly options: JsonObject;
  readonly events: JsonObject[] = [];
  readonly #said: JsonObject[] = [];
  readonly #changed: string[] = [];
  readonly #requests: string[] = [];
  readonly #codes: (number | undefined)[] = [];
  readonly #subscription: Subscription;

  constructor(t: Script, source: Source, { ignoresInterruptions = false, ...options }: FollowOptions = {}) {
    const { initialList, pageSize, freshness, resourceVersion } = options;
    const shown = Object.entries({ initialList, pageSize, freshness, resourceVersion });
    this.watch = source.from.replace(`${source.cluster} `, '');
    this.options = Object.fromEntries(shown.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
    t.steps.push(this);
    t.atEnd(() => this.stop());
    const observe = (observation: Observation): void => {
      if (observation.type === 'request') this.#requests.push(observation.verb);
    };
    this.#subscription = watch$(source, { ...options, observe })
      .pipe(
        tap((event) => {
          const isLeftOut = event.type === 'bookmark' || (ignoresInterruptions && event.type === 'interrupted');
          if (event.type === 'interrupted') this.#codes.push(event.error.code);
          // How often a stream opens before it stays open is a matter of chance as well.
          const isRepeated = event.type === 'live' && this.#said.at(-1)?.['type'] === 'live';
          if (!isLeftOut && !isRepeated) this.#said.push(told(event));
        }),
        changes(),
      )
      .subscribe({
        next: ({ type, object }) => this.#changed.push(`${type} ${object.metadata.name}`),
        error: (error: unknown) => this.#said.push({ type: 'error', error: failure(error) }),
      });
  }

  /** Waits for so many more events, besides `live`. @returns the last of them. */
  async next(count = 1): Promise<JsonObject> {
    for (let wanted = count; wanted > 0;) {
      const at = this.events.length;
      await this.#until(`${at + 1} events`, () => this.#said.length > at);
      const event = this.#said[at] ?? {};
      this.events.push(event);
      if (event['type'] !== 'live') wanted--;
    }
    return this.events.at(-1) ?? {};
  }

  /** Waits for all events up to one of this type. */
  async through(type: WatchEvent['type']): Promise<JsonObject> {
    for (;;) {
      const event = await this.next();
      if (event['type'] === type) return event;
    }
  }

  /** Waits until the server has answered with this, said or not. */
  async interruptedBy(code: number): Promise<void> {
    await this.#until(`a ${code}`, () => this.#codes.includes(code));
  }

  /** What the events were to `changes()`. */
  changed(): string {
    return `changes: ${this.#changed.join(', ')}`;
  }

  requested(): string {
    return `requests: ${this.#requests.join(', ')}`;
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!holds()) {
      if (Date.now() > deadline) {
        throw new Error(`not within ${PATIENCE} ms: ${what}; there were ${JSON.stringify(this.#said)}`);
      }
      await sleep(5);
    }
  }
}

function told(event: WatchEvent): JsonObject {
  switch (event.type) {
    case 'initApply':
    case 'apply':
    case 'delete':
      return { type: event.type, object: copy(event.object) };
    case 'init':
      return { type: event.type, cause: event.cause };
    case 'initDone':
    case 'live':
    case 'bookmark':
      return { type: event.type, resourceVersion: event.resourceVersion };
    case 'interrupted':
      return { type: event.type, error: failure(event.error) };
    case 'paused':
      return { type: event.type };
  }
}

function failure(error: unknown): JsonObject {
  if (!(error instanceof WatchError)) return { thrown: String(error) };
  const { kind, code = null, reason = null, message } = error;
  return { kind, code, reason, message };
}

function copy(object: KubernetesObject): JsonObject {
  return structuredClone(object) as unknown as JsonObject;
}

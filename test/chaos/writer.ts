import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, KubeObject } from '../real/admin.ts';
import type { Random } from '../random.ts';

export interface WriterParts {
  readonly admin: Admin;
  /** Of the collection. */
  readonly path: string;
  readonly random: Random;
  /** Of all names. */
  readonly prefix: string;
  /** Of what is created. Built-in kinds need none. */
  readonly type?: { readonly apiVersion: string; readonly kind: string };
  /** Is told what the server answered to a write: the object as it was committed. */
  readonly committed: (object: KubeObject) => void;
}

const NAMES = 30;
/** A server that is gone mostly says so; one without its etcd does not for long. */
const PATIENCE = 2_000;

/** Creates, modifies and deletes at random, one write after another. Whose fate is not known is never written to again. */
export class Writer {
  readonly path: string;
  writes = 0;
  /** Writes that were not answered, or with an error: they may have been committed all the same. */
  failures = 0;
  readonly #parts: WriterParts;
  readonly #present = new Map<string, boolean>();
  #names = 0;
  #stopped: AbortController | undefined;
  #running = Promise.resolve();
  #marks = 0;
  #values = 0;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.path = parts.path;
    for (let n = 0; n < NAMES; n++) this.#newName();
  }

  /** Objects to begin with. */
  async fill(): Promise<void> {
    for (const name of [...this.#present.keys()].slice(0, (NAMES * 2) / 3)) await this.#write(name);
  }

  start(perSecond: number): void {
    if (this.#stopped !== undefined) return;
    const stopped = (this.#stopped = new AbortController());
    this.#running = this.#run(perSecond, stopped.signal);
  }

  async stop(): Promise<void> {
    this.#stopped?.abort();
    await this.#running;
    this.#stopped = undefined;
  }

  async write(count: number): Promise<void> {
    for (let n = 0; n < count; n++) await this.#write(this.#parts.random.pick([...this.#present.keys()]));
  }

  /** Commits one write, however often that has to be tried. @returns its resourceVersion. */
  async mark(within = 60_000): Promise<number> {
    const deadline = Date.now() + within;
    for (;;) {
      try {
        const name = `${this.#parts.prefix}mark-${++this.#marks}`;
        const object = await patiently(this.#parts.admin.create(this.path, this.#object(name)));
        this.#parts.committed(object);
        return Number(object.metadata.resourceVersion);
      } catch (error) {
        if (Date.now() > deadline) throw new Error('the server takes no writes', { cause: error });
        await sleep(50);
      }
    }
  }

  async #run(perSecond: number, stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await this.#write(this.#parts.random.pick([...this.#present.keys()]));
      await sleep(1_000 / perSecond, undefined, { signal: stopped }).catch(() => undefined);
    }
  }

  async #write(name: string): Promise<void> {
    const { admin, random, committed } = this.#parts;
    const isThere = this.#present.get(name) ?? false;
    try {
      if (isThere && random.chance(0.25)) {
        await patiently(admin.delete(`${this.path}/${name}`));
        this.#present.set(name, false);
      } else if (isThere) {
        committed(await patiently(admin.patch(`${this.path}/${name}`, this.#body(name))));
      } else {
        committed(await patiently(admin.create(this.path, this.#object(name))));
        this.#present.set(name, true);
      }
      this.writes++;
    } catch {
      this.failures++;
      this.#present.delete(name);
      this.#newName();
    }
  }

  /** What a ConfigMap and the custom resource of the scenarios both take. Large enough that frames are cut within. */
  #body(name: string): { data: Record<string, string> } {
    const { random } = this.#parts;
    return { data: { value: `${name} ${++this.#values} ${'ä€𝄞-'.repeat(random.below(60))}` } };
  }

  #object(name: string): object {
    return { ...this.#parts.type, ...this.#body(name), metadata: { name } };
  }

  #newName(): void {
    this.#present.set(`${this.#parts.prefix}o-${this.#names++}`, false);
  }
}

async function patiently<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined); // what comes too late is not asked any more
  const patience = new AbortController();
  const over = sleep(PATIENCE, undefined, { signal: patience.signal }).then(() => {
    throw new Error('no answer to a write');
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    patience.abort();
    over.catch(() => undefined);
  }
}

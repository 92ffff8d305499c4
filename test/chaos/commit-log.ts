import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';

/** One committed write, as etcd has it. Its revision is the resourceVersion. */
export interface Commit {
  readonly revision: number;
  readonly name: string;
  readonly type: 'put' | 'delete';
}

interface EtcdEvent {
  readonly type?: 'PUT' | 'DELETE';
  readonly kv: { readonly key: string; readonly mod_revision: string };
}

interface Answer {
  readonly result?: {
    readonly events?: readonly EtcdEvent[];
    readonly canceled?: boolean;
    readonly compact_revision?: string;
  };
}

/**
 * Every write under a prefix, followed in etcd itself, past the API server: also those whose response was lost, and the revisions of
 * deletions, which the API server does not tell who deletes.
 */
export class CommitLog {
  readonly commits: Commit[] = [];
  /** Set when etcd had forgotten what was not followed yet: nothing can be judged from then on. */
  blind: string | undefined;
  readonly #url: string;
  readonly #prefix: string;
  readonly #stop = new AbortController();
  #next: number;
  #attempt = new AbortController();
  #running: Promise<void> | undefined;

  constructor(etcdUrl: string, prefix: string, from: number) {
    this.#url = `${etcdUrl}/v3/watch`;
    this.#prefix = prefix;
    this.#next = from;
  }

  start(): void {
    this.#running = this.#follow();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#attempt.abort();
    await this.#running;
  }

  /** After etcd was set back: what it had after `revision` never was. */
  rewind(revision: number): void {
    const kept = this.commits.filter((commit) => commit.revision <= revision);
    this.commits.splice(0, Infinity, ...kept);
    this.#next = revision + 1;
    this.#attempt.abort();
  }

  has(revision: number): boolean {
    return this.commits.some((commit) => commit.revision === revision);
  }

  /** Waits until it has come so far; see `blind` for when it never will. */
  async until(revision: number, within = 10_000): Promise<boolean> {
    const deadline = Date.now() + within;
    while (!this.has(revision)) {
      if (this.blind !== undefined || Date.now() > deadline) return false;
      await sleep(20);
    }
    return true;
  }

  async #follow(): Promise<void> {
    while (!this.#stop.signal.aborted && this.blind === undefined) {
      this.#attempt = new AbortController();
      try {
        await this.#watch(this.#attempt.signal);
      } catch {
        // etcd is gone for a while, or was set back
      }
      await sleep(50);
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { body } = await request(this.#url, {
      method: 'POST',
      bodyTimeout: 0,
      signal,
      body: JSON.stringify({
        create_request: {
          key: base64(this.#prefix),
          range_end: base64(`${this.#prefix.slice(0, -1)}0`),
          start_revision: this.#next,
        },
      }),
    });
    let rest = '';
    for await (const chunk of body.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(JSON.parse(line) as Answer);
    }
  }

  #take({ result }: Answer): void {
    if (result?.canceled === true) {
      this.blind = `etcd no longer has revision ${this.#next}, only ${result.compact_revision ?? 'later ones'}`;
      this.#attempt.abort();
    }
    for (const { type, kv } of result?.events ?? []) {
      const revision = Number(kv.mod_revision);
      if (revision < this.#next) continue;
      this.#next = revision + 1;
      const name = Buffer.from(kv.key, 'base64').toString().slice(this.#prefix.length);
      this.commits.push({ revision, name, type: type === 'DELETE' ? 'delete' : 'put' });
    }
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

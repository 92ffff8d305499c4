import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { freePort } from './ports.ts';
import { run, type Running } from './process.ts';

/** A single etcd member in a process of its own, spoken to through its HTTP gateway. */
export class Etcd {
  readonly url: string;
  readonly #command: readonly string[];
  readonly #dir: string;
  #process: Running | undefined;

  private constructor(command: readonly string[], dir: string, url: string) {
    this.#command = command;
    this.#dir = dir;
    this.url = url;
  }

  static async create(program: readonly string[], dir: string): Promise<Etcd> {
    const url = `http://127.0.0.1:${String(await freePort())}`;
    const peer = `http://127.0.0.1:${String(await freePort())}`;
    const command = [
      ...program,
      '--name=test',
      `--data-dir=${join(dir, 'etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=test=${peer}`,
      // A killed process loses nothing by it, only a killed machine would.
      '--unsafe-no-fsync',
      '--log-level=error',
    ];
    return new Etcd(command, dir, url);
  }

  get logFile(): string {
    return join(this.#dir, 'etcd.log');
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    if (this.#process && !this.#process.hasExited()) return;
    const process = run(this.#command, { dir: this.#dir, log: this.logFile });
    this.#process = process;
    while (!(await this.#isHealthy())) {
      if (process.hasExited()) throw new Error(`etcd ended while it started: see ${this.logFile}`);
      await sleep(20);
    }
  }

  async kill(): Promise<void> {
    await this.#process?.end('SIGKILL');
  }

  async terminate(): Promise<void> {
    await this.#process?.end('SIGTERM');
  }

  async revision(): Promise<number> {
    const { header } = await this.#call('maintenance/status', {});
    return Number(header.revision);
  }

  /** Forgets all revisions before this one, by default before the newest. */
  async compact(revision?: number): Promise<number> {
    const target = revision ?? (await this.revision());
    await this.#call('kv/compaction', { revision: target, physical: true });
    return target;
  }

  /** A copy of the data, for `restore`. etcd is killed for it and started again. */
  async backup(): Promise<string> {
    await this.kill();
    const copy = await mkdtemp(join(this.#dir, 'backup-'));
    await cp(join(this.#dir, 'etcd'), copy, { recursive: true });
    await this.start();
    return copy;
  }

  /** Rolls etcd back to a backup, under a running apiserver. */
  async restore(backup: string): Promise<void> {
    await this.kill();
    await rm(join(this.#dir, 'etcd'), { recursive: true });
    await cp(backup, join(this.#dir, 'etcd'), { recursive: true });
    await this.start();
  }

  async #isHealthy(): Promise<boolean> {
    try {
      const { body } = await request(`${this.url}/health`, { signal: AbortSignal.timeout(1_000) });
      return ((await body.json()) as { health: string }).health === 'true';
    } catch {
      return false;
    }
  }

  async #call(method: string, body: unknown): Promise<{ header: { revision: string } }> {
    const response = await request(`${this.url}/v3/${method}`, { method: 'POST', body: JSON.stringify(body) });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new Error(`etcd ${method}: ${String(response.statusCode)} ${text}`);
    return JSON.parse(text) as { header: { revision: string } };
  }
}

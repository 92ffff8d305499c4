import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../real/admin.ts';
import type { Cluster } from '../real/cluster.ts';
import { startProxy, type TcpProxy } from '../real/proxy.ts';
import { Child, type Watched } from './child.ts';
import { CommitLog, type Commit } from './commit-log.ts';
import { Gateway } from './gateway.ts';
import type { ResourceSetup, StoreState } from './messages.ts';
import { differenceOf, judge, stateAt, type Truth } from './oracle.ts';
import type { PlainObject } from './plain.ts';
import { Random } from '../random.ts';
import { requestsWhileGone, type Scenario } from './scenario.ts';
import { Writer } from './writer.ts';

const CONFIG_MAPS: ResourceSetup = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' };

const WATCHES = [{ as: 'streaming' }, { as: 'paged', initialList: 'paged', pageSize: 7 }] as const;

export interface Figures {
  /** Seconds from the end of the fault until the slowest watch had followed; undefined when one never did. */
  readonly caughtUp: number | undefined;
  /** How long the fault lasted, in seconds. */
  readonly outage: number;
  /** Requests meanwhile, of the watch that made the most. */
  readonly requests: number;
  /** The causes of all lists after the first. */
  readonly relists: readonly string[];
  readonly interruptions: number;
  /** Changes that were said, by all watches. */
  readonly events: number;
  readonly writes: number;
  /** Watches that came and went during the fault. */
  readonly cameAndWent: number;
}

/** One scenario being played: a writer, a process that watches, another whose watches come and go, and what is between. */
export class Stage {
  readonly cluster: Cluster;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly random: Random;
  readonly namespace: string;
  readonly path: string;
  readonly dir: string;
  readonly proxy: TcpProxy;
  readonly #gateway: Gateway | undefined;
  readonly wrong: string[] = [];
  readonly causes: string[] = [];
  /** What a mixed run did, and when. */
  readonly timeline: string[] = [];
  writer: Writer;
  log: CommitLog;
  watches: readonly Watched[] = [];
  began = 0;
  ended = 0;

  readonly #child: Child;
  readonly #leaver: Child;
  readonly #objects = new Map<number, PlainObject>();
  #before: Truth['before'];
  readonly #inTheEnd: (() => void)[] = [];
  #kubeconfig = '';
  #cameAndWent: Promise<number> = Promise.resolve(0);

  private constructor(parts: {
    cluster: Cluster;
    scenario: Scenario;
    seed: number;
    namespace: string;
    dir: string;
    proxy: TcpProxy;
    gateway: Gateway | undefined;
    children: readonly [Child, Child];
    revision: number;
  }) {
    this.cluster = parts.cluster;
    this.scenario = parts.scenario;
    this.seed = parts.seed;
    this.random = new Random(parts.seed);
    this.namespace = parts.namespace;
    this.dir = parts.dir;
    this.proxy = parts.proxy;
    this.#gateway = parts.gateway;
    [this.#child, this.#leaver] = parts.children;
    const { group, version, plural } = this.resource;
    const api = group === '' ? '/api/v1' : `/apis/${group}/${version}`;
    this.path = `${api}/namespaces/${this.namespace}/${plural}`;
    this.writer = this.#newWriter();
    const registry = group === '' ? `/registry/${plural}` : `/registry/${group}/${plural}`;
    this.log = new CommitLog(this.cluster.etcd.url, `${registry}/${this.namespace}/`, parts.revision);
  }

  static async set(cluster: Cluster, scenario: Scenario, seed: number): Promise<Stage> {
    const revision = await cluster.etcd.revision();
    const { metadata } = await cluster.admin.create('/api/v1/namespaces', { metadata: { generateName: 'chaos-' } });
    const gateway = scenario.gateway === true ? await Gateway.start(cluster) : undefined;
    const stage = new Stage({
      cluster,
      scenario,
      seed,
      namespace: metadata.name ?? '',
      dir: await mkdtemp(join(tmpdir(), 'rxkube-chaos-')),
      proxy: await startProxy(gateway?.url ?? cluster.url),
      gateway,
      children: await Promise.all([Child.start(), Child.start()]),
      revision,
    });
    stage.log.start();
    return stage;
  }

  get resource(): ResourceSetup {
    return this.scenario.resource ?? CONFIG_MAPS;
  }

  get gateway(): Gateway {
    if (!this.#gateway) throw new Error(`${this.scenario.name} has no gateway`);
    return this.#gateway;
  }

  /** Everything but the fault: begins, and waits until all watches follow. */
  async begin(): Promise<void> {
    const { scenario } = this;
    await scenario.prepare?.(this);
    await this.writer.fill();
    this.#kubeconfig = join(this.dir, 'kubeconfig');
    const text = scenario.kubeconfig
      ? await scenario.kubeconfig(this)
      : this.cluster.kubeconfigFor({
          server: this.proxy.url,
          ...(scenario.user !== undefined && { context: scenario.user }),
        });
    await writeFile(this.#kubeconfig, text);
    this.watches = this.#child.watch({
      kubeconfig: this.#kubeconfig,
      resource: this.resource,
      namespace: this.namespace,
      watches: scenario.watches ?? WATCHES,
    });
    await this.until('all have listed', () => this.every((watch) => watch.count('initDone') > 0));
    this.writer.start(scenario.rate ?? 25);
    const mark = await this.writer.mark();
    await this.until('all follow', () => this.every((watch) => watch.reached(mark) !== undefined));
  }

  /** The fault begins: what comes and goes does so from here on, for so long. */
  begins(forMs = 3_000): void {
    this.began = now();
    const { comeAndGo = { shared: false, lifeMs: 1_500 } } = this.scenario;
    if (comeAndGo === false) return;
    this.#cameAndWent = (comeAndGo.shared ? this.#child : this.#leaver).comeAndGo({
      kubeconfig: this.#kubeconfig,
      resource: this.resource,
      namespace: this.namespace,
      seed: this.seed,
      forMs,
      ...comeAndGo,
    });
    this.#cameAndWent.catch(() => undefined);
  }

  /** Everything works again. */
  ends(): void {
    this.ended = now();
  }

  /** What the fault was meant to cause. */
  expect(cause: string, holds: boolean): void {
    if (holds) this.causes.push(cause);
    else this.wrong.push(`the cause did not come about: ${cause}`);
  }

  every(holds: (watch: Watched) => boolean): boolean {
    return this.watches.every(holds);
  }

  /** What every watch has to show for the cause to count. */
  expectOfAll(cause: string, holds: (watch: Watched) => boolean): void {
    this.expect(cause, this.every(holds));
  }

  /** As `expectOfAll`, once all have caught up: what a restart ends is told a little later. */
  expectInTheEnd(cause: string, holds: (watch: Watched) => boolean): void {
    this.#inTheEnd.push(() => this.expectOfAll(cause, holds));
  }

  async until(what: string, holds: () => boolean | Promise<boolean>, within = 60): Promise<boolean> {
    const deadline = now() + within * 1_000;
    while (!(await holds())) {
      const fatal = this.watches.find(({ error }) => error !== undefined);
      if (fatal || now() > deadline) {
        this.wrong.push(
          `not within ${within} s: ${what}${fatal ? `; ${fatal.name} is over: ${fatal.error ?? ''}` : ''}`,
        );
        return false;
      }
      await sleep(20);
    }
    return true;
  }

  /** After etcd was set back: what it had since `revision` never was. */
  rewind(revision: number, since: number): void {
    const commits: readonly Commit[] = [...this.log.commits];
    this.#before = { commits, objects: new Map(this.#objects), until: since };
    for (const known of this.#objects.keys()) if (known > revision) this.#objects.delete(known);
    this.log.rewind(revision);
    this.writer = this.#newWriter('after-');
  }

  /** Waits for the end of it all, and compares. */
  async finish(): Promise<Figures> {
    const { scenario } = this;
    if (this.began === 0 || this.ended === 0)
      throw new Error(`${scenario.name} did not say when its fault began and ended`);
    const outage = (this.ended - this.began) / 1_000;
    const mark = await this.writer.mark();
    const patience = scenario.within + 30;
    await this.until(
      'all have followed',
      () => this.every((watch) => this.#followed(watch, mark) !== undefined),
      patience,
    );
    const caughtUp = this.#slowest(mark);
    if (caughtUp === undefined || caughtUp > scenario.within)
      this.wrong.push(`11: caught up after ${caughtUp?.toFixed(1) ?? '?'} s, not within ${scenario.within} s`);

    for (const check of this.#inTheEnd) check();
    if (caughtUp !== undefined && caughtUp > 5) this.#explain(mark);

    // Some more writes, in peace; then all of it has to agree.
    await sleep(500);
    await this.writer.stop();
    const last = await this.writer.mark();
    await this.until('all have the last write', () => this.every((watch) => watch.reached(last) !== undefined));
    if (!(await this.log.until(last))) this.wrong.push(this.log.blind ?? 'etcd does not tell of the last write');
    for (const state of await this.#child.state()) await this.#compare(state);
    await this.#child.unsubscribe();

    const truth: Truth = {
      commits: this.log.commits,
      objects: this.#objects,
      ...(this.#before && { before: this.#before }),
    };
    for (const watch of this.watches) {
      for (const text of judge(watch.notes, truth)) this.wrong.push(`${watch.name}: ${text}`);
      this.#judgeLists(watch);
    }
    const requests = Math.max(...this.watches.map((watch) => watch.requests(this.began, this.ended)));
    const most = (scenario.requests ?? requestsWhileGone)(outage);
    if (requests > most)
      this.wrong.push(`${requests} requests during the outage of ${outage.toFixed(1)} s, at most ${most} are due`);

    const changes = (watch: Watched): number => watch.count('apply') + watch.count('delete') + watch.count('initApply');
    return {
      caughtUp,
      outage,
      requests,
      relists: this.watches.flatMap((watch) => watch.relists),
      interruptions: this.watches.reduce((sum, watch) => sum + watch.count('interrupted'), 0),
      events: this.watches.reduce((sum, watch) => sum + changes(watch), 0),
      writes: this.log.commits.length,
      cameAndWent: await this.#cameAndWent.catch((error: unknown) => {
        this.wrong.push(`coming and going: ${String(error)}`);
        return 0;
      }),
    };
  }

  /** What is left of the processes. They have nothing to do any more: the next scenario need not wait for it. */
  async remains(): Promise<string[]> {
    const [kept, left] = await Promise.all([this.#child.remains(), this.#leaver.remains()]);
    return [...kept, ...left.map((text) => `come-and-go: ${text}`)];
  }

  async strike(): Promise<void> {
    await this.writer.stop();
    await this.scenario.tidy?.(this);
    await this.log.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** The path, when the processes no longer need it. */
  async closePath(): Promise<void> {
    this.#child.kill();
    this.#leaver.kill();
    await this.proxy.stop();
    await this.#gateway?.stop();
  }

  #newWriter(prefix = ''): Writer {
    return new Writer({
      admin: this.cluster.admin,
      path: this.path,
      prefix,
      random: new Random(this.seed + prefix.length),
      ...(this.resource.group !== '' && {
        type: { apiVersion: `${this.resource.group}/${this.resource.version}`, kind: this.resource.kind },
      }),
      committed: (object) => this.#objects.set(Number(object.metadata.resourceVersion), asPlain(object)),
    });
  }

  /** When a watch had followed up to there, after the fault. A number means nothing to one that still believes in a history that never was. */
  #followed(watch: Watched, mark: number): number | undefined {
    return this.#before && !watch.isRolledBack ? undefined : watch.reached(mark, this.ended);
  }

  /** What each slow watch was waiting for. */
  #explain(mark: number): void {
    for (const watch of this.watches) {
      const at = this.#followed(watch, mark) ?? Infinity;
      const last = watch.interruptions().findLast((event) => event.at < at);
      if (at - this.ended < 5_000 || last === undefined) continue;
      const { error, attempt, retryIn } = last;
      const when = `${((last.at - this.ended) / 1_000).toFixed(1)} s after the end`;
      this.causes.push(
        `${watch.name}: ${when}, attempt ${attempt}, ${(retryIn / 1_000).toFixed(1)} s to wait: ${error.message.slice(0, 120)}`,
      );
    }
  }

  #slowest(mark: number): number | undefined {
    let slowest = 0;
    for (const watch of this.watches) {
      const at = this.#followed(watch, mark);
      if (at === undefined) return undefined;
      slowest = Math.max(slowest, (at - this.ended) / 1_000);
    }
    return slowest;
  }

  /** The store, and the server at the store's resourceVersion: every field of every object. */
  async #compare({ watch, resourceVersion, objects }: StoreState): Promise<void> {
    if (resourceVersion === undefined) {
      this.wrong.push(`${watch}: the store is empty`);
      return;
    }
    const exact = { resourceVersion, resourceVersionMatch: 'Exact' };
    const { items, metadata } = await this.cluster.admin.list(this.path, exact);
    if (metadata.resourceVersion !== resourceVersion)
      this.wrong.push(`${watch}: no list at ${resourceVersion} to compare with`);
    const { group, version, kind } = this.resource;
    const type = { apiVersion: group === '' ? version : `${group}/${version}`, kind };
    const server = new Map(items.map((item) => [item.metadata.name ?? '', { ...type, ...item }]));
    const store = new Map((objects as readonly PlainObject[]).map((object) => [object.metadata.name, object]));
    const text =
      differenceOf(revisions(server as unknown as ReadonlyMap<string, PlainObject>), revisions(store)) ??
      differenceOf(stateAt(this.log.commits, Number(resourceVersion)), revisions(store));
    if (text !== undefined)
      this.wrong.push(`18: ${watch}: the store is not what the server has at ${resourceVersion}: ${text}`);
    else if (![...store].every(([name, object]) => isDeepStrictEqual(object, server.get(name))))
      this.wrong.push(`18: ${watch}: an object of the store is not as the server has it`);
  }

  #judgeLists(watch: Watched): void {
    const { relists = [], mustRelist = [] } = this.scenario;
    const allowed = [...relists, ...mustRelist];
    for (const cause of watch.relists)
      if (!allowed.includes(cause)) this.wrong.push(`${watch.name}: a list (${cause}) where a resume was possible`);
    if (mustRelist.length > 0 && !watch.relists.some((cause) => mustRelist.includes(cause)))
      this.wrong.push(`the cause did not come about: ${watch.name} had to list (${mustRelist.join(' or ')})`);
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function asPlain(object: KubeObject): PlainObject {
  return object as unknown as PlainObject;
}

function revisions(objects: ReadonlyMap<string, PlainObject>): Map<string, number> {
  return new Map([...objects].map(([name, { metadata }]) => [name, Number(metadata.resourceVersion)]));
}

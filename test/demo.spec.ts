import { Writable } from 'node:stream';
import { styleText } from 'node:util';
import { filter, firstValueFrom, merge, of, timeout } from 'rxjs';
import { customResource, WatchError, type Kind, type KubernetesObject } from 'rxkube';
import { ManualClock, startApiServer, type ApiObject, type ApiServer } from 'rxkube/apiserver';
import { connect } from 'rxkube/node';
import { describe, expect, it, vi } from 'vitest';
import { age, columnsOf } from '../examples/demo/columns.ts';
import { startEmbedded, type Embedded } from '../examples/demo/embedded.ts';
import { FAULTS, type Fault } from '../examples/demo/faults.ts';
import { frameOf, svgOf, type Frame } from '../examples/demo/picture.ts';
import { runDemo, type Demo } from '../examples/demo/run.ts';
import { view, type Paint, type Screen, type State } from '../examples/demo/view.ts';
import { VirtualTerminal } from '../examples/demo/virtual-terminal.ts';
import { Workload } from '../examples/demo/workload/workload.ts';

// Each session listens for the end of the process, and many run at once.
process.setMaxListeners(0);
vi.setConfig({ maxConcurrency: 2 * FAULTS.length, testTimeout: 30_000 });

const PODS: Kind = customResource()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });
const DEPLOYMENTS: Kind = customResource()({ group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment' });
const SETTINGS = customResource()({ group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' });

/** What a person does at a terminal, and sees. */
class Session implements AsyncDisposable {
  readonly terminal: VirtualTerminal;
  readonly embedded: Embedded;
  readonly ended: Promise<void>;

  private constructor(embedded: Embedded, terminal: VirtualTerminal, demo: Partial<Demo>) {
    this.embedded = embedded;
    this.terminal = terminal;
    this.ended = runDemo({ ...demoOn(embedded), output: terminal.output, input: terminal.input, ...demo });
  }

  static async start(
    demo: Partial<Demo> = {},
    {
      columns = 120,
      rows = 80,
      colours = true,
    }: Partial<Record<'columns' | 'rows', number>> & { colours?: boolean } = {},
  ): Promise<Session> {
    const session = new Session(
      await startEmbedded({ pace: 30 }),
      new VirtualTerminal(columns, rows, { colours }),
      demo,
    );
    await session.until(() => session.text.includes('● live'));
    return session;
  }

  get server(): ApiServer {
    return this.embedded.server;
  }

  get text(): string {
    return this.terminal.lines.join('\n');
  }

  /** The table, as it stands there: below its head, up to the next empty line. */
  get rows(): string[][] {
    const { lines } = this.terminal;
    const top = lines.findIndex((line) => /^(NAMESPACE|NAME) /.test(line));
    const head = lines[top] ?? '';
    const starts = [...head.matchAll(/\S+/g)].map(({ index }) => index);
    const below = lines.slice(top + 1);
    const rows = below.slice(0, below.indexOf(''));
    return rows.map((line) => starts.map((start, column) => line.slice(start, starts[column + 1]).trim()));
  }

  press(fault: Fault): void {
    this.terminal.press(fault.key);
  }

  async until(holds: () => boolean): Promise<void> {
    await firstValueFrom(
      merge(of(undefined), this.terminal.drawn).pipe(
        filter(holds),
        timeout({
          first: 20_000,
          with: () => {
            throw new Error(`it never came to that:\n${this.text}`);
          },
        }),
      ),
      { defaultValue: undefined },
    );
  }

  /** Lets the cluster stand still, and compares the table with it when the last changes are shown. */
  async expectTable(rowsOf: (server: ApiServer) => string[][]): Promise<void> {
    this.embedded.workload.stop();
    let [shown, expected] = [this.rows, rowsOf(this.server)];
    const isSame = (): boolean => {
      [shown, expected] = [this.rows, rowsOf(this.server)];
      return JSON.stringify(shown) === JSON.stringify(expected);
    };
    await this.until(isSame).catch(() => undefined);
    expect(shown).toEqual(expected);
    expect(shown.length).toBeGreaterThan(5);
    expect(this.text).toMatch(/● live {3}= the server/);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.terminal.press('q');
    await this.ended;
    await this.embedded[Symbol.asyncDispose]();
    this.terminal.close();
  }
}

/** Waits shorter than a person's, and thirty times faster than a server's: bookmarks every 2 s. */
function demoOn(embedded: Embedded): Omit<Demo, 'output'> {
  const cluster = connect({ kubeconfig: embedded.server.kubeconfigPath });
  return { cluster, kind: PODS, place: 'a test', embedded, retry: () => 100 };
}

interface ContainerStatus {
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: Partial<Record<'waiting' | 'running' | 'terminated', { readonly reason?: string }>>;
  readonly lastState?: { readonly terminated?: { readonly finishedAt: string } };
}

interface Owned extends ApiObject {
  readonly metadata: ApiObject['metadata'] & {
    readonly ownerReferences?: readonly [Readonly<Record<'apiVersion' | 'kind' | 'name' | 'uid', string>>];
  };
}

interface Containers {
  readonly containers: readonly [{ readonly image: string }];
}

interface Pod extends Owned {
  readonly spec: Containers;
  readonly status: { readonly phase: string; readonly containerStatuses?: readonly ContainerStatus[] };
}

interface Deployment extends Owned {
  readonly spec: { readonly replicas: number; readonly template: { readonly spec: Containers } };
  readonly status: {
    readonly replicas: number;
    readonly readyReplicas: number;
    readonly updatedReplicas: number;
    readonly availableReplicas: number;
    readonly observedGeneration: number;
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}

/** What has to be there, from what the server holds: not by the demo's own columns. */
function podRow({ metadata, spec, status }: Pod): string[] {
  const { namespace = '', name, deletionTimestamp, creationTimestamp } = metadata;
  const [container] = status.containerStatuses ?? [];
  const { waiting, terminated } = container?.state ?? {};
  const finished = container?.lastState?.terminated?.finishedAt;
  const restarts = container?.restartCount ?? 0;
  return [
    namespace,
    name,
    `${container?.ready === true ? 1 : 0}/${spec.containers.length}`,
    deletionTimestamp === undefined ? (waiting?.reason ?? terminated?.reason ?? status.phase) : 'Terminating',
    restarts === 0 || finished === undefined ? String(restarts) : `${restarts} (${since(finished)} ago)`,
    since(creationTimestamp),
  ];
}

function deploymentRow({ metadata, spec, status }: Deployment): string[] {
  const { namespace = '', name, creationTimestamp } = metadata;
  const { readyReplicas, updatedReplicas, availableReplicas } = status;
  const counts = [`${readyReplicas}/${spec.replicas}`, String(updatedReplicas), String(availableReplicas)];
  return [namespace, name, ...counts, since(creationTimestamp)];
}

function since(time: string): string {
  return age(time, Date.now());
}

function pods(server: ApiServer): readonly Pod[] {
  return server.list('v1', 'Pod') as readonly Pod[];
}

function deployments(server: ApiServer): readonly Deployment[] {
  return server.list('apps/v1', 'Deployment') as readonly Deployment[];
}

function podRows(server: ApiServer): string[][] {
  return pods(server).map(podRow);
}

function deploymentRows(server: ApiServer): string[][] {
  return deployments(server).map(deploymentRow);
}

// Before the others, whose sockets would take a moment to close.
describe('the end', () => {
  it.each([
    ['q', (session: Session) => session.terminal.press('q')],
    ['ctrl-c', (session: Session) => session.terminal.press('\u0003')],
    ['q in the middle of a fault', (session: Session) => session.terminal.press('rq')],
    ['q while it is frozen', (session: Session) => session.terminal.press('fkq')],
    ['q while it recovers', (session: Session) => session.terminal.press('cq')],
    ['q while it waits for a bookmark', (session: Session) => session.terminal.press('bq')],
  ])('leaves no socket and no timer: %s', async (_name, end) => {
    const before = resources();
    const session = await Session.start();
    end(session);
    await session.ended;
    await session.embedded[Symbol.asyncDispose]();
    await expect.poll(() => without(resources(), before)).toEqual([]);
  });
});

/** What would keep the process from ending. */
function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /TCP|TLS|Timeout/.test(name))
    .sort();
}

function without(list: readonly string[], others: readonly string[]): string[] {
  const left = [...list];
  for (const one of others) if (left.includes(one)) left.splice(left.indexOf(one), 1);
  return left;
}

const RECOVERED = {
  nothing: /nothing noticed; no word for \d+\.\d s, then went on/,
  resumed: /resumed from \d+ after \d+\.\d s, no relist, nothing told twice/,
  listed: /listed anew \((expired|rollback)\) after \d+\.\d s, \d+ changes? found/,
} as const;

describe.concurrent('the table is as the server has it', () => {
  it.each(FAULTS)('after $name', async (fault) => {
    await using session = await Session.start();
    session.press(fault);
    await session.until(() => new RegExp(`[✓✗] ${fault.name}:`).test(session.text));
    const log = session.text.slice(session.text.search(/[✓✗]/)).replaceAll(/\s+/g, ' ');
    expect(log).toContain(`✓ ${fault.name}: `);
    expect(log).toMatch(RECOVERED[fault.outcome]);
    await session.expectTable(podRows);
  });

  it('after several faults in a row, of deployments', async () => {
    await using session = await Session.start({ kind: DEPLOYMENTS });
    const faults = FAULTS.filter(({ name }) => ['cut', 'kill', 'half', 'duplicate'].includes(name));
    for (const fault of faults) session.press(fault);
    for (const { name } of faults) await session.until(() => session.text.includes(`✓ ${name}: `));
    await session.expectTable(deploymentRows);
  });

  it('after a pause', async () => {
    await using session = await Session.start();
    session.terminal.press('p');
    await session.until(() => /● paused {3}≠ the server: \d+/.test(session.text));
    session.terminal.press('p');
    await session.until(() => /· paused; resumed from \d+/.test(session.text));
    await session.expectTable(podRows);
  });

  it('in one namespace, and of a kind that has no columns of its own', async () => {
    await using session = await Session.start({ kind: SETTINGS, namespace: 'shop' });
    expect(session.text).toContain('configmaps in shop, a test   3 objects');
    const names = session.server.list('v1', 'ConfigMap', 'shop').map(({ metadata }) => metadata.name);
    expect(session.rows).toEqual(names.map((name) => [name, '6d']));
    session.press(named('kill'));
    await session.until(() => session.text.includes('✓ kill: '));
  });
});

function named(name: string): Fault {
  const fault = FAULTS.find((one) => one.name === name);
  if (fault === undefined) throw new Error(`there is no fault called ${name}`);
  return fault;
}

describe.concurrent('a terminal', () => {
  it('is given back, and nothing goes on: after q', async () => {
    const session = await Session.start();
    expect(session.terminal).toMatchObject({ isRaw: true, hasCursor: false, isAlternate: true });
    session.terminal.press('q');
    await session.ended;
    await session.until(() => !session.terminal.isAlternate);
    expect(session.terminal).toMatchObject({ isRaw: false, hasCursor: true });
    expect(session.text.trim()).toBe('');

    const { written } = session.terminal;
    const { resourceVersion } = session.server;
    await new Promise((resolve) => setTimeout(resolve, 600)); // more than one picture, and one step of the workload
    expect(session.terminal.written).toBe(written);
    expect(session.server.resourceVersion).toBe(resourceVersion);
    await session.embedded[Symbol.asyncDispose]();
  });

  it('is drawn anew when its size changes', async () => {
    await using session = await Session.start();
    for (const [columns, rows] of [
      [70, 20],
      [150, 50],
      [40, 10],
    ] as const) {
      session.terminal.resize(columns, rows);
      const heads = (): number => session.terminal.lines.filter((line) => line.startsWith('NAM')).length;
      const states = (): number => session.terminal.lines.filter((line) => line.includes('● live')).length;
      const isDrawn = (): boolean => session.terminal.lines[0]?.includes('● live') === true && heads() === 1;
      await session.until(() => isDrawn() && states() === 1 && session.terminal.lines.length === rows);
      expect(session.text).toContain('q quit');
    }
  });

  it('has no colours where it wants none', async () => {
    await using sessions = new AsyncDisposableStack();
    const plain = sessions.use(await Session.start({}, { colours: false }));
    const coloured = sessions.use(await Session.start());
    const colours = /\u001b\[[\d;]*m/;
    expect(plain.terminal.written).not.toMatch(colours);
    expect(coloured.terminal.written).toMatch(colours);
  });
});

describe.concurrent('without a terminal', () => {
  it('it prints lines, does some faults by itself, and ends', async () => {
    const lines = new Lines();
    await using embedded = await startEmbedded({ pace: 30 });
    await runDemo({ ...demoOn(embedded), output: lines });
    expect(lines.text).not.toContain('\u001b');
    expect(lines.text).toMatch(/pods\/v1 in all namespaces: live, \d+ objects\n/);
    expect(lines.text).toMatch(/^modified shop\/\S+ [01]\/1 \w+ \d+ @\d+$/m);
    expect(lines.text.match(/^→ /gm)?.length).toBeGreaterThanOrEqual(4);
    expect(lines.text.match(/^✓ /gm)?.length).toBe(lines.text.match(/^→ /gm)?.length);
    expect(lines.text).toMatch(/\nthe table is as the server has it\n$/);
  });

  it('it ends quietly when nobody reads any more', async () => {
    const lines = new Lines(3);
    await using embedded = await startEmbedded({ pace: 30 });
    await runDemo({ ...demoOn(embedded), output: lines });
    expect(lines.text.split('\n').length).toBeLessThan(8);
  });

  it('it says why the watch is over', async () => {
    await using embedded = await startEmbedded({ pace: 30 });
    const { server } = embedded;
    server.tokens.set(server.token, 'forbidden');
    const real = { ...demoOn(embedded), embedded: undefined, retry: undefined };
    await expect(runDemo({ ...real, output: new Lines() })).rejects.toThrow('cannot watch resource "pods"');
  });
});

class Lines extends Writable {
  text = '';
  readonly #most: number;
  #count = 0;

  constructor(most = Infinity) {
    super({ decodeStrings: false });
    this.#most = most;
  }

  override _write(chunk: string, _encoding: string, done: (error?: Error) => void): void {
    if (++this.#count > this.#most) return done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    this.text += chunk;
    done();
  }
}

describe('the view', () => {
  const plain = (_format: unknown, text: string): string => text;
  const item = (name: string): KubernetesObject => ({
    metadata: { name, namespace: 'shop', uid: name, resourceVersion: '1' },
  });
  const state: State = {
    title: 'pods in all namespaces, a test',
    kind: 'pods',
    columns: columnsOf('pods', true),
    snapshot: { phase: 'live', ready: true, items: Array.from({ length: 30 }, (_, n) => item(`web-${n}`)) },
    since: 0,
    touched: new Map(),
    differing: 0,
    entries: [{ at: 0, mark: '✓', text: 'cut: the connection was reset; resumed from 4711 after 1.2 s, no relist' }],
    current: undefined,
    keys: [...FAULTS, { key: 'q', name: 'quit' }],
  };
  const on = (columns: number, rows: number): Screen => ({ columns, rows, paint: plain, now: 10_000 });

  it('keeps to the size of the terminal, whatever that is', () => {
    const sizes = [1, 2, 5, 8, 10, 12, 24, 25, 40, 80, 200];
    for (const rows of sizes) {
      for (const columns of sizes) {
        const lines = view(state, on(columns, rows));
        expect(lines.length, `${columns} × ${rows}`).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const line of lines) expect(line.length, `${columns} × ${rows}: ${line}`).toBeLessThanOrEqual(columns);
      }
    }
  });

  it.each([8, 12, 24, 33])('shows as many objects as fit, and how many more there are: %i rows', (rows) => {
    const text = view(state, on(100, rows)).join('\n');
    const shown = text.match(/web-\d+/g)?.length ?? 0;
    expect(shown).toBeGreaterThan(0);
    expect(text).toContain(`… and ${30 - shown} more`);
  });

  it('counts down to the next attempt, and names the error in short', () => {
    const error = new WatchError('watch pods: ECONNRESET 127.0.0.1:6443: the connection was reset', {
      kind: 'connection',
    });
    const broken = { ...state.snapshot, phase: 'interrupted', error, attempt: 1, retryIn: 1_500 } as const;
    const lineAt = (now: number): string | undefined =>
      view({ ...state, snapshot: broken, since: 10_000 }, { ...on(120, 30), now })[0];
    expect(lineAt(10_300)).toContain('● interrupted (the connection was reset, again in 1.2 s)');
    expect(lineAt(11_600)).toContain('● interrupted (the connection was reset, trying)');
  });

  it('says what matters most where there is little room', () => {
    const first = (columns: number): string | undefined => view(state, on(columns, 24))[0];
    expect(first(120)).toBe('pods in all namespaces, a test   30 objects   ● live   = the server');
    expect(first(50)).toBe('30 pods   ● live   = the server');
    expect(first(20)).toBe('● live');
  });

  it('marks what changed a moment ago', () => {
    const paint: Paint = (format, text) => styleText(format, text, { validateStream: false });
    const touched = new Map([
      ['web-1', 9_500],
      ['web-2', 5_000],
    ]);
    const lines = view({ ...state, touched }, { ...on(200, 60), paint });
    expect(lines.find((line) => /web-1\b/.test(line))).toContain(paint(['bold', 'cyan'], 'web-1'));
    expect(lines.find((line) => /web-2\b/.test(line))).not.toContain(paint(['bold', 'cyan'], 'web-2'));
  });
});

it.each([
  ['2026-01-01T00:00:00Z', '0s'],
  ['2025-12-31T23:58:01Z', '119s'],
  ['2025-12-31T23:58:00Z', '2m'],
  ['2025-12-31T23:54:47Z', '5m13s'],
  ['2025-12-31T23:15:00Z', '45m'],
  ['2025-12-31T20:55:00Z', '3h5m'],
  ['2025-12-31T00:00:00Z', '24h'],
  ['2025-12-28T21:00:00Z', '3d3h'],
  ['2025-12-01T00:00:00Z', '31d'],
  ['2023-01-01T00:00:00Z', '3y1d'],
  ['2026-01-01T00:00:05Z', '0s'],
])('an age is said as kubectl does: %s is %s old', (then, text) => {
  expect(age(then, Date.UTC(2026, 0, 1))).toBe(text);
});

it('the picture has every line once, in place and in colour, and nothing that a viewer would refuse', async () => {
  const terminal = new VirtualTerminal(40, 4);
  const frames: Frame[] = [];
  for (const text of ['one <b> & \u001b[31mtwo\u001b[0m  three', 'one', 'one']) {
    terminal.output.write(`\u001b[2J\u001b[H${text}\nalways`);
    await firstValueFrom(terminal.drawn, { defaultValue: undefined });
    frames.push(frameOf(terminal));
  }
  terminal.close();
  const svg = svgOf(frames, terminal.size, 500, 'npm start', 'a picture');
  expect(svg.match(/>always</g)).toHaveLength(1);
  expect(svg.match(/<use /g)).toHaveLength(6);
  expect(svg).toContain('>one &lt;b> &amp;</text><text class="c1" x="84.0" textLength="25.2">two</text>');
  expect(svg).toContain('animation:f 1.5s step-end infinite');
  expect(svg).not.toMatch(/<script|foreignObject|@import|url\(|href="(?!#)/);
});

describe('the workload', () => {
  const KINDS = [
    ['v1', 'Pod'],
    ['apps/v1', 'ReplicaSet'],
    ['apps/v1', 'Deployment'],
    ['batch/v1', 'Job'],
    ['v1', 'Node'],
  ] as const;

  function everything(server: ApiServer): readonly Owned[] {
    return KINDS.flatMap(([apiVersion, kind]) => server.list(apiVersion, kind) as readonly Owned[]);
  }

  function ownerOf(object: Owned | undefined, objects: readonly Owned[]): Owned | undefined {
    const [owner] = object?.metadata.ownerReferences ?? [];
    return objects.find(
      (one) => one.metadata.uid === owner?.uid && one.kind === owner.kind && one.metadata.name === owner.name,
    );
  }

  async function world(
    seed: number,
  ): Promise<{ server: ApiServer; workload: Workload; clock: ManualClock } & AsyncDisposable> {
    const clock = new ManualClock();
    const server = await startApiServer({ clock, tls: false });
    const workload = new Workload(server, { seed, clock, every: 1_000 });
    workload.populate();
    return { server, workload, clock, [Symbol.asyncDispose]: () => server.close() };
  }

  it.each([1, 2, 3])('is consistent after each step, with seed %i', async (seed) => {
    await using stage = await world(seed);
    const { server, workload, clock } = stage;
    const images = new Set<string>();
    const seen = new Set<string>();
    let restarts = 0;
    for (let step = 0; step < 300; step++) {
      clock.advance(1_000);
      workload.step();
      const objects = everything(server);
      for (const object of objects) {
        if (object.metadata.ownerReferences !== undefined)
          expect(ownerOf(object, objects), object.metadata.name).toBeDefined();
      }
      for (const deployment of deployments(server)) {
        const { spec, status, metadata } = deployment;
        const isMine = (pod: Pod): boolean => ownerOf(ownerOf(pod, objects), objects) === deployment;
        const mine = pods(server).filter((pod) => isMine(pod) && pod.metadata.deletionTimestamp === undefined);
        const ready = mine.filter((pod) => pod.status.containerStatuses?.[0]?.ready === true).length;
        const imageOf = ({ containers: [{ image }] }: Containers): string => image;
        const image = imageOf(spec.template.spec);
        expect(status, `${metadata.name} after step ${step}`).toMatchObject({
          replicas: mine.length,
          readyReplicas: ready,
          availableReplicas: ready,
          updatedReplicas: mine.filter((pod) => imageOf(pod.spec) === image).length,
          observedGeneration: metadata.generation,
        });
        const isAvailable = status.conditions.find(({ type }) => type === 'Available')?.status === 'True';
        expect(isAvailable).toBe(ready >= spec.replicas);
        images.add(image);
      }
      for (const pod of pods(server)) {
        seen.add(podRow(pod)[3] ?? '');
        restarts = Math.max(restarts, pod.status.containerStatuses?.[0]?.restartCount ?? 0);
      }
    }
    expect([...seen].sort()).toEqual(
      ['Completed', 'ContainerCreating', 'CrashLoopBackOff', 'Error', 'Pending', 'Running', 'Terminating'].sort(),
    );
    expect(restarts).toBeGreaterThan(4);
    expect(images.size).toBeGreaterThan(deployments(server).length + 5);
    expect(new Set(pods(server).map(({ metadata }) => metadata.namespace))).toEqual(
      new Set(['shop', 'payments', 'monitoring']),
    );
  });

  it('tells the same story for the same seed, in its own time, and stops', async () => {
    const story = async (seed: number): Promise<string> => {
      await using stage = await world(seed);
      stage.workload.start();
      stage.clock.advance(60_000);
      stage.workload.stop();
      const { resourceVersion } = stage.server;
      stage.clock.advance(60_000);
      expect(stage.server.resourceVersion).toBe(resourceVersion);
      return JSON.stringify(everything(stage.server)).replaceAll(/"uid":"[^"]+"/g, '');
    };
    const [once, again, another] = await Promise.all([story(7), story(7), story(8)]);
    expect(once).toBe(again);
    expect(once).not.toBe(another);
  });
});

// npm run --silent build && node bench/apiserver.ts [--quick | --seconds N] [--http1] [--profile DIR]: whether the embedded server keeps up with 10,000
// objects, 1,000 writes a second and 20 watches of everything, and whether its memory stays within its history.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Pool, type Dispatcher } from 'undici';
import type { Sample, Started } from './apiserver-server.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    seconds: { type: 'string' },
    http1: { type: 'boolean' },
    profile: { type: 'string' },
  },
});
const OBJECTS = 10_000;
/** A second. */
const WRITES = 1_000;
const WATCHES = 20;
const SECONDS = Number(flags.seconds ?? (flags.quick === true ? 5 : 30));
const HISTORIES = [10_000, 1_000];
if (!(SECONDS >= 1 && Number.isFinite(SECONDS)))
  throw new RangeError(`--seconds must be a number ≥ 1, got ${flags.seconds}`);

/** What a run came to. */
interface Outcome {
  readonly history: number;
  /** Answered with a 2xx. */
  readonly writes: number;
  /** Answered otherwise, or not at all. */
  readonly failures: number;
  readonly frames: number;
  /** s, until the last write was answered */
  readonly took: number;
  /** ms from the answer to a write until the last watch had it, sorted. It is below zero where all watches were first. */
  readonly lags: readonly number[];
  readonly samples: readonly Sample[];
  /** MB in use before and after. */
  readonly live: readonly [number, number];
  /** µs of this process: where it has no time left, lags are its own. */
  readonly driver: number;
  /** What a watch was told that it should not have been, or was not. */
  readonly flaws: readonly string[];
}

const RESOURCE_VERSION = Buffer.from('"resourceVersion":"');
const QUOTE = 0x22;
const NEWLINE = 0x0a;

type Told = (resourceVersion: number, at: number) => void;
type Flawed = (flaw: string) => void;

/** Reads as little of a watch as tells what it is: the driver must not be what is measured. */
class Watch {
  frames = 0;
  readonly #name: string;
  readonly #told: Told;
  readonly #flawed: Flawed;
  #last: number;
  #rest: Buffer | undefined;

  constructor(name: string, from: number, told: Told, flawed: Flawed) {
    this.#name = name;
    this.#last = from;
    this.#told = told;
    this.#flawed = flawed;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const at = performance.now();
    let start = 0;
    for (let end; (end = bytes.indexOf(NEWLINE, start)) !== -1; start = end + 1) this.#frame(bytes, start, end, at);
    this.#rest = start === bytes.length ? undefined : Buffer.from(bytes.subarray(start));
  }

  #frame(bytes: Buffer, start: number, end: number, at: number): void {
    const digits = bytes.indexOf(RESOURCE_VERSION, start) + RESOURCE_VERSION.length;
    const resourceVersion = Number(bytes.toString('latin1', digits, bytes.indexOf(QUOTE, digits)));
    this.frames++;
    // Nothing else is written, so each revision is a change that everybody watches.
    if (resourceVersion !== this.#last + 1)
      this.#flawed(
        `${this.#name}: after ${this.#last} came ${bytes.toString('latin1', start, Math.min(end, start + 200))}`,
      );
    this.#last = resourceVersion;
    this.#told(resourceVersion, at);
  }
}

/** When each revision was answered, and when the last of the watches had it. */
class Lags {
  readonly #answered = new Map<number, number>();
  readonly #watched = new Map<number, { count: number; at: number }>();

  answered(resourceVersion: number): void {
    this.#answered.set(resourceVersion, performance.now());
  }

  watched(resourceVersion: number, at: number): void {
    const seen = this.#watched.get(resourceVersion);
    if (seen === undefined) this.#watched.set(resourceVersion, { count: 1, at });
    else {
      seen.count++;
      seen.at = at;
    }
  }

  sorted(): number[] {
    return [...this.#answered]
      .flatMap(([resourceVersion, at]) => {
        const seen = this.#watched.get(resourceVersion);
        return seen?.count === WATCHES ? [seen.at - at] : [];
      })
      .sort((a, b) => a - b);
  }
}

async function message<T>(child: ChildProcess): Promise<T> {
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`the server ended with ${String(code)}`);
  });
  const [value] = (await Promise.race([once(child, 'message'), gone])) as [T];
  return value;
}

/** One connection over HTTP/2, or so many over HTTP/1.1. */
function connectTo(url: string, ca: string | undefined, connections: number): Dispatcher {
  const options = { connect: ca === undefined ? {} : { ca }, headersTimeout: 0, bodyTimeout: 0 };
  if (flags.http1 === true) return new Pool(url, { ...options, allowH2: false, connections });
  return new Client(url, {
    ...options,
    allowH2: true,
    // As rxkube's own connections. On a busy machine, streams with narrow windows wait for nothing else.
    initialWindowSize: 2 ** 20,
    h2Options: { maxConcurrentStreams: 100, connectionWindowSize: 2 ** 24, pingInterval: 0 },
  });
}

async function run(history: number): Promise<Outcome> {
  const child = fork(new URL('apiserver-server.ts', import.meta.url), [String(OBJECTS), String(history)], {
    execArgv: [
      '--expose-gc',
      ...(flags.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`]),
    ],
  });
  const { url, ca, token, resourceVersion, live: before } = await message<Started>(child);
  const samples: Sample[] = [];
  const sampled = (sample: unknown): void => void samples.push(sample as Sample);
  child.on('message', sampled);

  const watcher = connectTo(url, ca, WATCHES);
  const writer = connectTo(url, ca, 16);
  const headers = { authorization: `Bearer ${token}` };

  const flaws: string[] = [];
  const lags = new Lags();
  let closing = false;
  const from = Number(resourceVersion);
  const watches = Array.from(
    { length: WATCHES },
    (_, index) =>
      new Watch(
        `watch ${index}`,
        from,
        (revision, at) => lags.watched(revision, at),
        (flaw) => void flaws.push(flaw),
      ),
  );
  await Promise.all(
    watches.map(async (watch, index) => {
      const path = `/api/v1/configmaps?watch=true&resourceVersion=${resourceVersion}&timeoutSeconds=3600`;
      const { statusCode, body } = await watcher.request({ method: 'GET', path, headers });
      if (statusCode !== 200) throw new Error(`a watch is answered with ${statusCode}`);
      const ended = (why: string): void => {
        if (!closing) flaws.push(`watch ${index} ended: ${why}`);
      };
      body
        .on('data', (chunk: Buffer) => watch.push(chunk))
        .on('end', () => ended('in order'))
        .on('error', (error) => ended(String(error)));
    }),
  );

  samples.length = 0;
  const started = process.cpuUsage();
  const { writes, failures, took } = await write(writer, headers, (revision) => lags.answered(revision));
  const deadline = performance.now() + 10_000;
  while (watches.some(({ frames }) => frames < writes) && performance.now() < deadline) await sleep(10);
  const { user, system } = process.cpuUsage(started);
  for (const [index, { frames }] of watches.entries()) {
    if (frames !== writes) flaws.push(`watch ${index}: ${frames} frames of ${writes} writes`);
  }

  closing = true;
  child.off('message', sampled);
  const measured = message<number>(child);
  child.send('how much is in use?');
  const live = [before, await measured] as const;
  const exited = once(child, 'exit');
  child.disconnect();
  await Promise.all([watcher.destroy(), writer.destroy(), exited]);
  const frames = watches.reduce((sum, watch) => sum + watch.frames, 0);
  const driver = user + system;
  const during = samples.slice(0, Math.ceil(took));
  return { history, writes, failures, frames, took, lags: lags.sorted(), samples: during, live, driver, flaws };
}

/** Mostly patches; one in ten creates an object, and another deletes one of those. They are sent when they are due, answered or not. */
async function write(
  writer: Dispatcher,
  headers: Readonly<Record<string, string>>,
  answered: (resourceVersion: number) => void,
): Promise<{ writes: number; failures: number; took: number }> {
  const patch = { ...headers, 'content-type': 'application/merge-patch+json' };
  const post = { ...headers, 'content-type': 'application/json' };
  let [writes, failures] = [0, 0];
  const one = async (n: number): Promise<void> => {
    const path = (index: number): string => `/api/v1/namespaces/ns-${index % 20}/configmaps`;
    // Spread over all objects, without repeating in order.
    const index = (n * 7_919) % OBJECTS;
    const request = ((): Dispatcher.RequestOptions => {
      switch (n % 10) {
        case 0: {
          const metadata = { name: `new-${n}` };
          return {
            method: 'POST',
            path: path(n),
            headers: post,
            body: JSON.stringify({ metadata, data: { n: `${n}` } }),
          };
        }
        case 9:
          // What was created long enough ago to be there.
          if (n > 2_000) return { method: 'DELETE', path: `${path(n - 1_009)}/new-${n - 1_009}`, headers };
          break;
        default:
      }
      const body = JSON.stringify({ data: { n: `${n}` } });
      return { method: 'PATCH', path: `${path(index)}/map-${index}`, headers: patch, body };
    })();
    try {
      const { statusCode, body } = await writer.request(request);
      const text = await body.text();
      if (statusCode >= 300) throw new Error(`${request.method} ${request.path}: ${statusCode} ${text}`);
      writes++;
      const revision = /"resourceVersion":"(\d+)"/.exec(text)?.[1];
      if (revision !== undefined) answered(Number(revision));
    } catch (error) {
      if (failures++ === 0) console.error(error);
    }
  };

  const start = performance.now();
  const pending = new Set<Promise<void>>();
  let sent = 0;
  while (sent < SECONDS * WRITES) {
    const due = Math.min(SECONDS * WRITES, Math.floor(((performance.now() - start) / 1_000) * WRITES));
    for (; sent < due; sent++) {
      const sending = one(sent).finally(() => void pending.delete(sending));
      pending.add(sending);
    }
    await sleep(2);
  }
  await Promise.all(pending);
  return { writes, failures, took: (performance.now() - start) / 1_000 };
}

function report({ history, writes, failures, frames, took, lags, samples, live, driver, flaws }: Outcome): void {
  const at = (share: number): string =>
    (lags[Math.min(lags.length - 1, Math.floor(share * lags.length))] ?? NaN).toFixed(1);
  const cpu = samples.map((sample) => (sample.cpu / 1e6) * 100);
  const rss = samples.map((sample) => sample.rss);
  const half = samples.slice(Math.floor(samples.length / 2));
  console.log(`\nhistory ${history.toLocaleString('en')}`);
  console.log(`  writes/s     ${(writes / took).toFixed(0)} of ${WRITES} (${failures} failed)`);
  console.log(`  frames/s     ${(frames / took).toFixed(0)} to ${WATCHES} watches`);
  console.log(`  lag ms       p50 ${at(0.5)}  p99 ${at(0.99)}  max ${at(1)}`);
  console.log(
    `  CPU          ${mean(cpu).toFixed(0)} % of a core, ${Math.max(...cpu).toFixed(0)} % in the worst second`,
  );
  console.log(
    `  RSS MB       ${rss.map((one) => one.toFixed(0)).join(' ')}; 2nd half ${slope(half.map((one) => one.rss))}`,
  );
  console.log(`  in use MB    ${live.map((one) => one.toFixed(0)).join(' before, ')} after, when garbage is collected`);
  console.log(
    `  driver       CPU ${(driver / 1e4 / took).toFixed(0)} % of a core; load ${loadavg()[0]?.toFixed(1) ?? '?'}`,
  );
  for (const flaw of flaws.slice(0, 10)) console.log(`  FLAW         ${flaw}`);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of the straight line that fits best, a sample being a second. */
function slope(values: readonly number[]): string {
  const middle = (values.length - 1) / 2;
  const average = mean(values);
  const rise = values.reduce((sum, value, x) => sum + (x - middle) * (value - average), 0);
  const run = values.reduce((sum, _, x) => sum + (x - middle) ** 2, 0);
  return `${((rise / run) * 60).toFixed(0)} MB/min`;
}

console.log(
  `${OBJECTS.toLocaleString('en')} objects, ${WRITES.toLocaleString('en')} writes/s for ${SECONDS} s, ${WATCHES} watches of everything, ${flags.http1 === true ? 'HTTP/1.1' : 'HTTP/2'} over TLS`,
);
console.log(`Node ${process.versions.node}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1) ?? '?'}`);
let flawed = false;
for (const history of HISTORIES) {
  const outcome = await run(history);
  report(outcome);
  flawed ||= outcome.flaws.length > 0 || outcome.failures > 0;
}
process.exitCode = flawed ? 1 : 0;

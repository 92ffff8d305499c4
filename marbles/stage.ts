import type { RunHelpers, TestScheduler } from 'rxjs/testing';
import type { KubernetesObject } from '../src/events.js';
import { customResource, type Kind } from '../src/kind.js';
import { Neighbours } from '../src/neighbours.js';
import type { Source } from '../src/source.js';
import { checkConnections, checkRequests, spanOf } from './connections.js';
import { declare } from './declared.js';
import { Expectation } from './expectation.js';
import type { SourceOptions, Thing, WatchTestHelpers } from './helpers.js';
import { Run } from './run.js';
import { compile } from './script.js';
import { Server } from './server.js';
import type { Values } from './values.js';
import { Witness } from './witness.js';

const Things = customResource<Thing>()({ group: '', version: 'v1', plural: 'things', kind: 'Thing' });

/** The servers of one test, and what is expected of it. */
export class Stage {
  readonly helpers: Pick<
    WatchTestHelpers,
    'cold' | 'hot' | 'flush' | 'watch' | 'expectThat' | 'expectRequests' | 'expectConnections'
  >;
  readonly #run: Run;
  readonly #flush: () => void;
  readonly #servers: Server[] = [];
  readonly #witness = new Witness(this.#servers);
  readonly #neighbours = new Map<string, Neighbours>();
  #checks: (() => void)[] = [];

  constructor(scheduler: TestScheduler, { cold, hot, flush }: RunHelpers) {
    this.#run = new Run(scheduler);
    this.#flush = flush;
    const measured = <M extends { readonly messages: readonly { readonly frame: number }[] }>(made: M): M => {
      this.#run.longest = Math.max(this.#run.longest, ...made.messages.map(({ frame }) => frame));
      return made;
    };
    this.helpers = {
      cold: ((...args: Parameters<typeof cold>) => measured(cold(...args))) as typeof cold,
      hot: ((...args: Parameters<typeof hot>) => measured(hot(...args))) as typeof hot,
      flush: () => this.flush(),
      watch: (diagrams, values, options) => this.#watch(diagrams, values, options),
      expectThat: (observable, subscription) => ({
        toBe: (diagram, values = {}) => {
          const expectation = new Expectation(this.#run, this.#witness, diagram, values);
          expectation.observe(observable, subscription === undefined ? undefined : spanOf(subscription));
          this.#expect(() => expectation.check());
        },
      }),
      expectRequests: (source) => ({
        toBe: (...expected) => {
          const { requests } = this.#serverOf(source);
          this.#expect(() => checkRequests(source.from, expected, requests));
        },
      }),
      expectConnections: (source) => ({
        toBe: (...diagrams) => {
          const { spans } = this.#serverOf(source);
          const expected = diagrams.map(spanOf);
          this.#expect(() => checkConnections(source.from, expected, spans));
        },
      }),
    };
  }

  /** Lets all happen, and says what is not as expected. */
  flush(): void {
    let failure: { readonly error: unknown } | undefined;
    try {
      this.#flush();
    } catch (error) {
      failure = { error };
    }
    // Whatever went wrong after it did so because of it.
    if (this.#run.impossible !== undefined) throw this.#run.impossible;
    if (failure !== undefined) throw failure.error;
    for (const check of this.#checks.splice(0)) check();
  }

  #expect(check: () => string | undefined): void {
    // Made here, so that a test runner shows the line of the expectation.
    const { stack = '' } = new Error();
    const callers = stack.split('\n').slice(stack.startsWith('Error') ? 3 : 2);
    this.#checks.push(() => {
      const message = check();
      if (message === undefined) return;
      const error = new Error(message);
      error.stack = [`Error: ${message}`, ...callers].join('\n');
      throw error;
    });
  }

  #watch<T extends KubernetesObject, K extends string>(
    diagrams: string | readonly string[],
    values: Values<T> = {},
    { kind = Things as unknown as Kind<T, K>, cluster = 'test', from }: SourceOptions<T, K> = {},
  ): Source<T, K> {
    const declared = declare(values);
    const scripts = compile(typeof diagrams === 'string' ? [diagrams] : diagrams, declared);
    const nth = 1 + this.#servers.filter(({ source }) => source.kind.id === kind.id).length;
    const names = { kind, cluster, from: from ?? (nth === 1 ? kind.id : `${kind.id} ${nth}`) };
    const neighbours = this.#neighbours.get(cluster) ?? new Neighbours(() => 0);
    this.#neighbours.set(cluster, neighbours);
    const server = new Server(this.#run, names, neighbours, scripts, declared);
    this.#servers.push(server);
    return server.source;
  }

  #serverOf(source: Source): Server {
    const server = this.#servers.find((one) => one.source === source);
    if (server === undefined) throw new TypeError('this is none of the sources that watch() of the test returned');
    return server;
  }
}

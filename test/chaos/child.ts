import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, Note, Said, StoreState } from './messages.ts';
import type { PlainEvent } from './plain.ts';

/** How long the library keeps an unused connection, and some time to close it. */
const LEFT_WITHIN = 6_500;

/** What one watch of the child did so far. */
export class Watched {
  readonly name: string;
  readonly notes: Note[] = [];
  /** When it was first known to have followed up to a resourceVersion, in order. */
  #progress: { readonly at: number; readonly revision: number }[] = [];

  /** Requests for a further page of a list: no attempts. */
  readonly #furtherPages = new Set<Note>();
  #isListing = false;
  #pageWasAnswered = false;

  constructor(name: string) {
    this.name = name;
  }

  take(note: Note): void {
    this.notes.push(note);
    if (note.what === 'observed') this.#observed(note);
    if (note.what !== 'event') return;
    const { event, at } = note;
    if (event.type === 'init' || event.type === 'initDone') {
      this.#isListing = event.type === 'init';
      this.#pageWasAnswered = false;
    }
    switch (event.type) {
      case 'apply':
      case 'delete':
        this.#progress.push({ at, revision: Number(event.object.metadata.resourceVersion) });
        return;
      case 'initDone':
      case 'bookmark':
      case 'live':
        this.#progress.push({ at, revision: Number(event.resourceVersion) });
        return;
      case 'init':
        // What it had followed never was.
        if (event.cause === 'rollback') this.#progress = [];
        return;
      default:
        return;
    }
  }

  #observed(note: Note & { what: 'observed' }): void {
    const { occurrence } = note;
    if (occurrence.type === 'end' && occurrence.verb === 'list')
      this.#pageWasAnswered = this.#isListing && occurrence.error === undefined;
    if (occurrence.type === 'request' && occurrence.verb === 'list' && this.#pageWasAnswered)
      this.#furtherPages.add(note);
  }

  get events(): (PlainEvent & { readonly at: number })[] {
    return this.notes.flatMap((note) => (note.what === 'event' ? [{ at: note.at, ...note.event }] : []));
  }

  interruptions(since = 0): (Extract<PlainEvent, { type: 'interrupted' }> & { readonly at: number })[] {
    return this.events.filter((event) => event.type === 'interrupted' && event.at >= since) as ReturnType<
      Watched['interruptions']
    >;
  }

  count(type: PlainEvent['type'], since = 0): number {
    return this.events.filter((event) => event.type === type && event.at >= since).length;
  }

  /** The causes of the lists after the first. */
  get relists(): string[] {
    return this.events.flatMap((event) => (event.type === 'init' ? [event.cause] : [])).slice(1);
  }

  /** List and watch requests begun between two moments, further pages apart. */
  requests(from: number, to: number, verb?: 'list' | 'watch'): number {
    return this.notes.filter(
      (note) =>
        note.what === 'observed' &&
        note.occurrence.type === 'request' &&
        (verb === undefined || note.occurrence.verb === verb) &&
        note.at >= from &&
        note.at < to &&
        !this.#furtherPages.has(note),
    ).length;
  }

  get isRolledBack(): boolean {
    return this.relists.includes('rollback');
  }

  /** When it had followed up to there, at or after `since`. */
  reached(revision: number, since = 0): number | undefined {
    return this.#progress.find((step) => step.at >= since && step.revision >= revision)?.at;
  }

  get error(): string | undefined {
    const note = this.notes.find(({ what }) => what === 'error');
    return note?.what === 'error' ? note.error.message : undefined;
  }
}

/** A process that watches. */
export class Child {
  readonly watched = new Map<string, Watched>();
  readonly late: string[] = [];
  readonly #process: ChildProcess;
  readonly #waiting: { readonly what: Said['what']; readonly resolve: (said: Said) => void }[] = [];
  #gone = false;

  private constructor() {
    this.#process = fork(new URL('watcher.ts', import.meta.url), {
      execArgv: ['--expose-gc'],
      serialization: 'advanced',
    });
    this.#process.on('message', (said: Said) => this.#take(said));
    this.#process.once('exit', () => (this.#gone = true));
  }

  static async start(): Promise<Child> {
    const child = new Child();
    await child.#heard('ready');
    return child;
  }

  watch(command: Omit<Command & { do: 'watch' }, 'do'>): readonly Watched[] {
    for (const { as } of command.watches) this.watched.set(as, new Watched(as));
    this.#tell({ do: 'watch', ...command });
    return [...this.watched.values()];
  }

  /** Resolves, when all of them are unsubscribed from, with how many there were. */
  async comeAndGo(command: Omit<Command & { do: 'comeAndGo' }, 'do'>): Promise<number> {
    this.#tell({ do: 'comeAndGo', ...command });
    const said = await this.#heard('unsubscribed', command.forMs + 60_000);
    return said.watches;
  }

  async state(): Promise<readonly StoreState[]> {
    this.#tell({ do: 'tellState' });
    const said = await this.#heard('state');
    return said.states;
  }

  async unsubscribe(): Promise<void> {
    this.#tell({ do: 'unsubscribe' });
    await this.#heard('unsubscribed');
  }

  /** What remains when nothing should: sockets, timers, promises, late events; and whether the process ends by itself. */
  async remains(): Promise<string[]> {
    await sleep(LEFT_WITHIN);
    this.#tell({ do: 'count' });
    const { resources, promises } = await this.#heard('counted');
    const wrong = this.late.map((text) => `10: after unsubscribing: ${text}`).slice(0, 3);
    if (resources.length > 0) wrong.push(`10: left after unsubscribing: ${resources.join(', ')}`);
    if (promises > 0) wrong.push(`10: ${promises} promises pending after unsubscribing`);
    if (this.#gone) return [...wrong, 'the process had ended before it was asked to'];
    this.#process.disconnect();
    const ended = await Promise.race([once(this.#process, 'exit').then(() => true), sleep(3_000).then(() => false)]);
    if (!ended) {
      wrong.push('10: something keeps the process alive after unsubscribing');
      this.kill();
    }
    return wrong;
  }

  kill(): void {
    if (!this.#gone) this.#process.kill('SIGKILL');
  }

  #tell(command: Command): void {
    this.#process.send(command);
  }

  #take(said: Said): void {
    if (said.what === 'note') {
      this.watched.get(said.watch)?.take(said.note);
      return;
    }
    if (said.what === 'late') this.late.push(said.text);
    const at = this.#waiting.findIndex(({ what }) => what === said.what);
    if (at >= 0) this.#waiting.splice(at, 1)[0]?.resolve(said);
  }

  async #heard<W extends Said['what']>(what: W, within = 30_000): Promise<Said & { what: W }> {
    const patience = new AbortController();
    const over = sleep(within, undefined, { signal: patience.signal }).then(() => {
      throw new Error(`the watching process did not say "${what}" within ${within} ms`);
    });
    over.catch(() => undefined);
    const said = new Promise<Said>((resolve) => this.#waiting.push({ what, resolve }));
    try {
      return (await Promise.race([said, over])) as Said & { what: W };
    } finally {
      patience.abort();
    }
  }
}

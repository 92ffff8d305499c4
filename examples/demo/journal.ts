import { Subject, type Observable } from 'rxjs';
import type { InitCause, Observation, WatchError, WatchEvent } from 'rxkube';

/** What came of an episode, as far as the watch is concerned. */
export type Outcome = 'nothing' | 'resumed' | 'listed';

/** Something that happened to the connection, from the first sign of it to the moment when all is well again. */
export interface Episode {
  /** Whose doing it is; undefined: it came by itself. */
  readonly name: string | undefined;
  readonly startedAt: number;
  readonly failures: readonly WatchError[];
  /** Lists and watches that were asked for. */
  readonly requests: number;
  /** Watches that the server ended in order. */
  readonly endings: number;
  /** It was told to rest. */
  readonly rests: number;
  readonly relists: readonly InitCause[];
  /** Where the last watch went on from. */
  readonly resumedFrom: string | undefined;
  /** Of all that was listed, what differed from what was known. */
  readonly found: number;
  /** Frames of a watch that were told since it was last open. */
  readonly frames: number;
  /** Frames that said again what another had said. */
  readonly repeats: number;
  /** ms between the first sign of trouble and the last of recovery. */
  readonly took: number;
  /** The longest time without a frame, in ms. */
  readonly silence: number;
}

export interface Entry {
  readonly at: number;
  /** `✓` as expected, `✗` not so, `·` nobody expected anything */
  readonly mark: '✓' | '✗' | '·';
  readonly text: string;
}

/** Turns what a watch says of itself into a diary. */
export class Journal {
  readonly #episodes = new Subject<Episode | undefined>();
  readonly #entries = new Subject<Entry>();
  readonly #bookmarks = new Subject<unknown>();
  #episode: Recorder | undefined;
  /** A request is being answered. */
  #isOpen = false;

  /** What is going on; undefined when nothing is. */
  get episode(): Episode | undefined {
    return this.#episode;
  }

  /** The same, whenever something was added to it. */
  get episodes(): Observable<Episode | undefined> {
    return this.#episodes;
  }

  get entries(): Observable<Entry> {
    return this.#entries;
  }

  get bookmarks(): Observable<unknown> {
    return this.#bookmarks;
  }

  /** Whoever does something says so, and closes it when it is over. */
  begin(name: string): void {
    this.#episode = new Recorder(name);
    this.#tell();
  }

  close(mark: Entry['mark'], text?: string): void {
    const episode = this.#episode;
    this.#episode = undefined;
    this.#tell();
    if (episode !== undefined) this.#entries.next({ at: Date.now(), mark, text: text ?? describe(episode) });
  }

  observed(observation: Observation): void {
    if (observation.type === 'request') this.#record((episode) => episode.requests++);
    if (observation.type === 'response') this.#isOpen = true;
    // One that the watch itself has let go of is no news.
    if (observation.type === 'end' && observation.error === undefined && this.#isOpen)
      this.#record((episode) => episode.ended());
    if (observation.type === 'end') this.#isOpen = false;
  }

  changed(): void {
    this.#episode?.changed();
  }

  said(event: WatchEvent): void {
    switch (event.type) {
      case 'init':
        return this.#record((episode) => episode.listing(event.cause));
      case 'interrupted':
        this.#isOpen = false;
        return this.#record((episode) => episode.failed(event.error));
      case 'apply':
      case 'delete':
        this.#episode?.frame(`${event.type} ${event.object.metadata.uid} ${event.object.metadata.resourceVersion}`);
        return this.#tell();
      case 'bookmark':
        this.#bookmarks.next(event);
        this.#episode?.frame();
        return this.#tell();
      case 'initDone':
      case 'live':
        this.#episode?.recovered(event.type === 'live' ? event.resourceVersion : undefined);
        if (this.#episode?.name === undefined) this.close('·');
        return this.#tell();
      case 'paused':
        this.#isOpen = false;
        return this.#record((episode) => episode.paused());
      case 'initApply':
        return;
    }
  }

  /** What nobody has announced begins an episode of its own. */
  #record(what: (episode: Recorder) => void): void {
    this.#episode ??= new Recorder(undefined);
    what(this.#episode);
    this.#tell();
  }

  #tell(): void {
    this.#episodes.next(this.#episode);
  }
}

class Recorder implements Episode {
  readonly name: string | undefined;
  readonly startedAt = Date.now();
  readonly failures: WatchError[] = [];
  readonly relists: InitCause[] = [];
  requests = 0;
  endings = 0;
  rests = 0;
  resumedFrom: string | undefined;
  found = 0;
  frames = 0;
  repeats = 0;
  silence = 0;
  #brokenAt: number | undefined;
  #recoveredAt: number | undefined;
  #lastFrameAt = Date.now();
  #isListing = false;
  readonly #seen = new Set<string>();

  constructor(name: string | undefined) {
    this.name = name;
  }

  get took(): number {
    return this.#brokenAt === undefined ? 0 : (this.#recoveredAt ?? Date.now()) - this.#brokenAt;
  }

  failed(error: WatchError): void {
    this.failures.push(error);
    this.#broken();
  }

  ended(): void {
    this.endings++;
    this.#broken();
  }

  paused(): void {
    this.rests++;
    this.#broken();
  }

  listing(cause: InitCause): void {
    this.relists.push(cause);
    this.found = 0;
    this.#isListing = true;
    this.#broken();
  }

  /** A list is told as its difference, when it is complete. */
  changed(): void {
    if (this.#isListing) this.found++;
  }

  /** @param what a change, which is to be told once; bookmarks may come again */
  frame(what?: string): void {
    this.frames++;
    if (what !== undefined && this.#seen.has(what)) this.repeats++;
    if (what !== undefined) this.#seen.add(what);
    this.silence = Math.max(this.silence, Date.now() - this.#lastFrameAt);
    this.#lastFrameAt = Date.now();
  }

  recovered(resumedFrom: string | undefined): void {
    this.#isListing = false;
    this.resumedFrom = resumedFrom;
    this.#recoveredAt = Date.now();
  }

  #broken(): void {
    this.#brokenAt ??= Date.now();
    this.frames = 0;
  }
}

export function outcomeOf({ relists, requests }: Episode): Outcome {
  if (relists.length > 0) return 'listed';
  return requests > 0 ? 'resumed' : 'nothing';
}

/** What the watch noticed, and what it did about it. */
function describe(episode: Episode): string {
  const { name, relists, found, resumedFrom, took, silence, repeats } = episode;
  const after = `after ${seconds(took)}`;
  const told = repeats === 0 ? 'nothing told twice' : `${repeats} told twice`;
  const did = {
    nothing: `no word for ${seconds(silence)}, then went on`,
    resumed: `resumed${resumedFrom === undefined ? '' : ` from ${resumedFrom}`} ${after}, no relist, ${told}`,
    listed: `listed anew (${relists.join(', ')}) ${after}, ${found} ${found === 1 ? 'change' : 'changes'} found`,
  }[outcomeOf(episode)];
  if (relists[0] === 'start') return `listed ${found} objects ${after}`;
  return `${name === undefined ? '' : `${name}: `}${noticed(episode)}; ${did}`;
}

export function noticed({ failures, endings, rests }: Episode): string {
  const words = [
    ...(rests > 0 ? ['paused'] : []),
    ...Array.from({ length: endings }, () => 'the watch ended in order'),
    ...failures.map(short),
  ];
  if (words.length === 0) return 'nothing noticed';
  return [...new Set(words)]
    .map((word) => ({ word, times: words.filter((other) => other === word).length }))
    .map(({ word, times }) => (times === 1 ? word : `${word} (${times} times)`))
    .join(', ');
}

/** What an error says, without what was asked and of whom. */
export function short({ kind, code, status, message, retryAfter }: WatchError): string {
  const asked = retryAfter === undefined ? '' : `, come back in ${seconds(retryAfter)}`;
  const words = status?.details?.causes?.[0]?.message ?? status?.reason ?? '';
  if (kind === 'status' && code !== undefined) return `${code} ${words}`.trim() + asked;
  return `${message.slice(message.lastIndexOf(': ') + 1).trim()}${asked}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

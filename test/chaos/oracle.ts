import { isDeepStrictEqual } from 'node:util';
import type { Commit } from './commit-log.ts';
import type { Note } from './messages.ts';
import type { PlainChange, PlainError, PlainEvent, PlainObject } from './plain.ts';

/** What there is to know of the writes: what etcd committed, and what the API server answered to who wrote. */
export interface Truth {
  readonly commits: readonly Commit[];
  /** By resourceVersion. A write whose answer was lost is not in it. */
  readonly objects: ReadonlyMap<number, PlainObject>;
  /** From an etcd that was set back: what was true before that, and since when it is not. */
  readonly before?: {
    readonly commits: readonly Commit[];
    readonly objects: ReadonlyMap<number, PlainObject>;
    readonly until: number;
  };
}

/** A timer may fire a little early, and two clocks are read. */
const EARLY = 5;

/**
 * Holds what one watch said to the invariants of docs/state-machine.md, with nothing of the library: no fold, no order, no state of it.
 *
 * @returns what is wrong, in words; the first few of each kind.
 */
export function judge(notes: readonly Note[], truth: Truth): string[] {
  const judgement = new Judgement(truth);
  for (const note of notes) judgement.take(note);
  return judgement.verdict();
}

/** name → revision, as of a revision. */
export function stateAt(commits: readonly Commit[], revision: number): Map<string, number> {
  const state = new Map<string, number>();
  for (const commit of commits) {
    if (commit.revision > revision) break;
    if (commit.type === 'put') state.set(commit.name, commit.revision);
    else state.delete(commit.name);
  }
  return state;
}

type Place = 'nowhere' | 'listing' | 'following';

class Judgement {
  readonly #truth: Truth;
  readonly #wrong = new Map<string, number>();

  #commits: readonly Commit[];
  #objects: ReadonlyMap<number, PlainObject>;
  #isRolledBack: boolean;

  #place: Place = 'nowhere';
  readonly #listed = new Map<string, PlainObject>();
  /** What the events add up to: for the states that deletions end. */
  #known = new Map<string, PlainObject>();
  #position: number | undefined;
  /** The next commit that has to be said. */
  #next = 0;
  #last: PlainEvent | undefined;
  /** Since the last event: for what may cause the next one. */
  #lastError: PlainError | undefined;
  /** Failures at the present position, by what they say of it. */
  #stuck = { garbled: 0, short: 0, broken: 0, unreadable: 0 };
  #brokenList = false;
  #sawAbsent = false;

  readonly #requests: number[] = [];
  #interruptedAt = -Infinity;
  #quietEnd = false;
  #pageWasAnswered = false;

  readonly #told = new Map<string, PlainObject>();
  #toldSinceEvent = 0;
  #toldOtherThanDeleted = false;

  constructor(truth: Truth) {
    this.#truth = truth;
    this.#isRolledBack = truth.before === undefined;
    this.#commits = truth.before?.commits ?? truth.commits;
    this.#objects = truth.before?.objects ?? truth.objects;
  }

  take(note: Note): void {
    switch (note.what) {
      case 'event':
        this.#toldSinceEvent = 0;
        this.#toldOtherThanDeleted = false;
        this.#event(note.event, note.at);
        this.#last = note.event;
        return;
      case 'change':
        this.#change(note.change);
        return;
      case 'observed':
        this.#observed(note);
        return;
      case 'error':
        this.#blame('7: an error', note.error.message);
        return;
      case 'complete':
        this.#blame('7: completed', '');
        return;
      case 'differs':
        this.#blame('12: not one truth', note.text);
    }
  }

  verdict(): string[] {
    return [...this.#wrong].map(([text, count]) => (count > 1 ? `${text} (and ${count - 1} more)` : text));
  }

  /** The first words of each kind are kept, and how often it happened. */
  #blame(kind: string, text: string): void {
    const first = [...this.#wrong.keys()].find((known) => known.startsWith(kind)) ?? `${kind}: ${text}`;
    this.#wrong.set(first, (this.#wrong.get(first) ?? 0) + 1);
  }

  /** From when etcd was set back until the watch says so, what it says cannot be held to anything. */
  #isSuspended(at: number): boolean {
    return !this.#isRolledBack && at >= (this.#truth.before?.until ?? Infinity);
  }

  #event(event: PlainEvent, at: number): void {
    switch (event.type) {
      case 'init':
        return this.#init(event.cause, at);
      case 'initApply':
        if (this.#place !== 'listing') this.#blame('1: initApply outside of a list', nameOf(event.object));
        this.#checkObject(event.object, at);
        this.#listed.set(nameOf(event.object), event.object);
        return;
      case 'initDone':
        return this.#initDone(Number(event.resourceVersion), at);
      case 'apply':
      case 'delete':
        if (event.type === 'delete' && this.#place === 'listing') {
          this.#listed.delete(nameOf(event.object));
          return;
        }
        return this.#transition(event.type, event.object, at);
      case 'live':
      case 'bookmark':
        return this.#progress(event.type, Number(event.resourceVersion), at);
      case 'interrupted':
        this.#interruptedAt = at;
        this.#lastError = event.error;
        if (event.error.code === 404) this.#sawAbsent = true;
        if (this.#place === 'listing') this.#brokenList = true;
        this.#count(event.error);
        if (this.#quietEnd) this.#blame('9: a proper end was told as a failure', event.error.message);
        return;
      case 'paused':
        this.#blame('1: paused, though nobody asked for it', '');
    }
  }

  #init(cause: string, at: number): void {
    const code = this.#lastError?.code;
    switch (cause) {
      case 'start':
        if (this.#last !== undefined) this.#blame('1: started twice', '');
        break;
      case 'expired':
        if (code !== 410) this.#blame('a needless list', `expired after ${this.#lastError?.message ?? 'nothing'}`);
        break;
      case 'restart':
        if (!this.#brokenList && !this.#sawAbsent && this.#place !== 'listing')
          this.#blame('a needless list', `restart after ${this.#lastError?.message ?? 'nothing'}`);
        break;
      case 'rollback':
        if (this.#isRolledBack) this.#blame('a needless list', 'rollback, though etcd was never set back');
        break;
      case 'stuck': {
        const { garbled, short, broken, unreadable } = this.#stuck;
        if (garbled < 2 && short < 3 && broken < 3 && unreadable === 0)
          this.#blame('a needless list', `stuck after ${this.#lastError?.message ?? 'nothing'}`);
        break;
      }
      default:
        this.#blame('1: init for an unknown reason', cause);
    }
    if (this.#isSuspended(at)) {
      // Whatever made it list: from here on it sees the new history.
      this.#isRolledBack = true;
      this.#commits = this.#truth.commits;
      this.#objects = this.#truth.objects;
      this.#position = undefined;
    }
    this.#brokenList = false;
    this.#sawAbsent = false;
    this.#lastError = undefined;
    this.#pageWasAnswered = false;
    this.#listed.clear();
    this.#place = 'listing';
  }

  #count({ kind, code, reason, message }: PlainError): void {
    if (reason === 'StoreReadError') this.#stuck.unreadable++;
    else if (kind === 'decode') this.#stuck.garbled++;
    else if (message.includes('closed the watch after')) this.#stuck.short++;
    else if (kind === 'status' && ![401, 403, 404, 410, 429, 502, 503, 504].includes(code ?? 0)) this.#stuck.broken++;
  }

  #initDone(revision: number, at: number): void {
    if (this.#place !== 'listing') this.#blame('1: initDone without init', String(revision));
    this.#place = 'following';
    this.#pageWasAnswered = false;
    if (this.#position !== undefined && revision < this.#position)
      this.#blame('6: the position went back', `${this.#position} → ${revision}`);
    const expected = stateAt(this.#commits, revision);
    const listed = new Map([...this.#listed].map(([name, object]) => [name, revisionOf(object)]));
    const text = differenceOf(expected, listed);
    if (text !== undefined && !this.#isSuspended(at)) this.#blame('3: a list is not whole', `at ${revision}: ${text}`);
    this.#known = new Map(this.#listed);
    this.#moveTo(revision);
  }

  #moveTo(revision: number): void {
    if (revision !== this.#position) this.#stuck = { garbled: 0, short: 0, broken: 0, unreadable: 0 };
    this.#position = revision;
    const next = this.#commits.findIndex((commit) => commit.revision > revision);
    this.#next = next < 0 ? this.#commits.length : next;
  }

  #transition(type: 'apply' | 'delete', object: PlainObject, at: number): void {
    const name = nameOf(object);
    const revision = revisionOf(object);
    if (this.#place !== 'following') this.#blame('1: a change outside of an epoch', `${type} ${name}@${revision}`);
    if (this.#isSuspended(at)) return;
    const expected = this.#commits[this.#next];
    const said = `${type} ${name}@${revision}`;
    if (
      expected?.revision !== revision ||
      expected.name !== name ||
      (expected.type === 'delete') !== (type === 'delete')
    ) {
      const wanted = expected === undefined ? 'nothing' : `${expected.type} ${expected.name}@${expected.revision}`;
      if (!this.#commits.some((commit) => commit.revision === revision)) this.#blame('2: made up', said);
      else if (this.#position !== undefined && revision <= this.#position)
        this.#blame('4: repeated or out of order', `${said} at ${this.#position}`);
      else this.#blame('4: lost', `${said} came instead of ${wanted}`);
    }
    if (type === 'apply') {
      this.#checkObject(object, at);
      this.#known.set(name, object);
    } else {
      const last = this.#known.get(name);
      if (last === undefined) this.#blame('4: deleted what was not there', said);
      else if (last.metadata.uid !== object.metadata.uid) this.#blame('2: deleted with another uid', said);
      else if (!sameBut(last, object)) this.#blame('2: not as the server had it', said);
      this.#known.delete(name);
    }
    this.#moveTo(revision);
  }

  #progress(type: string, revision: number, at: number): void {
    if (this.#place !== 'following') this.#blame(`1: ${type} outside of an epoch`, String(revision));
    if (this.#isSuspended(at)) return;
    if (this.#position !== undefined && revision < this.#position)
      this.#blame('6: the position went back', `${type} ${revision} at ${this.#position}`);
    if (type === 'live' && revision !== this.#position)
      this.#blame('4: live at another position', `${revision}, not ${String(this.#position)}`);
    const skipped = this.#commits[this.#next];
    if (skipped !== undefined && skipped.revision <= revision)
      this.#blame('4: lost', `${type} ${revision} passes ${skipped.name}@${skipped.revision}`);
    this.#moveTo(revision);
  }

  /** As the server answered it to who wrote it; lists leave the type of built-in objects out, and the library fills it in. */
  #checkObject(object: PlainObject, at: number): void {
    if (this.#isSuspended(at)) return;
    const expected = this.#objects.get(revisionOf(object));
    if (expected !== undefined && !isDeepStrictEqual(object, expected))
      this.#blame('2: not as the server had it', `${nameOf(object)}@${revisionOf(object)}`);
  }

  #observed(note: Note & { what: 'observed' }): void {
    const { occurrence, at } = note;
    if (occurrence.type === 'lateAnswer') this.#blame('7: a late answer, though nobody answers', '');
    if (occurrence.type === 'end') {
      const { verb, error, lived, frames } = occurrence;
      this.#quietEnd = verb === 'watch' && error === undefined && (lived >= 10_000 || (lived >= 1_000 && frames > 0));
      if (verb === 'list' && error === undefined && this.#place === 'listing') this.#pageWasAnswered = true;
    }
    if (occurrence.type !== 'request') return;
    this.#quietEnd = false;
    const { verb, resourceVersion } = occurrence;
    if (at < this.#interruptedAt + 100 - EARLY)
      this.#blame('8: within 100 ms after a failure', `${Math.round(at - this.#interruptedAt)} ms`);
    const isFurtherPage = verb === 'list' && this.#pageWasAnswered;
    if (!isFurtherPage) {
      this.#requests.push(at);
      if (this.#requests.filter((then) => then > at - 60_000 + EARLY).length > 20)
        this.#blame('8: more than 20 requests within a minute', new Date(at).toISOString());
    }
    if (verb === 'list' && resourceVersion !== '') this.#blame('5: a list at', resourceVersion);
    if (verb === 'watch') this.#watchedFrom(resourceVersion, at);
  }

  #watchedFrom(resourceVersion: string, at: number): void {
    if (this.#isSuspended(at)) return;
    const expected = this.#place === 'following' ? String(this.#position) : '';
    if (resourceVersion !== expected)
      this.#blame('5: watched from elsewhere', `"${resourceVersion}", not "${expected}"`);
  }

  #change({ type, object, previous }: PlainChange): void {
    const name = nameOf(object);
    const told = this.#told.get(name);
    const what = `${type} ${name}@${object.metadata.resourceVersion}`;
    const during = this.#last?.type;
    this.#toldSinceEvent++;
    if (during !== 'initDone' && during !== 'apply' && during !== 'delete')
      this.#blame('16: told at an event that changes nothing', `${what} at ${String(during)}`);
    if (during !== 'initDone' && this.#toldSinceEvent > 2) this.#blame('13: more than one change by one event', what);
    if (type === 'deleted' && this.#toldOtherThanDeleted && during === 'initDone')
      this.#blame('16: a deletion after something else', what);
    this.#toldOtherThanDeleted ||= type !== 'deleted';
    switch (type) {
      case 'added':
        if (told !== undefined) this.#blame('13: added twice', what);
        break;
      case 'modified':
        if (told === undefined) this.#blame('13: modified what was not added', what);
        else if (told.metadata.uid !== object.metadata.uid) this.#blame('14: modified into another uid', what);
        else if (told.metadata.resourceVersion === object.metadata.resourceVersion)
          this.#blame('15: nothing new', what);
        if (!isDeepStrictEqual(previous, told)) this.#blame('13: another previous', what);
        break;
      case 'deleted':
        if (told === undefined) this.#blame('13: deleted what was not added', what);
        else if (told.metadata.uid !== object.metadata.uid) this.#blame('14: deleted another uid', what);
    }
    if (type === 'deleted') this.#told.delete(name);
    else this.#told.set(name, object);
  }
}

function nameOf({ metadata: { name } }: PlainObject): string {
  return name;
}

function revisionOf({ metadata: { resourceVersion } }: PlainObject): number {
  return Number(resourceVersion);
}

/** A deletion has a resourceVersion of its own, and otherwise the last state. */
function sameBut(last: PlainObject, deleted: PlainObject): boolean {
  const metadata = { ...deleted.metadata, resourceVersion: last.metadata.resourceVersion };
  return isDeepStrictEqual({ ...deleted, metadata }, last);
}

export function differenceOf(
  expected: ReadonlyMap<string, number>,
  actual: ReadonlyMap<string, number>,
): string | undefined {
  const words: string[] = [];
  for (const [name, revision] of expected) {
    const other = actual.get(name);
    if (other === undefined) words.push(`${name}@${revision} is missing`);
    else if (other !== revision) words.push(`${name} is ${other}, not ${revision}`);
  }
  for (const [name, revision] of actual) if (!expected.has(name)) words.push(`${name}@${revision} is too much`);
  return words.length === 0
    ? undefined
    : `${words.slice(0, 4).join(', ')}${words.length > 4 ? ` … ${words.length}` : ''}`;
}

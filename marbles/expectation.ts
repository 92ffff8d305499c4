import type { Observable, Subscription } from 'rxjs';
import type { KubernetesObject } from '../src/events.js';
import { parse, type Diagram } from './diagram.js';
import { difference } from './difference.js';
import type { Span } from './connections.js';
import { compared, draw } from './draw.js';
import type { Run } from './run.js';
import { isEvent, told, type Witness } from './witness.js';

/** One notification, or a whole list that came in one frame. */
interface Notification {
  readonly kind: 'next' | 'error' | 'complete' | 'list';
  readonly value?: unknown;
  readonly frame: number;
  /** What the servers had done by then. */
  readonly step: number;
  /** What it is, as far as that is known without the values of the test. */
  readonly char: string | undefined;
}

/** An Observable, and the diagram that it is expected to be. */
export class Expectation {
  readonly #diagram: Diagram;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #witness: Witness;
  readonly #run: Run;
  readonly #notifications: Notification[] = [];
  #subscription: Subscription | undefined;

  constructor(run: Run, witness: Witness, diagram: string, values: Readonly<Record<string, unknown>>) {
    this.#run = run;
    this.#witness = witness;
    this.#diagram = parse(diagram);
    this.#values = values;
  }

  observe(observable: Observable<unknown>, { from, to }: Span = { from: 0, to: undefined }): void {
    const { scheduler } = this.#run;
    scheduler.schedule(() => {
      this.#subscription = observable.subscribe({
        next: (value) => this.#note('next', value),
        error: (error: unknown) => this.#note('error', error),
        complete: () => this.#note('complete'),
      });
    }, from);
    if (to !== undefined) {
      scheduler.schedule(() => this.#subscription?.unsubscribe(), to);
      return;
    }
    // What is scripted and the diagram does not tell is not to be missed.
    scheduler.schedule(() => {
      const end = scheduler.schedule(() => this.#end(), LONGEST_WAIT);
      this.#run.whenPlayed(() => end.add(scheduler.schedule(() => this.#end(), 1 + this.#run.longest)));
    }, this.#diagram.end);
  }

  /** @returns what is wrong. */
  check(): string | undefined {
    const actual = byFrame(this.#folded());
    const expected = byFrame(this.#diagram.marks);
    const lower = new Map<number, string[]>();
    let first: { readonly frame: number; readonly nth: number; readonly text: string } | undefined;
    for (const frame of [...new Set([...expected.keys(), ...actual.keys()])].sort((a, b) => a - b)) {
      const [wanted, got] = [expected.get(frame) ?? [], actual.get(frame) ?? []];
      for (let nth = 0; nth < Math.max(wanted.length, got.length); nth++) {
        const [mark, notification] = [wanted[nth], got[nth]];
        const flaw = this.#flaw(mark?.char, notification);
        if (flaw !== undefined) first ??= { frame, nth, text: flaw };
        if (notification === undefined) continue;
        const char = flaw === undefined ? mark?.char : this.#charOf(notification);
        lower.set(frame, [...(lower.get(frame) ?? []), char ?? '?']);
      }
    }
    if (first === undefined) return undefined;
    const upper = new Map([...expected].map(([frame, marks]) => [frame, marks.map(({ char }) => char)]));
    const { texts, column } = draw([upper, lower], this.#diagram.end, first);
    return compared(`at ${first.frame} ms: ${first.text}`, texts, column);
  }

  #end(): void {
    this.#run.ending = true;
    this.#subscription?.unsubscribe();
    this.#run.ending = false;
  }

  #note(kind: 'next' | 'error' | 'complete', value?: unknown): void {
    const { scheduler, counter } = this.#run;
    const { step } = counter;
    const char = kind === 'error' ? '#' : kind === 'complete' ? '|' : this.#witness.mark(value, step);
    this.#notifications.push({ kind, value, frame: scheduler.now(), step, char });
  }

  /** A list that comes as a whole is one mark, and so is its beginning in the same frame. */
  #folded(): readonly Notification[] {
    let notifications: readonly Notification[] = this.#notifications;
    for (const done of this.#notifications) {
      const { value, frame, step } = done;
      if (done.kind !== 'next' || !isEvent(value) || value.type !== 'initDone') continue;
      const same = notifications.filter(
        (other) => other.frame === frame && isEvent(other.value) && other.value.from === value.from,
      );
      const before = same.slice(0, same.indexOf(done));
      const list = before.slice(1 + before.findLastIndex((other) => typeOf(other) !== 'initApply'));
      const objects = list.map((other) => (other.value as { readonly object: KubernetesObject }).object);
      const char = this.#witness.digit(value, objects, step);
      if (char === undefined) continue;
      const init = before.at(-list.length - 1);
      const folded = new Set([...list, ...(init !== undefined && typeOf(init) === 'init' ? [init] : [])]);
      notifications = notifications
        .filter((other) => !folded.has(other))
        .map((other) => (other === done ? { ...done, kind: 'list', char } : other));
    }
    return notifications;
  }

  /** Why a notification is not what a character stands for. */
  #flaw(char: string | undefined, notification: Notification | undefined): string | undefined {
    if (notification === undefined) return `expected ${char ?? ''}, got nothing`;
    if (char === undefined) return `expected nothing, got ${describe(notification)}`;
    const { kind, value, step } = notification;
    if (char === '|' || (char === '#' && kind !== 'error') || !Object.hasOwn(this.#values, char)) {
      const same = notification.char === char;
      if (!same) return `expected ${char}, got ${describe(notification)}`;
      const flaw = kind === 'next' ? this.#witness.flaw(value, step) : undefined;
      if (flaw === undefined) return undefined;
      return `${char} is not as the server gave it last: ${flaw}; an older state is to be declared: { x: state('${char.toLowerCase()}', 1) }`;
    }
    if (kind !== (char === '#' ? 'error' : 'next')) return `expected ${char}, got ${describe(notification)}`;
    const flaw = this.#difference(char, notification);
    return flaw === undefined ? undefined : `${char}: ${flaw}`;
  }

  #difference(char: string, { value, step }: Notification): string | undefined {
    return difference(this.#values[char], value, (state) => this.#witness.states(state, step));
  }

  /** A character for what is not as expected: one of the test's values, if it is one. */
  #charOf(notification: Notification): string | undefined {
    const chars = notification.kind === 'next' ? Object.keys(this.#values) : [];
    return chars.find((char) => this.#difference(char, notification) === undefined) ?? notification.char;
  }
}

/** How long something is waited for that a server has yet to send, and is never asked for. */
const LONGEST_WAIT = 60_000;

function describe({ kind, value, char }: Notification): string {
  switch (kind) {
    case 'next':
      return told(value);
    case 'list':
      return `list ${char ?? ''}`;
    case 'error':
      return `the error: ${told(value)}`;
    case 'complete':
      return 'completion';
  }
}

function typeOf({ value }: Notification): string | undefined {
  return isEvent(value) ? value.type : undefined;
}

function byFrame<T extends { readonly frame: number }>(all: readonly T[]): ReadonlyMap<number, readonly T[]> {
  const frames = new Map<number, T[]>();
  for (const one of all) frames.set(one.frame, [...(frames.get(one.frame) ?? []), one]);
  return frames;
}

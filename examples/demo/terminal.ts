import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import { ignoreElements, Observable, tap } from 'rxjs';
import { FAULTS, type Fault } from './faults.ts';
import { noticed, type Entry, type Episode } from './journal.ts';
import type { Show } from './run.ts';
import { view, type Key, type Paint, type State } from './view.ts';

/** A terminal, as far as the demo needs one. */
export interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
  setRawMode?(mode: boolean): unknown;
}

/** ms between two pictures */
const EVERY = 200;
const REMEMBERED = 50;
const ESCAPE = '\u001b';
/** A screen of its own, without a cursor; and back to what was there before. */
const ENTER = `${ESCAPE}[?1049h${ESCAPE}[?25l${ESCAPE}[H`;
const LEAVE = `${ESCAPE}[?25h${ESCAPE}[?1049l`;
const CLEAR = `${ESCAPE}[2J${ESCAPE}[H`;
const CTRL_C = '\u0003';

/** Shows everything in place, and does what keys say. Emits when it is to end, and gives the terminal back as it was. */
export function showTerminal(show: Show): Observable<void> {
  return new Observable((subscriber) => {
    const { output } = show;
    const input = show.input?.isTTY === true ? show.input : undefined;
    const keys = input === undefined ? [] : show.performer === undefined ? [QUIT] : [...FAULTS, PAUSE, QUIT];
    const entries: Entry[] = [];
    const update = createLogUpdate(output, { showCursor: true });
    const paint: Paint = (format, text) => styleText(format, text, { stream: output });
    const draw = (): void => {
      const { columns = 80, rows = 24 } = output;
      update(view(stateOf(show, entries, keys), { columns, rows, paint, now: Date.now() }).join('\n'));
    };
    // What was drawn is somewhere else now.
    const redraw = (): void => {
      update.done();
      output.write(CLEAR);
      draw();
    };
    const listen = (chunk: unknown): void => {
      const pressed = String(chunk);
      // Arrows and the like come as sequences: they are no letters.
      if (!pressed.startsWith(ESCAPE)) for (const key of pressed) if (press(key, show)) return subscriber.next();
      draw();
    };
    const leave = (): void => void output.write(LEAVE);

    output.write(ENTER);
    // What a bug says is to be read afterwards.
    process.once('uncaughtExceptionMonitor', leave);
    input?.setRawMode?.(true);
    input?.on('data', listen).resume();
    output.on('resize', redraw);
    const timer = setInterval(draw, EVERY);
    const diary = show.following.journal.entries
      .pipe(
        tap((entry) => {
          entries.push(entry);
          if (entries.length > REMEMBERED) entries.shift();
        }),
        ignoreElements(),
      )
      .subscribe(subscriber);
    draw();
    return () => {
      clearInterval(timer);
      diary.unsubscribe();
      output.off('resize', redraw);
      input?.off('data', listen).pause();
      input?.setRawMode?.(false);
      process.off('uncaughtExceptionMonitor', leave);
      leave();
    };
  });
}

/** @returns whether that is the end */
function press(key: string, { performer, paused }: Show): boolean {
  if (key === 'q' || key === CTRL_C) return true;
  if (performer === undefined) return false;
  if (key === 'p') paused.next(!paused.value);
  const fault = FAULTS.find((one) => one.key === key);
  if (fault === undefined) return false;
  // While the watch rests, nothing can happen to it.
  paused.next(false);
  performer.perform(fault);
  return false;
}

function stateOf(
  { title, kind, columns, following, performer }: Show,
  entries: readonly Entry[],
  keys: readonly Key[],
): State {
  const { snapshot, since, touched } = following;
  return {
    title,
    kind,
    columns,
    snapshot,
    since,
    touched,
    differing: performer?.differing,
    entries,
    current: current(following.journal.episode, performer?.queue ?? []),
    keys,
  };
}

const PAUSE: Key = { key: 'p', name: 'pause' };
const QUIT: Key = { key: 'q', name: 'quit' };

/** What is being done, and how far it is. */
function current(episode: Episode | undefined, [fault, ...waiting]: readonly Fault[]): string | undefined {
  if (episode === undefined) return undefined;
  const parts = fault === undefined ? [] : [`${fault.name}: ${fault.does}; the watch ${fault.expects}`];
  if (episode.failures.length + episode.endings + episode.rests > 0) parts.push(`so far: ${noticed(episode)}`);
  if (waiting.length > 0) parts.push(`then ${waiting.map(({ name }) => name).join(', ')}`);
  return parts.length === 0 ? undefined : parts.join('; ');
}

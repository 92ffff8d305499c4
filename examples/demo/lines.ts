import {
  concat,
  concatMap,
  defer,
  filter,
  distinctUntilChanged,
  from,
  ignoreElements,
  map,
  merge,
  type Observable,
  switchMap,
  take,
  tap,
  timer,
} from 'rxjs';
import type { Change, WatchEvent } from 'rxkube';
import { cellsOf, type Column } from './columns.ts';
import { FAULTS } from './faults.ts';
import type { Following } from './following.ts';
import { short } from './journal.ts';
import type { Performer } from './performer.ts';
import type { Show } from './run.ts';

/** What is done where nobody can press a key. */
const SCRIPT = ['cut', 'kill', 'half', 'throttle', 'withdraw'];
/** ms before each of them */
const PAUSE = 700;
/** ms after which none is begun any more, so that the end comes in time. */
const LIMIT = 14_000;

/** Prints a line whenever something happens, for pipes and logs. On the embedded server it does some faults, and emits when that is over. */
export function showLines({ output, following, columns, performer }: Show): Observable<unknown> {
  const print = (line: string): void => void output.write(`${line}\n`);
  const told = merge(
    states(following),
    following.changes.pipe(map((change) => lineOf(change, columns))),
    following.journal.entries.pipe(map(({ mark, text }) => `${mark} ${text}`)),
  ).pipe(tap(print), ignoreElements());
  return performer === undefined ? told : merge(told, rehearsal(performer, following, print));
}

function states({ from, snapshots }: Following): Observable<string> {
  return snapshots.pipe(
    distinctUntilChanged((a, b) => a.phase === b.phase && a.error === b.error),
    map(({ phase, items, error }) => {
      if (error !== undefined) return `${from}: ${phase} (${short(error)})`;
      return `${from}: ${phase}${phase === 'live' ? `, ${items.length} objects` : ''}`;
    }),
  );
}

function lineOf({ type, object }: Change<WatchEvent>, columns: readonly Column[]): string {
  const { namespace, name, resourceVersion } = object.metadata;
  // Name and namespace stand in front, and an age says nothing about a change.
  const between = columns.filter(({ head }) => !['NAMESPACE', 'NAME', 'AGE'].includes(head));
  const id = namespace === undefined ? name : `${namespace}/${name}`;
  return [type, id, ...cellsOf(between, object, Date.now()), `@${resourceVersion}`].join(' ');
}

/** One fault after the other, and a last look at what is left of the table. */
function rehearsal(performer: Performer, { journal }: Following, print: (line: string) => void): Observable<unknown> {
  const faults = FAULTS.filter(({ name }) => SCRIPT.includes(name));
  const start = Date.now();
  const done = from(faults).pipe(
    concatMap((fault) =>
      timer(PAUSE).pipe(
        filter(() => Date.now() - start < LIMIT),
        tap(() => {
          print(`→ ${fault.name}: ${fault.does}; the watch ${fault.expects}`);
          performer.perform(fault);
        }),
        switchMap(() => journal.entries.pipe(take(1))),
      ),
    ),
    ignoreElements(),
  );
  return concat(
    done,
    defer(() => performer.settled()).pipe(
      tap((differing) => {
        if (differing > 0) throw new Error(`${differing} objects are shown otherwise than the server has them`);
        print('the table is as the server has it');
      }),
    ),
  );
}

import { causeOf } from '../../src/protocol/failures.js';
import type { Input, State, Transition } from '../../src/protocol/state.js';

/** How often each row of the table of transitions (docs/state-machine.md) was gone through. */
export class Rows {
  readonly counts = new Map<string, number>();

  count(before: State, input: Input, transition: Transition): void {
    const row = `${before.phase.at}: ${nameOf(before, input)} → ${outcomeOf(before, transition)}`;
    this.counts.set(row, (this.counts.get(row) ?? 0) + 1);
  }

  /** The rows that were not visited, of those that an API server can bring about. */
  missing(): readonly string[] {
    const visited = [...this.counts.keys()];
    return EXPECTED.filter((row) => !visited.some((one) => row.test(one))).map(({ source }) => source);
  }

  table(): string {
    return [...this.counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([row, count]) => `${String(count).padStart(9)}  ${row}`)
      .join('\n');
  }
}

function nameOf({ memory, phase }: State, input: Input): string {
  switch (input.type) {
    case 'page':
      return input.page.continue === undefined ? 'last page' : 'page';
    case 'frame': {
      const { frame } = input;
      if (frame.type === 'ERROR') return `ERROR ${causeOf(frame.error)}`;
      if (frame.type === 'BOOKMARK') return frame.initialEventsEnd ? 'marker' : 'bookmark';
      return frame.type;
    }
    case 'ended':
      return `ended ${input.overdue === true ? 'overdue' : lifeOf(input.life.lived ?? 0, input.life.frames)}`;
    case 'failed': {
      const isLater = phase.at === 'listing' && phase.request.params.continue !== undefined;
      const cause = causeOf(input.error);
      const again = cause === 'unauthorized' && memory.reauthed ? ' again' : '';
      return `failed ${cause}${again}${isLater ? ' on a later page' : ''}`;
    }
    case 'probed':
      return `probed ${input.error === undefined ? 'ok' : causeOf(input.error)}`;
    case 'settled':
    case 'silent':
    case 'unmarked':
    case 'waited':
    case 'pause':
    case 'resume':
      return input.type;
  }
}

function lifeOf(lived: number, frames: number): string {
  if (lived >= 10_000) return 'healthy';
  return `${lived < 1_000 ? 'at once' : 'soon'} ${frames > 0 ? 'with' : 'without'} frames`;
}

function outcomeOf(before: State, { state: { phase }, failure, events }: Transition): string {
  const what = events.map(({ type }) => type).join('+');
  const next = phase === before.phase ? 'same' : phase.at;
  const then =
    phase.at === 'waiting' && next !== 'same'
      ? ` for ${phase.next.do === 'list' ? `list ${phase.next.cause ?? ''}` : 'again'}`
      : '';
  return [next + then, failure === undefined ? '' : failure.fatal ? 'I fatal' : 'I', what]
    .filter((part) => part !== '')
    .join(', ');
}

/**
 * What comes from no API server that is known has its rows in step.spec.ts alone: MODIFIED and DELETED before the marker, a bookmark of
 * nothing, "too large" for a list at ''.
 */
const EXPECTED: readonly RegExp[] = [
  /^streaming: ADDED → same, initApply/,
  /^streaming: (failed|ERROR) unauthorized → (streaming|listing)/,
  /^streaming: failed unauthorized again → .*I fatal/,
  /^streaming: (failed|ERROR) forbidden → .*I/,
  /^streaming: failed absent → .*I/,
  /^streaming: marker → watching, initDone/,
  /^streaming: bookmark → streaming/,
  /^streaming: unmarked → listing/,
  /^streaming: failed invalid → listing/,
  /^streaming: (failed|ERROR) expired → waiting for list/,
  /^streaming: (ended|failed unanswered).* → waiting for list/,
  /^streaming: failed garbled → waiting for list/,
  /^streaming: failed busy → waiting for list/,
  /^streaming: pause → paused, paused/,
  /^listing: page → listing, initApply/,
  /^listing: last page → watching, .*initDone/,
  /^listing: failed expired → waiting for list/,
  /^listing: failed expired on a later page → waiting for list expired/,
  /^listing: failed invalid → .*I/,
  /^listing: failed invalid on a later page → waiting for list restart/,
  /^listing: failed (busy|unanswered).* → waiting for again/,
  /^listing: failed \w+ on a later page → waiting for list/,
  /^listing: pause → paused/,
  /^watching: settled → watching, live/,
  /^watching: (ADDED|MODIFIED) → same, apply/,
  /^watching: (ADDED|MODIFIED) → watching, live\+apply/,
  /^watching: DELETED → same, delete/,
  /^watching: bookmark → same, bookmark/,
  /^watching: silent → probing/,
  /^watching: ended healthy → waiting for again$/,
  /^watching: ended overdue → waiting for again$/,
  /^watching: ended soon with frames → waiting for again$/,
  /^watching: ended (soon|at once) .*frames → waiting for again, I/,
  /^watching: ended at once without frames → waiting for list stuck, I/,
  /^watching: (ERROR|failed) expired → waiting for list expired, I/,
  /^watching: (ERROR|failed) expired → (streaming|listing), init/,
  /^watching: (ERROR|failed) unreadable → waiting for list stuck, I/,
  /^watching: failed garbled → waiting for again, I/,
  /^watching: failed garbled → waiting for list stuck, I/,
  /^watching: (ERROR|failed) broken → waiting for again, I/,
  /^watching: (ERROR|failed) broken → waiting for list stuck, I/,
  /^watching: failed invalid → waiting for again, I/,
  /^watching: failed busy → waiting for again, I/,
  /^watching: failed unanswered → waiting for again, I/,
  /^watching: failed unauthorized → watching/,
  /^watching: failed unauthorized again → waiting for again, I/,
  /^watching: (failed|ERROR) forbidden → waiting for again, I/,
  /^watching: failed absent → waiting for list restart, I/,
  /^watching: pause → paused, paused/,
  /^probing: probed ok → waiting for again/,
  /^probing: probed ahead → waiting for list rollback, I/,
  /^probing: probed (busy|broken) → watching/,
  /^probing: probed unanswered → waiting for again, I/,
  /^probing: (ADDED|MODIFIED|DELETED|bookmark) → watching/,
  /^waiting: waited → /,
  /^waiting: pause → paused/,
  /^paused: resume → /,
];

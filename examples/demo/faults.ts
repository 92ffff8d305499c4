import type { ApiServer, Fault as Injected } from 'rxkube/apiserver';
import type { Episode, Outcome } from './journal.ts';

/** Where faults happen. */
export interface Stage {
  readonly server: ApiServer;
  /** Waits; all waits of a demo are as many times shorter as it is told to be. */
  readonly seconds: (count: number) => Promise<void>;
  /** A fault for the watches of what is shown. */
  readonly inject: (fault: Injected) => void;
  /** Changes an object that is shown. */
  readonly write: () => void;
  /** Until the watch has said this. */
  readonly noticed: (what: (episode: Episode) => boolean) => Promise<unknown>;
  /** Until the server has sent a bookmark. */
  readonly bookmark: () => Promise<unknown>;
  /** Lets nothing happen in the cluster until the fault is over. */
  readonly hold: () => void;
}

export interface Fault {
  readonly key: string;
  readonly name: string;
  /** What it does to the server. */
  readonly does: string;
  /** What the watch is expected to do about it. */
  readonly expects: string;
  readonly outcome: Outcome;
  readonly run: (stage: Stage) => void | Promise<void>;
  /** Whether the watch has come to the end of it, once it is live again. */
  readonly isOver: (episode: Episode) => boolean;
}

/** It was asked again so many times since. */
const requests =
  (count: number) =>
  ({ requests: made }: Episode): boolean =>
    made >= count;

export const FAULTS: readonly Fault[] = [
  {
    key: 'c',
    name: 'cut',
    does: 'resets every connection',
    expects: 'resumes where it was',
    outcome: 'resumed',
    run: ({ server }) => server.cut(),
    isOver: requests(1),
  },
  {
    key: 'e',
    name: 'end',
    does: 'ends every watch in order, as at a timeout',
    expects: 'asks again, without a fuss',
    outcome: 'resumed',
    run: ({ server }) => server.endWatches(),
    isOver: requests(1),
  },
  {
    key: 'f',
    name: 'freeze',
    does: 'answers nothing for 5 s, and closes nothing',
    expects: 'waits: what changed meanwhile comes late',
    outcome: 'nothing',
    run: async ({ server, seconds, write }) => {
      server.freeze();
      write();
      await seconds(5);
      server.thaw();
    },
    isOver: ({ frames }) => frames > 0,
  },
  {
    key: 'r',
    name: 'refuse',
    does: 'cuts, and refuses connections for 4 s',
    expects: 'knocks until somebody opens, then resumes',
    outcome: 'resumed',
    run: async ({ server, seconds }) => {
      server.refuse();
      server.cut();
      await seconds(4);
      await server.accept();
    },
    isOver: requests(1),
  },
  {
    key: 'k',
    name: 'kill',
    does: 'restarts the server, with writes in between',
    expects: 'is told 410, lists anew, and tells the difference',
    outcome: 'listed',
    run: async ({ server, write }) => {
      const isUp = server.restart(10_000);
      write();
      await isUp;
    },
    isOver: requests(2),
  },
  {
    key: 't',
    name: 'throttle',
    does: 'cuts, then answers 429 with Retry-After: 3',
    expects: 'stays away for 3 s at least, then resumes',
    outcome: 'resumed',
    run: ({ server, inject }) => {
      inject({ fault: 'status', code: 429, retryAfter: 3 });
      server.cut();
    },
    isOver: requests(2),
  },
  {
    key: 'o',
    name: 'overload',
    does: 'cuts, then answers 503 twice',
    expects: 'waits longer each time, then resumes',
    outcome: 'resumed',
    run: ({ server, inject }) => {
      inject({ fault: 'status', code: 503, times: 2 });
      server.cut();
    },
    isOver: requests(3),
  },
  {
    key: 'm',
    name: 'malformed',
    does: 'cuts, then sends a frame that is no JSON',
    expects: 'drops that stream, and resumes behind the last good frame',
    outcome: 'resumed',
    run: ({ server, inject, write }) => {
      inject({ fault: 'malformed', at: { frames: 1 } });
      server.cut();
      write();
    },
    isOver: requests(2),
  },
  {
    key: 'h',
    name: 'half',
    does: 'cuts, then once more in the middle of a frame',
    expects: 'drops the half, and resumes before it',
    outcome: 'resumed',
    run: ({ server, inject, write }) => {
      inject({ fault: 'cut', at: { bytes: 100 } });
      server.cut();
      write();
    },
    isOver: requests(2),
  },
  {
    key: 'd',
    name: 'duplicate',
    does: 'cuts, then sends the next frame twice',
    expects: 'resumes, and tells it once',
    outcome: 'resumed',
    run: ({ server, inject, write }) => {
      inject({ fault: 'duplicate', frame: 1 });
      server.cut();
      write();
    },
    isOver: ({ requests: made, frames, repeats }) => made >= 1 && frames > 0 && repeats === 0,
  },
  {
    key: 'w',
    name: 'withdraw',
    does: 'withdraws the token (401), then its rights (403), then gives them back',
    expects: 'waits for its rights, then resumes',
    outcome: 'resumed',
    run: async ({ server, noticed }) => {
      const { token, tokens } = server;
      tokens.delete(token);
      server.cut();
      await noticed(({ failures }) => failures.some(({ code }) => code === 401));
      tokens.set(token, 'forbidden');
      await noticed(({ failures }) => failures.some(({ code }) => code === 403));
      tokens.set(token, 'allowed');
    },
    isOver: requests(4),
  },
  {
    key: 'b',
    name: 'backup',
    does: 'restores a backup of 5 s ago, and stays silent',
    expects: 'asks after 9 s of silence (its idleLimit; 90 s by default), finds the server behind, and lists anew',
    outcome: 'listed',
    run: async ({ server, seconds, write, bookmark, hold }) => {
      const backup = server.snapshot();
      await Promise.all([seconds(5), bookmark()]);
      write();
      hold();
      await server.restore(backup);
    },
    isOver: requests(2),
  },
];

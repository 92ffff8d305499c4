import { startApiServer, type ApiServer } from 'rxkube/apiserver';
import { DemoClock, faster } from './clock.ts';
import { Workload } from './workload/workload.ts';

export interface EmbeddedOptions {
  readonly seed?: number | undefined;
  /** How many times faster the server's time goes by. Default: {@link PACE} */
  readonly pace?: number | undefined;
}

/** A bookmark every 6 s, and watches that end within a minute. */
export const PACE = 10;

/** A server in this process, and the life on it. */
export interface Embedded extends AsyncDisposable {
  readonly server: ApiServer;
  readonly workload: Workload;
  readonly pace: number;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/**
 * Starts a server with a workload that has a past. Its bookmarks, timeouts and delays come several times faster than usual, so that
 * nobody has to wait for them.
 */
export async function startEmbedded({ seed = 1, pace = PACE }: EmbeddedOptions = {}): Promise<Embedded> {
  const clock = new DemoClock();
  const server = await startApiServer({ clock: faster(clock, pace) });
  const workload = new Workload(server, { seed, clock });
  const live = (from: number, seconds: number): void => {
    for (let second = 0; second < seconds; second++) clock.ago(from - second * 1_000, () => workload.step());
  };
  clock.ago(6 * DAY, () => workload.populate());
  live(6 * DAY, 20);
  live(7 * 60 * MINUTE, 30);
  live(40 * MINUTE, 30);
  live(40_000, 40);
  return {
    server,
    workload,
    pace,
    [Symbol.asyncDispose]: async () => {
      workload.stop();
      await server.close();
    },
  };
}

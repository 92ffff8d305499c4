import type { Flags } from '../real/cluster.ts';
import type { ResourceSetup, WatchSetup } from './messages.ts';
import type { Stage } from './stage.ts';

export interface Scenario {
  readonly name: string;
  /** What breaks, in a few words. */
  readonly about: string;
  /** Part of what CI runs. */
  readonly slice?: boolean;
  /** Of kube-apiserver. Scenarios with the same ones share a server. */
  readonly flags?: Flags;
  /** Over a gateway that understands HTTP, behind the TCP proxy. */
  readonly gateway?: boolean;
  readonly resource?: ResourceSetup;
  readonly watches?: readonly WatchSetup[];
  /** Writes a second. */
  readonly rate?: number;
  /** Who watches: a user of the cluster, or a kubeconfig of the scenario's own. Default: `admin`. */
  readonly user?: string;
  readonly kubeconfig?: (stage: Stage) => Promise<string>;
  /** The causes that a list after the first may have. Default: none may be made. */
  readonly relists?: readonly string[];
  /** One of these has to be seen by every watch. */
  readonly mustRelist?: readonly string[];
  /** Seconds from the end of the fault until every watch has followed. */
  readonly within: number;
  /** Requests of one watch while the fault lasts, so many seconds. Default: what nobody's answering would cost. */
  readonly requests?: (seconds: number) => number;
  /** Before the watches begin. */
  readonly prepare?: (stage: Stage) => Promise<void>;
  /** The fault. Says `begins` and `ends`, and asserts its cause with `expect`. */
  readonly run: (stage: Stage) => Promise<void>;
  /** Undoes what another scenario would stumble over. */
  readonly tidy?: (stage: Stage) => Promise<void>;
  /** The watches that come and go meanwhile. Default: with connections of their own, 1.5 s at most each. */
  readonly comeAndGo?: { readonly shared: boolean; readonly lifeMs: number } | false;
}

/** The waits of the ladder for servers that nobody reaches, at their shortest, and two requests that come on top: one after a wake-up, one
 * with fresh credentials. */
export function requestsWhileGone(seconds: number): number {
  let count = 3;
  for (let [at, wait] = [0, 0.8]; at + wait <= seconds; at += wait, wait = Math.min(wait * 2, 3.2)) count++;
  return count;
}

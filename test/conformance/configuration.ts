import type { Flags } from '../real/cluster.ts';

/** How a server is started. Each configuration has golden files of its own. */
export interface Configuration {
  readonly name: 'default' | 'watch-cache-off' | 'watch-list-off';
  readonly watchCache: boolean;
  readonly watchList: boolean;
  /** The same, as flags of kube-apiserver. */
  readonly flags: Flags;
}

export const CONFIGURATIONS: readonly Configuration[] = [
  { name: 'default', watchCache: true, watchList: true, flags: {} },
  { name: 'watch-cache-off', watchCache: false, watchList: true, flags: { watchCache: false } },
  { name: 'watch-list-off', watchCache: true, watchList: false, flags: { featureGates: 'WatchList=false' } },
];

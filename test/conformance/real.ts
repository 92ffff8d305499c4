import { startCluster } from '../real/cluster.ts';
import type { Configuration } from './configuration.ts';
import { Http, type Server } from './subject.ts';

/** kube-apiserver with an etcd of its own. */
export async function realSubject(configuration: Configuration): Promise<Server> {
  const cluster = await startCluster({ flags: configuration.flags });
  const http = new Http({ url: cluster.url, ca: cluster.ca, token: cluster.token() });
  return {
    configuration,
    http,
    kubeconfigPath: cluster.kubeconfigPath,
    restart: async () => {
      await cluster.restart();
      await http.reconnect();
    },
    compact: async (revision) => {
      await cluster.compact(revision === undefined ? undefined : Number(revision));
    },
    close: async () => {
      await http.close();
      await cluster.stop();
    },
  };
}

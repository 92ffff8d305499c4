import { startApiServer } from '../../apiserver/index.js';
import type { Configuration } from './configuration.ts';
import { Http, type Server } from './subject.ts';

/** The API server that runs in this process. */
export async function embeddedSubject(configuration: Configuration): Promise<Server> {
  const { watchCache, watchList } = configuration;
  const server = await startApiServer({ watchCache, watchList });
  const http = new Http({ url: server.url, ca: server.ca, token: server.token });
  return {
    configuration,
    http,
    kubeconfigPath: server.kubeconfigPath,
    restart: async () => {
      await server.restart();
      await http.reconnect();
    },
    compact: (revision) => {
      server.compact(revision);
      return Promise.resolve();
    },
    close: async () => {
      await http.close();
      await server.close();
    },
  };
}

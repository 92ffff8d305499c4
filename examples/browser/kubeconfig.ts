import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { WithCredentials } from './gateway.ts';

/**
 * The API server of a kubeconfig, with what its user has: certificates, tokens, exec plug-ins.
 *
 * @throws Error in one line, when it cannot be read, or has no such context
 */
export async function fromKubeconfig(kubeconfig: string | undefined, context?: string): Promise<WithCredentials> {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`the kubeconfig has no context ${JSON.stringify(config.getCurrentContext())}`);

  const ask = async (): Promise<RequestOptions> => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return options;
  };
  const { agent } = await ask();
  return {
    url: cluster.server,
    agent: agent as Agent,
    headers: async () => {
      const { headers, auth } = await ask();
      return {
        ...(headers as Record<string, string>),
        ...(auth && { authorization: `Basic ${Buffer.from(auth).toString('base64')}` }),
      };
    },
  };
}

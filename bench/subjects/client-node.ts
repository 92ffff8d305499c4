import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';
import type { Follow, KubeObject } from './subject.ts';

/** The informer of the official client, as its examples use it. */
export const follow: Follow = async ({ kubeconfig }, { synced, changed }) => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const informer = makeInformer(config, '/api/v1/pods', () => api.listPodForAllNamespaces());
  informer.on('update', changed);
  informer.on('error', (error: unknown) => {
    throw error;
  });
  await informer.start();
  synced(() => informer.list() as Iterable<KubeObject>);
};

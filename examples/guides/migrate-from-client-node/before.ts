import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';

const config = new KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(CoreV1Api);

const informer = makeInformer(
  config,
  '/api/v1/namespaces/default/pods',
  () => core.listNamespacedPod({ namespace: 'default', labelSelector: 'app=web' }),
  'app=web',
);
informer.on('add', (pod) => console.log('added', pod.metadata?.name));
informer.on('update', (pod) => console.log('modified', pod.metadata?.name, pod.status?.phase));
informer.on('delete', (pod) => console.log('deleted', pod.metadata?.name));
informer.on('error', (error: unknown) => {
  console.error('failed:', error instanceof Error ? error.message : error);
  setTimeout(() => void informer.start(), 5_000);
});
await informer.start();
console.log(informer.list().length, 'pods, web-1 is', informer.get('web-1', 'default')?.status?.phase);

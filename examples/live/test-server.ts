import { emitKeypressEvents } from 'node:readline';
import { startCluster, type Cluster } from '../../test/real/cluster.ts';

/** Starts a real kube-apiserver with pods that come and go. @returns its kubeconfig. */
export async function startTestServer(): Promise<string> {
  console.error('starting a kube-apiserver; the first time it is built, which takes some minutes');
  const server = await startCluster();
  console.error(`its kubeconfig: ${server.kubeconfigPath}`);
  void live(server);
  if (process.stdin.isTTY) restartOnKeyPress(server);
  return server.kubeconfig;
}

const PODS = '/api/v1/namespaces/default/pods';
const PHASES = ['Pending', 'Running', 'Running', 'Succeeded'];

/** Nothing schedules pods on a bare server, so their life is made up: a pod a second, from Pending to gone. */
async function live({ admin }: Cluster): Promise<void> {
  for (let n = 0; ; n++) {
    const wait = new Promise((resolve) => setTimeout(resolve, 1000));
    const containers = [{ name: 'main', image: 'registry.example/main:1' }];
    const steps = [
      admin.create(PODS, { metadata: { name: `pod-${String(n)}` }, spec: { containers } }),
      ...PHASES.map((phase, age) => admin.patch(`${PODS}/pod-${String(n - age - 1)}/status`, { status: { phase } })),
      admin.delete(`${PODS}/pod-${String(n - 8)}`, { gracePeriodSeconds: 0 }),
    ];
    // The first pods are not there yet, and while the server restarts nobody answers.
    await Promise.allSettled(steps);
    await wait;
  }
}

function restartOnKeyPress(server: Cluster): void {
  emitKeypressEvents(process.stdin);
  process.stdin.setRawMode(true);
  process.stdin.on('keypress', (_, key: { readonly name?: string; readonly ctrl?: boolean }) => {
    if (key.name === 'k') void server.kill().then(() => server.start());
    if (key.name === 'q' || (key.name === 'c' && key.ctrl === true)) void server.stop().then(() => process.exit());
  });
  console.error('k kills the server and starts it again, q ends');
}

import { ManualClock, startApiServer, type Fault } from 'rxkube/apiserver';

const fault: Fault = { fault: 'cut', verb: 'watch', resource: 'pods', at: { bytes: 100 } };

export async function kubeconfig(): Promise<string> {
  await using server = await startApiServer({ clock: new ManualClock(), history: 100 });
  server.inject(fault);
  return server.kubeconfig;
}

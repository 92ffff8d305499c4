import * as k8s from '@kubernetes/client-node';
import { appliedObjects, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { asModels, connect } from 'rxkube/node';

const config = new k8s.KubeConfig();
config.loadFromDefault();

watch$(connect({ kubeconfig: config }).resource(Pod))
  .pipe(asModels(k8s, 'V1Pod'), appliedObjects())
  .subscribe({ next: (pod) => console.log(describe(pod)), error: console.error });

/** Code that was written for client-node, and stays as it is. */
function describe({ metadata, spec }: k8s.V1Pod): string {
  const created = metadata?.creationTimestamp?.getFullYear() ?? 0;
  return `${metadata?.name ?? ''} of ${created} has ${spec?.containers.length ?? 0} containers`;
}

import { createStore, customResource, reflectInto, watch$ } from 'rxkube';
import { connect } from 'rxkube/node';
import type { Follow, KubeObject } from './subject.ts';

interface Pod extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly uid: string };
}

const Pods = customResource<Pod>()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });

/** As an application would: no option set. */
export const follow: Follow = async ({ kubeconfig }, { synced, changed }) => {
  const store = createStore<Pod>();
  const pods = connect({ kubeconfig }).resource(Pods);
  await watch$(pods)
    .pipe(reflectInto(store))
    .forEach((event) => {
      if (event.type === 'apply') changed();
      if (event.type === 'initDone') synced(() => store.values());
      if (event.type === 'interrupted') throw event.error;
    });
};

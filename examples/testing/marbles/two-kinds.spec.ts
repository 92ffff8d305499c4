import { changes, customResource, watch$, type KubernetesObject } from 'rxkube';
import { list, state, watchTest } from 'rxkube/marbles';
import { combineLatest, filter, map } from 'rxjs';
import { it } from 'vitest';

interface Pod extends KubernetesObject {
  readonly spec: { readonly nodeName: string };
}
const Pods = customResource<Pod>()({ group: '', version: 'v1', plural: 'pods', kind: 'Pod' });
const Nodes = customResource()({ group: '', version: 'v1', plural: 'nodes', kind: 'Node', scope: 'Cluster' });

it(
  'tells the last pod with its node',
  watchTest(({ watch, expectThat }) => {
    const pods = watch('1---p', { p: { spec: { nodeName: 'n' } }, 1: list('p') }, { kind: Pods });
    const nodes = watch('--n--n', {}, { kind: Nodes });
    const expected = '   --x-yz';

    const [pod$, node$] = [watch$(pods).pipe(changes()), watch$(nodes).pipe(changes())];
    const placed$ = combineLatest([pod$, node$]).pipe(
      filter(([pod, node]) => pod.object.spec.nodeName === node.object.metadata.name),
      map(([pod, node]) => ({ pod: pod.object, node: node.object })),
    );
    expectThat(placed$).toBe(expected, {
      x: { pod: state('p', 1), node: state('n', 1) },
      y: { pod: state('p', 2), node: state('n', 1) },
      z: { pod: state('p'), node: state('n') },
    });
  }),
);

import { changes, watch$ } from 'rxkube';
import { Node, Pod } from 'rxkube/kinds';
import { list, state, watchTest } from 'rxkube/marbles';
import { combineLatest, filter, map } from 'rxjs';
import { it } from 'vitest';

it(
  'tells the last pod with its node',
  watchTest(({ watch, expectThat }) => {
    const pods = watch('1---p', { p: { spec: { nodeName: 'n' } }, 1: list('p') }, { kind: Pod });
    const nodes = watch('--n--n', {}, { kind: Node });
    const expected = '   --x-yz';

    const [pod$, node$] = [watch$(pods).pipe(changes()), watch$(nodes).pipe(changes())];
    const placed$ = combineLatest([pod$, node$]).pipe(
      filter(([pod, node]) => pod.object.spec?.nodeName === node.object.metadata.name),
      map(([pod, node]) => ({ pod: pod.object, node: node.object })),
    );
    expectThat(placed$).toBe(expected, {
      x: { pod: state('p', 1), node: state('n', 1) },
      y: { pod: state('p', 2), node: state('n', 1) },
      z: { pod: state('p'), node: state('n') },
    });
  }),
);

/**
 * How many pods each node has, by phase, and how many pods have no node: a table that stays current.
 *
 *     npm run example -- pods-by-node --context staging -n shop
 */
import { filter, map } from 'rxjs';
import { mapObjects, snapshots, watch$ } from 'rxkube';
import { Pod } from 'rxkube/kinds';
import { command, type CommonOptions } from './shared/command.ts';
import { run } from './shared/run.ts';
import { sayFailures, type Table } from './shared/screen.ts';

interface Options extends CommonOptions {
  readonly namespace?: string;
}

const options = command('pods-by-node', 'Shows how many pods each node has, by phase.')
  .option('-n, --namespace <name>', 'only the pods of this namespace')
  .parse()
  .opts<Options>();
const scope = options.namespace === undefined ? {} : { namespace: options.namespace };

const PHASES = ['Running', 'Pending', 'Succeeded', 'Failed'];
const NO_NODE = '(no node)';

await run(options, (cluster) =>
  watch$(cluster.resource(Pod, scope)).pipe(
    sayFailures(),
    // What is not shown is not kept: a pod is some kilobytes, and there may be thousands.
    mapObjects(({ metadata: { namespace, name, uid, resourceVersion }, spec, status }) => ({
      metadata: { namespace, name, uid, resourceVersion },
      node: spec?.nodeName ?? NO_NODE,
      phase: status?.phase,
    })),
    // All that is there as one value, four times a second at most, however many pods change.
    snapshots({ every: 250 }),
    // Before the first list is complete, the counts would be too low. During a failure they are what was known last.
    filter(({ ready }) => ready),
    map(({ items }) => tableOf(items)),
  ),
);

interface PlacedPod {
  readonly node: string;
  readonly phase: string | undefined;
}

function tableOf(pods: readonly PlacedPod[]): Table {
  const byNode = Map.groupBy(pods, ({ node }) => node);
  const nodes = [...byNode.keys()].filter((node) => node !== NO_NODE).sort();
  // A pod has no node before it is scheduled, or if there is none for it. Where there are such pods, somebody is to see them: always a row.
  return {
    head: ['NODE', 'PODS', ...PHASES.map((phase) => phase.toUpperCase())],
    rows: [...nodes, NO_NODE].map((node) => rowOf(node, byNode.get(node) ?? [])),
    none: 'no pods',
  };
}

function rowOf(node: string, pods: readonly PlacedPod[]): readonly string[] {
  const counts = PHASES.map((wanted) => pods.filter(({ phase }) => phase === wanted).length);
  return [node, ...[pods.length, ...counts].map(String)];
}

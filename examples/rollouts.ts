/**
 * How far the rollouts of deployments are: a line for each deployment, and another one whenever that changes.
 *
 *     npm run example -- rollouts --context staging -n shop
 */
import { isDeepStrictEqual, styleText } from 'node:util';
import { auditTime, distinctUntilChanged, endWith, map, mergeMap } from 'rxjs';
import { byOwner, groupByObject, hasCondition, isDeploymentAvailable, isPodReady, joinBy, watch$ } from 'rxkube';
import type { Joined } from 'rxkube';
import { Deployment, Pod, ReplicaSet } from 'rxkube/kinds';
import type { PodTemplateSpec } from 'rxkube/kinds/core/v1';
import { command, type CommonOptions } from './shared/command.ts';
import { run } from './shared/run.ts';
import { sayFailures } from './shared/screen.ts';
import { oneLine, plural, timeOfDay } from './shared/text.ts';

interface Options extends CommonOptions {
  readonly namespace?: string;
}

const options = command('rollouts', 'Shows how far the rollouts of deployments are.')
  .option('-n, --namespace <name>', 'only the deployments of this namespace')
  .parse()
  .opts<Options>();
const scope = options.namespace === undefined ? {} : { namespace: options.namespace };

await run(options, (cluster) => {
  // A deployment owns replica sets, one for each of its templates, and they own pods. Whichever of the three watches has something new,
  // or had to list anew: the deployment is told again, with all that is below it.
  const replicaSets = watch$(cluster.resource(ReplicaSet, scope)).pipe(
    joinBy(watch$(cluster.resource(Pod, scope)), byOwner()),
  );
  return watch$(cluster.resource(Deployment, scope)).pipe(
    joinBy(replicaSets, byOwner()),
    sayFailures(),
    groupByObject(),
    mergeMap((rollout) =>
      rollout.pipe(
        // The watches are at one moment only one after the other: it is said when all had time to speak.
        auditTime(100),
        map(stateOf),
        distinctUntilChanged(),
        endWith('gone'),
        map((state) => `${timeOfDay()}   ${`${rollout.namespace}/${rollout.name}`.padEnd(24)}   ${state}`),
      ),
    ),
  );
});

type Rollout = Joined<Deployment, Joined<ReplicaSet, Pod>>;

/** `3 of 5 updated, 2 old pods terminating, progressing` */
function stateOf({ left: deployment, right: replicaSets }: Rollout): string {
  const current = replicaSets.find(({ left }) => isOfTemplate(left, deployment));
  const pods = current?.right ?? [];
  const updated = pods.filter(isActive).length;
  const ready = pods.filter(isPodReady).length;
  const old = replicaSets.filter((replicaSet) => replicaSet !== current).flatMap(({ right }) => right);
  return [
    `${updated} of ${deployment.spec.replicas ?? 1} updated`,
    ...(ready < updated ? [`${ready} ready`] : []),
    ...(old.length > 0 ? [leftOver(old)] : []),
    verdictOn(deployment, pods),
  ].join(', ');
}

function leftOver(pods: readonly Pod[]): string {
  const terminating = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length;
  const all = plural(pods.length, 'old pod');
  return terminating === 0 ? all : `${all}${terminating < pods.length ? `, ${terminating}` : ''} terminating`;
}

function verdictOn(deployment: Deployment, pods: readonly Pod[]): string {
  if (deployment.metadata.deletionTimestamp !== undefined) return 'terminating';
  // As `kubectl rollout status` sees it: pods that are still terminating do not count.
  if (isDeploymentAvailable(deployment)) return styleText('green', 'complete');
  // A pod says what it waits for ten minutes before the deployment has exceeded its deadline.
  const reasons = new Set([...failuresOf(deployment), ...pods.filter(isActive).flatMap(troubleOf)]);
  if (reasons.size > 0) return styleText('red', `stuck (${oneLine([...reasons].join(', '))})`);
  return deployment.spec.paused === true ? 'paused' : styleText('yellow', 'progressing');
}

/** What its controller says of the present template: it exceeded its deadline, or may make no pods (a quota). */
function failuresOf(deployment: Deployment): readonly string[] {
  const isFailure: Readonly<Record<string, boolean>> = {
    Progressing: hasCondition('Progressing', 'False')(deployment),
    ReplicaFailure: hasCondition('ReplicaFailure')(deployment),
  };
  const { conditions = [] } = deployment.status ?? {};
  return conditions.flatMap(({ type = '', reason = type }) => (isFailure[type] === true ? [reason] : []));
}

/** Why a pod has no node, and what keeps its containers from running, as long as they are not ready. */
function troubleOf({ status = {} }: Pod): readonly string[] {
  const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = status;
  return [
    ...conditions.flatMap(({ reason }) => (reason === 'Unschedulable' ? [reason] : [])),
    ...[...initContainerStatuses, ...containerStatuses].flatMap(({ ready, restartCount, state }) => {
      const { reason = '' } = state?.waiting ?? {};
      // One that runs between two crashes is no better for that: without this, the state would change with each of them.
      if (!ready && restartCount > 1) return ['CrashLoopBackOff'];
      return /BackOff|^Err|Error$|^Invalid/.test(reason) ? [reason] : [];
    }),
  ];
}

function isActive({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

/**
 * As its controller knows the current replica set: by the template, which has one label more. The revision is written later, and not at
 * all while the deployment is paused.
 */
function isOfTemplate({ spec }: ReplicaSet, deployment: Deployment): boolean {
  return isDeepStrictEqual(withoutHash(spec.template), withoutHash(deployment.spec.template));
}

function withoutHash(template: PodTemplateSpec | undefined) {
  const labels = Object.entries(template?.metadata?.labels ?? {}).filter(([name]) => name !== 'pod-template-hash');
  return { ...template, metadata: { ...template?.metadata, labels: Object.fromEntries(labels) } };
}

import type { KubernetesObject } from 'rxkube';

/** As much of an object as is shown, of whatever kind. */
interface Shown extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & {
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: {
    readonly replicas?: number;
    readonly completions?: number;
    readonly containers?: readonly unknown[];
    readonly initContainers?: readonly unknown[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly succeeded?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly Container[];
    readonly initContainerStatuses?: readonly Container[];
  };
}

interface Container {
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: State;
  readonly lastState?: State;
}

interface State {
  readonly waiting?: { readonly reason?: string };
  readonly running?: object;
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number; readonly finishedAt?: string };
}

export interface Column {
  readonly head: string;
  readonly cell: (object: Shown, now: number) => string;
}

const NAMESPACE: Column = { head: 'NAMESPACE', cell: ({ metadata }) => metadata.namespace ?? '' };
const NAME: Column = { head: 'NAME', cell: ({ metadata }) => metadata.name };
const AGE: Column = {
  head: 'AGE',
  cell: ({ metadata }, now) => (metadata.creationTimestamp === undefined ? '' : age(metadata.creationTimestamp, now)),
};

/** What kubectl shows of a kind, between its name and its age. */
const OF_KIND: Readonly<Record<string, readonly Column[]>> = {
  pods: [
    { head: 'READY', cell: podReady },
    { head: 'STATUS', cell: podStatus },
    { head: 'RESTARTS', cell: podRestarts },
  ],
  'deployments.apps': [
    { head: 'READY', cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 1}` },
    { head: 'UP-TO-DATE', cell: ({ status }) => String(status?.updatedReplicas ?? 0) },
    { head: 'AVAILABLE', cell: ({ status }) => String(status?.availableReplicas ?? 0) },
  ],
  'replicasets.apps': [
    { head: 'DESIRED', cell: ({ spec }) => String(spec?.replicas ?? 1) },
    { head: 'CURRENT', cell: ({ status }) => String(status?.replicas ?? 0) },
    { head: 'READY', cell: ({ status }) => String(status?.readyReplicas ?? 0) },
  ],
  'jobs.batch': [
    { head: 'STATUS', cell: jobStatus },
    { head: 'COMPLETIONS', cell: ({ spec, status }) => `${status?.succeeded ?? 0}/${spec?.completions ?? 1}` },
  ],
  nodes: [{ head: 'STATUS', cell: (node) => (holds(node, 'Ready') ? 'Ready' : 'NotReady') }],
};

export function columnsOf(kind: string, withNamespace: boolean): readonly Column[] {
  return [...(withNamespace ? [NAMESPACE] : []), NAME, ...(OF_KIND[kind] ?? []), AGE];
}

/** Whatever a cell is made of, a server that says something odd must not end it all. */
export function cellsOf(columns: readonly Column[], object: KubernetesObject, now: number): string[] {
  return columns.map(({ cell }) => {
    try {
      return cell(object, now);
    } catch {
      return '?';
    }
  });
}

function podReady({ spec, status }: Shown): string {
  const containers = status?.containerStatuses ?? [];
  return `${containers.filter(({ ready }) => ready === true).length}/${spec?.containers?.length ?? containers.length}`;
}

/** As kubectl finds it: the reason of whoever has one, the first container having the last word. */
function podStatus({ metadata, spec, status = {} }: Shown): string {
  if (metadata.deletionTimestamp !== undefined) return status.reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  const inits = status.initContainerStatuses ?? [];
  const done = inits.findIndex(({ ready, state }) => ready !== true && state?.terminated?.exitCode !== 0);
  if (done !== -1 && status.phase === 'Pending') {
    const reason = reasonOf(inits[done]);
    const isOrdinary = reason === undefined || reason === 'PodInitializing';
    return isOrdinary ? `Init:${done}/${spec?.initContainers?.length ?? inits.length}` : `Init:${reason}`;
  }
  const containers = status.containerStatuses ?? [];
  const reason = containers.map(reasonOf).find((one) => one !== undefined);
  const isRunning = containers.some(({ ready, state }) => ready === true && state?.running !== undefined);
  if (reason === 'Completed' && isRunning) return 'Running';
  return reason ?? status.reason ?? status.phase ?? '';
}

function reasonOf(container: Container | undefined): string | undefined {
  const { waiting, terminated } = container?.state ?? {};
  return (
    waiting?.reason ?? (terminated && (terminated.reason ?? `ExitCode:${terminated.exitCode ?? '?'}`)) ?? undefined
  );
}

function podRestarts({ status }: Shown, now: number): string {
  const containers = status?.containerStatuses ?? [];
  const count = containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  const last = containers
    .map(({ lastState }) => lastState?.terminated?.finishedAt ?? '')
    .sort()
    .at(-1);
  return count === 0 || last === undefined || last === '' ? String(count) : `${count} (${age(last, now)} ago)`;
}

function jobStatus(job: Shown): string {
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return holds(job, 'Complete') ? 'Complete' : holds(job, 'Failed') ? 'Failed' : 'Running';
}

function holds({ status }: Shown, type: string): boolean {
  return status?.conditions?.some((one) => one.type === type && one.status === 'True') === true;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** As kubectl says it: two units where that matters, else one. */
export function age(then: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(then)) / 1000));
  const two = (unit: number, name: string, smaller: number, smallerName: string): string => {
    const rest = Math.floor((seconds % unit) / smaller);
    return `${Math.floor(seconds / unit)}${name}${rest === 0 ? '' : `${rest}${smallerName}`}`;
  };
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  if (seconds < 10 * MINUTE) return two(MINUTE, 'm', 1, 's');
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < 8 * HOUR) return two(HOUR, 'h', MINUTE, 'm');
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`;
  if (seconds < 8 * DAY) return two(DAY, 'd', HOUR, 'h');
  if (seconds < 2 * 365 * DAY) return `${Math.floor(seconds / DAY)}d`;
  return two(365 * DAY, 'y', DAY, 'd');
}

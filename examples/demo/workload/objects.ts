import type { ApiObject, ApiServer, ObjectMeta } from 'rxkube/apiserver';

/** What the workload lives in. */
export interface World {
  readonly server: ApiServer;
  /** ms since 1970 */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: true;
}

interface Owned extends ApiObject {
  readonly metadata: ObjectMeta & { readonly ownerReferences?: readonly Owner[] };
}

export interface Container {
  readonly name: string;
  readonly image: string;
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly containers: readonly [Container]; readonly restartPolicy: 'Always' | 'Never' };
}

export interface Terminated {
  readonly reason: string;
  readonly exitCode: number;
  readonly finishedAt: string;
}

/** One of the three is there. */
export interface ContainerState {
  readonly waiting?: { readonly reason: string };
  readonly running?: { readonly startedAt: string };
  readonly terminated?: Terminated;
}

export interface ContainerStatus {
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state: ContainerState;
  readonly lastState?: { readonly terminated: Terminated };
}

export interface Pod extends Owned {
  readonly spec: PodTemplate['spec'] & { readonly nodeName?: string };
  readonly status: {
    readonly phase: 'Pending' | 'Running' | 'Succeeded';
    readonly startTime?: string;
    readonly containerStatuses?: readonly [ContainerStatus];
  };
}

/** What Deployments and ReplicaSets have in common. */
export interface Replicated extends Owned {
  readonly spec: { readonly replicas: number; readonly template: PodTemplate };
  readonly status?: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly lastTransitionTime: string;
}

export interface Job extends Owned {
  readonly spec: { readonly template: PodTemplate };
  readonly status: { readonly startTime: string; readonly completionTime?: string };
}

const KINDS = {
  pods: ['v1', 'Pod'],
  replicaSets: ['apps/v1', 'ReplicaSet'],
  deployments: ['apps/v1', 'Deployment'],
  jobs: ['batch/v1', 'Job'],
  nodes: ['v1', 'Node'],
} as const;

interface Kinds {
  readonly pods: Pod;
  readonly replicaSets: Replicated;
  readonly deployments: Replicated;
  readonly jobs: Job;
  readonly nodes: ApiObject;
}

export function all<K extends keyof Kinds>({ server }: World, kind: K): readonly Kinds[K][] {
  const [apiVersion, name] = KINDS[kind];
  return server.list(apiVersion, name) as readonly Kinds[K][];
}

export function ownedBy<O extends Owned>(owner: ApiObject, objects: readonly O[]): readonly O[] {
  return objects.filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === owner.metadata.uid);
}

export function ownerOf({ apiVersion, kind, metadata: { name, uid } }: ApiObject): Owner {
  return { apiVersion, kind, name, uid, controller: true };
}

export function isLeaving({ metadata }: ApiObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

export function isReady(pod: Pod): boolean {
  return !isLeaving(pod) && pod.status.containerStatuses?.[0].ready === true;
}

/** Kubernetes keeps times in seconds. */
export function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

export function secondsSince(then: string | undefined, { now }: World): number {
  return then === undefined ? 0 : (now() - Date.parse(then)) / 1000;
}

/** No vowels, as in Kubernetes, so that no words come about. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** The end of a name, as controllers make them. */
export function suffix(length: number, random: () => number): string {
  return Array.from({ length }, () => LETTERS[Math.floor(random() * LETTERS.length)] ?? '').join('');
}

/** The same text, the same numbers: a generator for what has to be remembered by nobody. */
export function randomOf(seed: string | number): () => number {
  let state = 0;
  for (const letter of String(seed)) state = Math.imul(state ^ letter.charCodeAt(0), 0x01000193) + 0x9e3779b9;
  // mulberry32
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

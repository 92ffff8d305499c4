/** As much of an object as is looked at. */
export interface KubeObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion: string };
}

export interface Server {
  readonly url: string;
  /** A path. */
  readonly kubeconfig: string;
}

export interface Told {
  /** The list is complete. `objects` says what is known at any time after. */
  readonly synced: (objects: () => Iterable<KubeObject>) => void;
  /** An event arrived, and what is known is up to date with it. */
  readonly changed: () => void;
}

/** Keeps a copy of all pods of the server, and follows their changes. */
export type Follow = (server: Server, told: Told) => Promise<void>;

export const SUBJECTS = ['floor', 'client-node', 'rxkube'] as const;
export type SubjectName = (typeof SUBJECTS)[number];

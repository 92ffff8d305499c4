/**
 * The parts of `@kubernetes/client-node`'s `KubeConfig` that {@link connect} reads, so that it needs neither its types nor its 85 MB
 * for those who do not use it.
 */
export interface KubeConfigLike {
  /** The name of the context that is in use. */
  getCurrentContext(): string;
  /** All contexts. */
  getContexts(): readonly { readonly name: string }[];
  /** A context by its name; null where there is none. */
  getContextObject(name: string): { readonly cluster: string; readonly user?: string } | null;
  /** A cluster by its name; null where there is none. */
  getCluster(name: string): ClusterLike | null;
  /** A user by its name; null where there is none. */
  getUser(name: string): UserLike | null;
  /** Writes the headers of a request into `options`, with what an auth provider says. */
  applyToHTTPSOptions(options: object): Promise<void>;
}

/** A cluster as client-node has it. */
export interface ClusterLike {
  readonly server: string;
  readonly caData?: string;
  readonly caFile?: string;
  readonly skipTLSVerify?: boolean;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
}

/** A user as client-node has it. */
export interface UserLike {
  readonly name: string;
  readonly certData?: string;
  readonly certFile?: string;
  readonly keyData?: string;
  readonly keyFile?: string;
  readonly token?: string;
  readonly username?: string;
  readonly password?: string;
  readonly exec?: unknown;
  readonly authProvider?: unknown;
  readonly impersonateUser?: string;
}

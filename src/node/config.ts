import type { Proxy } from './proxy.js';

/** A certificate or key: its text, or the file that has it, which may change. */
export type Pem = { readonly data: string } | { readonly file: string };

/** Where a cluster is and who we are to it: what a kubeconfig says of one context, or a pod's service account. */
export interface ClusterConfig {
  readonly url: URL;
  readonly ca: Pem | undefined;
  /** Trust any certificate. */
  readonly insecure: boolean;
  /** The name that the server's certificate has to be for, where it is not the URL's. */
  readonly servername: string | undefined;
  readonly proxy: Proxy | undefined;
  /** Do not offer HTTP/2. */
  readonly http1: boolean;
  readonly user: UserConfig;
}

/** The ways to prove who we are; more than one may be there. The first of tokenFile, token, basic, exec, provider speaks. */
export interface UserConfig {
  readonly name: string;
  readonly cert: Pem | undefined;
  readonly key: Pem | undefined;
  readonly tokenFile: string | undefined;
  readonly token: string | undefined;
  readonly basic: { readonly username: string; readonly password: string } | undefined;
  readonly exec: ExecConfig | undefined;
  readonly provider: AuthProvider | undefined;
  /** `Impersonate-*` headers. */
  readonly impersonate: Readonly<Record<string, string | string[]>>;
}

/** A command that prints credentials: `client.authentication.k8s.io`. */
export interface ExecConfig {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  /** What a person has to do where the command is missing. */
  readonly installHint: string | undefined;
  /** What `spec.cluster` says; undefined where the plug-in did not ask for it. */
  readonly cluster: Readonly<Record<string, unknown>> | undefined;
}

/** A way to authenticate that is built into client-node: `oidc`, and what it has registered itself. */
export interface AuthProvider {
  readonly name: string;
  authorize(): Promise<{
    readonly authorization: string | undefined;
    readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  }>;
}

/** Who says nothing of who they are. */
export const NOBODY: UserConfig = {
  name: '',
  cert: undefined,
  key: undefined,
  tokenFile: undefined,
  token: undefined,
  basic: undefined,
  exec: undefined,
  provider: undefined,
  impersonate: {},
};

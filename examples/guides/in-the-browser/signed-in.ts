import { fetchCluster, type Cluster } from 'rxkube';

/** Whoever logged the user in, where the API server knows the same users (OIDC). */
export interface Login {
  /** @param renew the last token was refused: ask for another one */
  token(renew: boolean): Promise<string>;
}

export function clusterOf(login: Login, url = '/k8s'): Cluster {
  return fetchCluster({
    url,
    headers: async ({ refreshCredentials = false }) => ({
      authorization: `Bearer ${await login.token(refreshCredentials)}`,
    }),
  });
}

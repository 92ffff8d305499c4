/** A kubeconfig as JSON, which is YAML, with one cluster and one user. */
export function kubeconfigText(server: string, ca: string | undefined, token: string): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'embedded',
    clusters: [
      {
        name: 'embedded',
        cluster: {
          server,
          ...(ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
        },
      },
    ],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'embedded', context: { cluster: 'embedded', user: 'admin' } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

import type { Certificate } from '../../apiserver/certificates.ts';

export interface KubeconfigParts {
  readonly server: string;
  readonly ca: string;
  /** The current context. */
  readonly context: string;
  readonly tokens: ReadonlyMap<string, string>;
  readonly certificates: ReadonlyMap<string, Certificate>;
}

/** A kubeconfig as JSON, which is YAML, with a context of the same name for each user. */
export function kubeconfigText({ server, ca, context, tokens, certificates }: KubeconfigParts): string {
  const users = [
    ...[...tokens].map(([name, token]) => ({ name, user: { token } })),
    ...[...certificates].map(([name, { cert, key }]) => ({
      name,
      user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) },
    })),
  ];
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users,
    contexts: users.map(({ name }) => ({ name, context: { cluster: 'test', user: name } })),
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

import { KubeConfig } from '@kubernetes/client-node';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixture, pem } from '../../test/fixtures/servers.js';
import type { ClusterConfig } from './config.js';
import type { Machine } from './find-kubeconfig.js';
import { readConfig, type ConnectOptions } from './read-config.js';

let folder: string;
let machine: Machine;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rxkube-'));
  machine = { environment: {}, home: join(folder, 'home'), serviceAccount: join(folder, 'pod') };
});

afterEach(() => rmSync(folder, { recursive: true }));

const read = (options?: ConnectOptions): ClusterConfig => readConfig(options, machine);

function put(name: string, content: unknown): string {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A kubeconfig of one context, `dev`. */
function kubeconfig(cluster: object = {}, user: object = {}, more: object = {}): object {
  return {
    'current-context': 'dev',
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'me' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://dev.example.com:6443', ...cluster } }],
    users: [{ name: 'me', user }],
    ...more,
  };
}

/** What is said to be wrong with it. */
function complaint(content: unknown, options: ConnectOptions = {}): string {
  const file = put('config', content);
  try {
    read({ kubeconfig: file, ...options });
    return 'nothing';
  } catch (error) {
    return (error as Error).message.replaceAll(file, 'FILE').replaceAll(folder, 'FOLDER');
  }
}

describe('where the cluster is looked for', () => {
  const other = (server: string): object => kubeconfig({ server });

  it('is the given file', () => {
    expect(read({ kubeconfig: put('config', kubeconfig()) }).url.href).toBe('https://dev.example.com:6443/');
  });

  it('is KUBECONFIG, whose first file to name something wins, and whose missing files do not matter', () => {
    const files = [
      join(folder, 'missing'),
      put('a/one', { 'current-context': 'dev', contexts: [{ name: 'dev', context: { cluster: 'c', user: 'me' } }] }),
      put('b/two', {
        clusters: [{ name: 'c', cluster: { server: 'https://two', 'certificate-authority': 'ca.crt' } }],
      }),
      put('c/three', { ...other('https://three'), 'current-context': 'never' }),
    ];
    put('b/ca.crt', pem('ca.crt'));
    machine = { ...machine, environment: { KUBECONFIG: ['', ...files].join(delimiter) } };
    const config = read();
    expect(config.url.href).toBe('https://two/');
    expect(config.ca).toEqual({ file: join(folder, 'b', 'ca.crt') });
    expect(config.user.name).toBe('me');
  });

  it('is the file in the home folder', () => {
    put('home/.kube/config', other('https://home'));
    expect(read().url.href).toBe('https://home/');
  });

  it.each([
    ['10.0.0.1', 'https://10.0.0.1/'],
    ['fd00::1', 'https://[fd00::1]/'],
  ])('is the pod: %s', (KUBERNETES_SERVICE_HOST, href) => {
    put('pod/token', 'secret');
    put('pod/ca.crt', pem('ca.crt'));
    machine = { ...machine, environment: { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT: '443' } };
    expect(read()).toMatchObject({
      url: { href },
      ca: { file: join(folder, 'pod', 'ca.crt') },
      user: { tokenFile: join(folder, 'pod', 'token') },
    });
  });

  it('is said when there is nothing, instead of a guess', () => {
    const home = join(folder, 'home', '.kube', 'config');
    expect(() => read()).toThrow(
      `connect: no cluster is configured: KUBECONFIG is not set, ${home} does not exist, and this is not a pod with a service account`,
    );
    machine = { ...machine, environment: { KUBECONFIG: '/no/such/file' } };
    expect(() => read()).toThrow('connect: KUBECONFIG names no file that exists: /no/such/file');
  });
});

describe('what is wrong is said at once', () => {
  it.each<[object, string]>([
    [{ kubeConfig: 'x' }, 'connect: unknown option "kubeConfig"; there are kubeconfig, context, http1'],
    [{ kubeconfig: 7 }, 'connect: option "kubeconfig" must be a path or a KubeConfig, got 7'],
    [{ kubeconfig: '' }, 'connect: option "kubeconfig" must be a path or a KubeConfig, got ""'],
    [{ kubeconfig: {} }, 'connect: option "kubeconfig" must be a path or a KubeConfig, got an object'],
    [{ context: 7 }, 'connect: option "context" must be the name of a context, got 7'],
    [{ http1: 'yes' }, 'connect: option "http1" must be true or false, got "yes"'],
  ])('of the options %o', (options, message) => {
    expect(() => read(options as ConnectOptions)).toThrow(new TypeError(message));
  });

  it('of the options themselves', () => {
    expect(() => read('config' as ConnectOptions)).toThrow('connect: options must be an object');
  });

  it('of a file that is not there', () => {
    expect(() => read({ kubeconfig: '/no/such/file' })).toThrow('cannot read the kubeconfig /no/such/file: ENOENT');
  });

  const user = (more: object): object => kubeconfig({}, more);
  const exec = (more: object = {}): object =>
    user({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws', ...more } });

  it.each<[string, unknown, string]>([
    ['no YAML', 'a: "canary', 'FILE is not valid YAML (line 1)'],
    ['no mapping', '- canary', 'FILE must be a mapping'],
    ['an empty file', '', 'connect: FILE has no current-context, and the option "context" is not set; it has none'],
    [
      'no current context',
      { ...kubeconfig(), 'current-context': '' },
      'connect: FILE has no current-context, and the option "context" is not set; it has dev',
    ],
    [
      'an unknown current context',
      { ...kubeconfig(), 'current-context': 'prod' },
      'connect: current-context "prod" is no context of FILE; it has dev',
    ],
    [
      'a missing cluster',
      { ...kubeconfig(), clusters: [] },
      'connect: FILE: context "dev" names the cluster "c", which is not there',
    ],
    [
      'a missing user',
      { ...kubeconfig(), users: [] },
      'connect: FILE: context "dev" names the user "me", which is not there',
    ],
    ['no server', kubeconfig({ server: '' }), 'FILE: cluster "c".server is missing'],
    ['no URL', kubeconfig({ server: 'canary' }), 'connect: FILE: cluster "c".server must be an https or http URL'],
    [
      'a URL with a password',
      kubeconfig({ server: 'https://me:canary@host' }),
      'connect: FILE: cluster "c".server must not have credentials in it',
    ],
    [
      'a wrong type',
      kubeconfig({ 'insecure-skip-tls-verify': 'canary' }),
      'FILE: cluster "c".insecure-skip-tls-verify must be true or false',
    ],
    ['a token of digits', user({ token: 7 }), 'FILE: user "me".token must be a string'],
    [
      'an unreadable CA',
      kubeconfig({ 'certificate-authority': 'ca.crt' }),
      'connect: FILE: cluster "c".certificate-authority: cannot read FOLDER/ca.crt: ENOENT',
    ],
    [
      'a CA that is none',
      kubeconfig({ 'certificate-authority-data': base64('canary') }),
      'connect: FILE: cluster "c".certificate-authority-data is not a PEM certificate',
    ],
    [
      'a certificate without its key',
      user({ 'client-certificate': fixture('tls/client.crt') }),
      'connect: user "me" of FILE: cluster "c" has a client-certificate but no client-key',
    ],
    [
      'a certificate with another key',
      user({ 'client-certificate': fixture('tls/client.crt'), 'client-key-data': base64(pem('server.key')) }),
      'connect: user "me": client-certificate and client-key do not belong together',
    ],
    [
      'a proxy that is none',
      kubeconfig({ 'proxy-url': 'ftp://canary@proxy' }),
      'proxy-url: not the URL of an http, https or socks5 proxy (ftp:)',
    ],
    [
      'a plug-in of another version',
      exec({ apiVersion: 'client.authentication.k8s.io/v1alpha1' }),
      'connect: FILE: user "me".exec.apiVersion is "client.authentication.k8s.io/v1alpha1"; there are client.authentication.k8s.io/v1, client.authentication.k8s.io/v1beta1',
    ],
    [
      'a plug-in that wants a person',
      exec({ interactiveMode: 'Always' }),
      'connect: FILE: user "me".exec wants to talk to a person (interactiveMode: Always), and there is nobody',
    ],
    ['a plug-in without a command', exec({ command: '' }), 'FILE: user "me".exec.command is missing'],
    ['a plug-in with wrong arguments', exec({ args: [7] }), 'FILE: user "me".exec.args must be a list of strings'],
  ])('of a kubeconfig: %s', (_name, content, message) => {
    expect(complaint(content)).toBe(message);
  });

  it('of the option context', () => {
    expect(complaint(kubeconfig(), { context: 'prod' })).toBe(
      'connect: option "context" "prod" is no context of FILE; it has dev',
    );
  });
});

describe('a kubeconfig', () => {
  it('says everything about the cluster', () => {
    const content = kubeconfig({
      'certificate-authority-data': base64(pem('ca.crt')),
      'certificate-authority': '/not/read',
      'tls-server-name': 'kubernetes',
      'proxy-url': 'http://proxy:3128',
    });
    expect(read({ kubeconfig: put('config', content), http1: true })).toMatchObject({
      ca: { data: pem('ca.crt') },
      insecure: false,
      servername: 'kubernetes',
      proxy: { label: 'proxy:3128' },
      http1: true,
    });
  });

  it('says everything about the user', () => {
    const content = kubeconfig(
      { 'insecure-skip-tls-verify': true, 'certificate-authority': 'not/read' },
      {
        'client-certificate': fixture('tls/client.crt'),
        'client-key-data': base64(pem('client.key')),
        token: 'secret',
        tokenFile: 'token',
        username: 'me',
        password: 'pass',
        as: 'jane',
        'as-uid': '7',
        'as-groups': ['a', 'b'],
        'as-user-extra': { 'Example.com/x': ['y'] },
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: './plugin',
          args: ['get'],
          env: [{ name: 'A', value: 'b' }],
          provideClusterInfo: true,
          interactiveMode: 'IfAvailable',
        },
      },
    );
    expect(read({ kubeconfig: put('config', content) })).toMatchObject({
      ca: undefined,
      insecure: true,
      // Over HTTP/2 undici makes one header of the two groups.
      http1: true,
      user: {
        cert: { file: fixture('tls/client.crt') },
        key: { data: pem('client.key') },
        token: 'secret',
        tokenFile: join(folder, 'token'),
        basic: { username: 'me', password: 'pass' },
        impersonate: {
          'impersonate-user': 'jane',
          'impersonate-uid': '7',
          'impersonate-group': ['a', 'b'],
          'impersonate-extra-example.com%2Fx': ['y'],
        },
        exec: {
          command: join(folder, 'plugin'),
          args: ['get'],
          env: [{ name: 'A', value: 'b' }],
          cluster: { server: 'https://dev.example.com:6443', 'insecure-skip-tls-verify': true },
        },
      },
    });
  });

  it('may have several contexts, and one without a user', () => {
    const contexts = [{ name: 'other', context: { cluster: 'c' } }];
    const config = read({ kubeconfig: put('config', kubeconfig({}, {}, { contexts })), context: 'other' });
    expect(config.user).toMatchObject({ name: '', token: undefined });
  });
});

describe("client-node's KubeConfig", () => {
  function loaded(content: object): KubeConfig {
    const config = new KubeConfig();
    config.loadFromString(JSON.stringify(content));
    return config;
  }

  it('says the same as the file', () => {
    const content = kubeconfig(
      {
        'certificate-authority-data': base64(pem('ca.crt')),
        'tls-server-name': 'kubernetes',
        'proxy-url': 'http://proxy',
      },
      { token: 'secret', as: 'jane', username: 'me', password: 'pass' },
    );
    const config = read({ kubeconfig: loaded(content) });
    expect(config).toEqual(read({ kubeconfig: put('config', content) }));
    expect(config.user).toMatchObject({ token: 'secret', impersonate: { 'impersonate-user': 'jane' } });
  });

  it('is asked for a context by name, and not changed', () => {
    const contexts = [
      { name: 'dev', context: { cluster: 'c', user: 'me' } },
      { name: 'other', context: { cluster: 'c', user: 'you' } },
    ];
    const users = [
      { name: 'me', user: { token: 'mine' } },
      { name: 'you', user: { token: 'yours' } },
    ];
    const config = loaded(kubeconfig({}, {}, { contexts, users }));
    expect(read({ kubeconfig: config, context: 'other' }).user.token).toBe('yours');
    expect(config.getCurrentContext()).toBe('dev');
    expect(() => read({ kubeconfig: config, context: 'prod' })).toThrow(
      'connect: option "context" "prod" is no context of the KubeConfig; it has dev, other',
    );
  });

  it("has its pod's token file read by us", () => {
    const provider = { name: 'tokenFile', config: { tokenFile: '/pod/token' } };
    const { user } = read({ kubeconfig: loaded(kubeconfig({}, { 'auth-provider': provider })) });
    expect(user).toMatchObject({ tokenFile: '/pod/token', provider: undefined });
  });
});

describe('an auth-provider', () => {
  const jwt = [{ alg: 'none' }, { exp: 4_102_444_800 }, ''].map((part) => base64(JSON.stringify(part))).join('.');
  const oidc = kubeconfig({}, { 'auth-provider': { name: 'oidc', config: { 'id-token': jwt } } });

  it('is done by client-node, from a file', async () => {
    const { provider } = read({ kubeconfig: put('config', oidc) }).user;
    expect(await provider?.authorize()).toEqual({ authorization: `Bearer ${jwt}`, certificate: undefined });
  });

  it('is done by client-node, from its KubeConfig, with the user of the context', async () => {
    const config = new KubeConfig();
    config.loadFromString(JSON.stringify({ ...oidc, 'current-context': 'none' }));
    const { provider } = read({ kubeconfig: config, context: 'dev' }).user;
    expect(await provider?.authorize()).toEqual({ authorization: `Bearer ${jwt}`, certificate: undefined });
  });

  it('may be one that was added to the KubeConfig', async () => {
    const config = new KubeConfig();
    config.addAuthenticator({
      isAuthProvider: (user) => (user.authProvider as { name?: string } | null)?.name === 'mine',
      applyAuthentication: (_user, options) => {
        options.headers = { Authorization: 'Bearer own' };
        return Promise.resolve();
      },
    });
    config.loadFromString(JSON.stringify(kubeconfig({}, { 'auth-provider': { name: 'mine' } })));
    expect(await read({ kubeconfig: config }).user.provider?.authorize()).toMatchObject({
      authorization: 'Bearer own',
    });
  });

  it('that fails is an error without its words', async () => {
    const broken = {
      name: 'gcp',
      config: { 'cmd-path': '/no/such/canary', 'expiry-key': '{.e}', 'token-key': '{.t}' },
    };
    const { provider } = read({ kubeconfig: put('config', kubeconfig({}, { 'auth-provider': broken })) }).user;
    const error = await provider?.authorize().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'WatchError', kind: 'credentials', message: 'auth-provider "gcp" failed' });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
  });
});

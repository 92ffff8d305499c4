import { BlockList, isIP, isIPv4 } from 'node:net';

/** A proxy that connections to the cluster are made through. */
export interface Proxy {
  readonly protocol: 'http:' | 'https:' | 'socks5:';
  readonly host: string;
  readonly port: number;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  /** For messages: never with credentials. */
  readonly label: string;
}

/** The names of the variables, as Go's `http.ProxyFromEnvironment` reads them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Which proxy leads to a server: the kubeconfig's `proxy-url`, else what HTTPS_PROXY (HTTP_PROXY for an `http:` server) and NO_PROXY say,
 * by client-go's rules: a loopback address needs no proxy by environment.
 *
 * @throws RangeError when it is not a URL, or one of a kind that is not supported.
 */
export function proxyFor(server: URL, proxyUrl: string | undefined, environment: Environment): Proxy | undefined {
  if (proxyUrl !== undefined && proxyUrl !== '') return parse(proxyUrl, 'proxy-url');
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = variable(environment, name);
  if (value === '' || bypassed(server, variable(environment, 'NO_PROXY'))) return undefined;
  return parse(value.includes('://') ? value : `http://${value}`, name);
}

/** In either spelling; an empty one counts as none. */
function variable(environment: Environment, name: string): string {
  return [environment[name], environment[name.toLowerCase()]].find(Boolean) ?? '';
}

function parse(value: string, name: string): Proxy {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const protocol = PROTOCOLS.get(url?.protocol ?? '');
  if (url === undefined || protocol === undefined || url.hostname === '') {
    // Only the scheme is quoted, as anything behind it may be a password.
    const scheme = /^[a-z][a-z0-9+.-]*:(?=\/\/)/i.exec(value)?.[0] ?? 'no scheme';
    throw new RangeError(`${name}: not the URL of an http, https or socks5 proxy (${scheme})`);
  }
  const host = bare(url.hostname);
  const port = url.port === '' ? DEFAULT_PORTS[protocol] : Number(url.port);
  const credentials =
    url.username === '' && url.password === ''
      ? undefined
      : { username: decoded(url.username), password: decoded(url.password) };
  return { protocol, host, port, credentials, label: `${url.hostname}:${port}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Go resolves names at the proxy for both spellings of socks5. */
const PROTOCOLS: ReadonlyMap<string, Proxy['protocol']> = new Map([
  ['http:', 'http:'],
  ['https:', 'https:'],
  ['socks5:', 'socks5:'],
  ['socks5h:', 'socks5:'],
]);

const DEFAULT_PORTS: Readonly<Record<Proxy['protocol'], number>> = { 'http:': 80, 'https:': 443, 'socks5:': 1080 };

function bypassed(server: URL, noProxy: string): boolean {
  const host = bare(server.hostname).toLowerCase();
  const port = server.port === '' ? (server.protocol === 'https:' ? '443' : '80') : server.port;
  if (host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, family(host)))) return true;
  return noProxy.split(',').some((entry) => matches(entry.trim().toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const [, network = '', bits = ''] = /^(.+)\/(\d+)$/.exec(entry) ?? [];
  if (isIP(network) !== 0) return isIP(host) !== 0 && subnet(network, Number(bits)).check(host, family(host));
  // `name`, `name:port`, `[address]:port` or an address of either family.
  const [, name = entry, wanted] = isIP(entry) === 0 ? (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []) : [entry, entry];
  if (wanted !== undefined && wanted !== port) return false;
  const pattern = bare(name);
  if (isIP(pattern) !== 0) return pattern === host;
  // `.example.com` and `*.example.com` are for what is below it, `example.com` for itself too.
  const suffix = pattern.replace(/^\*(?=\.)/, '');
  return suffix.startsWith('.') ? host.endsWith(suffix) : host === suffix || host.endsWith(`.${suffix}`);
}

function subnet(network: string, bits: number): BlockList {
  const list = new BlockList();
  if (bits <= (isIPv4(network) ? 32 : 128)) list.addSubnet(network, bits, family(network));
  return list;
}

const family = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6');

/** An IPv6 address without its brackets. */
export function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

const LOOPBACK = subnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

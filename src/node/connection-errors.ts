import { WatchError } from '../errors.js';

/**
 * What a socket, TLS, undici or zlib fails with, as an error of the watch: its code, who it was about, and what it means.
 * Kind `timeout` where nobody answered in time, else `connection`.
 *
 * @param peer for the message, without credentials: `10.0.0.1:6443`.
 */
export function connectionError(error: unknown, peer: string): WatchError {
  if (error instanceof WatchError) return error;
  const code = codeOf(error);
  const words = WORDS.get(code) ?? messageOf(error);
  const kind = TIMEOUTS.has(code) ? 'timeout' : 'connection';
  const cause = isTelltale(error) ? undefined : error;
  return new WatchError([code, code === '' ? '' : ' ', peer, ': ', words].join(''), { kind, cause });
}

const TIMEOUTS: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** Only where the error's own message is missing (a host with several addresses) or says nothing. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'the connection was refused'],
  ['ECONNRESET', 'the connection was reset'],
  ['EPIPE', 'the connection was reset'],
  ['ENOTFOUND', 'there is no such host'],
  ['EAI_AGAIN', 'the name of the host could not be looked up'],
  ['EHOSTUNREACH', 'the host is unreachable'],
  ['ENETUNREACH', 'the network is unreachable'],
  ['ETIMEDOUT', 'nobody answers any more'],
  ['UND_ERR_SOCKET', 'the connection was closed'],
  ['UND_ERR_DESTROYED', 'the connection was closed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', "the server's certificate is signed by an authority that the kubeconfig does not name"],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', "the server's certificate is signed by an unknown authority"],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', "the server's certificate is signed by an unknown authority"],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', "the server's certificate is self-signed"],
  ['CERT_HAS_EXPIRED', "the server's certificate has expired"],
  ['CERT_NOT_YET_VALID', "the server's certificate is not valid yet"],
]);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'the connection broke';
}

/** A parser's error has what the server sent as a property, a certificate's all of the certificate, and a log shows properties. */
function isTelltale(error: unknown): boolean {
  return error instanceof Error && ('data' in error || 'cert' in error);
}

import { setImmediate } from 'node:timers/promises';
import type { HttpClient, HttpRequest, HttpResponse } from '../transport/request.js';
import type { ClusterConfig } from './config.js';
import { basePath } from './connection.js';
import { CredentialSource } from './credentials.js';
import { peerOf } from './dial.js';
import { gunzip } from './gunzip.js';
import { NODE_LIMITS, type NodeLimits } from './limits.js';
import { Pool } from './pool.js';
import { RoundTrip } from './round-trip.js';
import { USER_AGENT } from './user-agent.js';

/**
 * Reaches a cluster from Node: HTTP/2 where the server can, with as few connections as that allows, and with credentials that are as fresh
 * as their source at every request. Opens nothing before the first request.
 */
export function nodeClient(config: ClusterConfig, limits: NodeLimits = NODE_LIMITS): HttpClient {
  const { url } = config;
  const base = basePath(url);
  const peer = peerOf(config);
  const credentials = new CredentialSource(config, limits);
  const pool = new Pool(config, limits);

  const request = async ({ path, accept, verb, attempt, signal }: HttpRequest): Promise<HttpResponse> => {
    signal.throwIfAborted();
    const { headers, security, answered } = await credentials.obtain(attempt.refreshCredentials === true, signal);
    const trip = new RoundTrip(
      {
        path: `${base}${path}`,
        verb,
        headers: { ...headers, accept, 'accept-encoding': 'identity', 'user-agent': USER_AGENT },
        security,
      },
      signal,
    );
    pool.send(trip, attempt.freshConnection === true);
    const response = await trip.response;
    answered(response.status);
    return response.header('content-encoding')?.trim().toLowerCase() === 'gzip'
      ? { ...response, body: gunzip(response.body, peer) }
      : response;
  };

  return { id: `${url.origin}${base}`, request, breathe: () => setImmediate() };
}

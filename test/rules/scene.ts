import { filter, firstValueFrom, ReplaySubject, skip, type Observable, type Subscription } from 'rxjs';
import { startApiServer, type ApiServer, type ApiServerOptions, type ObjectLike } from '../../apiserver/index.js';
import { createCluster, type Cluster } from '../../src/cluster.js';
import type { KubernetesObject, WatchEvent } from '../../src/events.js';
import { customResource, type Kind } from '../../src/kind.js';
import { connect } from '../../src/node/index.js';
import type { Observation, WatchOptions } from '../../src/options.js';
import type { HttpRequest, HttpResponse } from '../../src/transport/request.js';
import type { ResourceOptions } from '../../src/transport/url.js';
import { watch$ } from '../../src/watch.js';
import { constant } from '../../operators/constant.js';
import { clientOf } from '../fixtures/client.js';
import { serve, type Handler, type ServerOptions, type TestServer } from '../fixtures/servers.js';

/** As the server stores them: the fields that tests look at. */
export interface ConfigMap extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & { readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
}

export const ConfigMaps = customResource<ConfigMap>()({
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
});

export function configMap(name: string, more: Readonly<Record<string, unknown>> = {}): ObjectLike {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, ...more };
}

/** What identifies a ConfigMap of `default`. */
export function named(name: string): { apiVersion: string; kind: string; metadata: { name: string } } {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
}

const opened: (() => unknown)[] = [];

/** For `afterEach`, or for `afterAll` where tests run at the same time: ends watches, then servers. */
export async function closeScene(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

/** An API server with the ConfigMaps of these names, until the scene is closed. */
export async function serverWith(names: string, options: ApiServerOptions = {}): Promise<ApiServer> {
  const objects = names
    .split(' ')
    .filter(Boolean)
    .map((name) => configMap(name));
  const server = await startApiServer({ objects, ...options });
  opened.push(() => server.close());
  return server;
}

/** A server that answers as it is told, and a cluster that is reached through the transport of Node. */
export async function served(handler: Handler, options?: ServerOptions): Promise<Served> {
  const server = await serve(handler, options);
  opened.push(() => server.close());
  const client = clientOf(server.url);
  let responses = 0;
  const request = async (asked: HttpRequest): Promise<HttpResponse> => {
    const response = await client.request(asked);
    responses++;
    return response;
  };
  return { server, cluster: createCluster({ ...client, request }), responses: () => responses };
}

export interface Served {
  readonly server: TestServer;
  readonly cluster: Cluster;
  /** How many answers have reached the client, as far as their headers. */
  readonly responses: () => number;
}

export interface Followed {
  /** Each event in short, without numbers: `apply a`, `init expired`, `interrupted 410`, `error 403`. */
  readonly lines: readonly string[];
  readonly events: readonly WatchEvent<ConfigMap>[];
  readonly observed: readonly Observation[];
  /** What the watch errored with. */
  readonly error: () => unknown;
  /** The n-th line that is this, among all lines. */
  readonly until: (line: string, nth?: number) => Promise<WatchEvent<ConfigMap> | undefined>;
  /** The n-th list or watch that the server accepts. */
  readonly accepted: (verb: 'list' | 'watch', nth?: number) => Promise<unknown>;
  readonly subscription: Subscription;
}

export interface FollowOptions extends WatchOptions {
  readonly of?: ResourceOptions;
  readonly kind?: Kind<ConfigMap>;
  /** Sees each event before it is noted. */
  readonly first?: (event: WatchEvent<ConfigMap>) => void;
}

/**
 * Watches the ConfigMaps of `default`, until the scene is closed. It waits 100 ms after failures, or as long as the server says, unless
 * `retry` is given: `undefined` for the library's own waits.
 */
export function follow(
  of: ApiServer | Cluster,
  { of: scope, kind = ConfigMaps, first, ...options }: FollowOptions = {},
): Followed {
  const cluster = 'kubeconfigPath' in of ? connect({ kubeconfig: of.kubeconfigPath }) : of;
  const told = new ReplaySubject<readonly [line: string, event?: WatchEvent<ConfigMap> | undefined]>(Infinity);
  const lines: string[] = [];
  const events: WatchEvent<ConfigMap>[] = [];
  const observed: Observation[] = [];
  let failure: unknown;
  const note = (line: string, event?: WatchEvent<ConfigMap>): void => {
    lines.push(line);
    told.next([line, event]);
  };
  const observe = (observation: Observation): void => {
    observed.push(observation);
    if (observation.type === 'response') told.next([`(${observation.verb} accepted)`]);
  };
  const source = cluster.resource(kind, { namespace: 'default', ...scope });
  const subscription = watch$(source, { retry: constant(100), observe, ...options }).subscribe({
    next: (event) => {
      first?.(event);
      events.push(event);
      note(lineOf(event), event);
    },
    error: (error: unknown) => {
      failure = error;
      note(`error ${codeOf(error)}`);
    },
  });
  opened.push(() => subscription.unsubscribe());
  return {
    lines,
    events,
    observed,
    error: () => failure,
    subscription,
    until: async (line, nth = 1) => (await nthOf(told, line, nth))?.[1],
    accepted: async (verb, nth = 1) => nthOf(told, `(${verb} accepted)`, nth),
  };
}

function nthOf<T extends readonly [string, ...unknown[]]>(
  told: Observable<T>,
  line: string,
  nth: number,
): Promise<T | undefined> {
  const matching = told.pipe(filter(([other]) => other === line));
  return firstOf(matching.pipe(skip(nth - 1)));
}

/** The first value, when it comes. */
export function firstOf<T>(source: Observable<T>): Promise<T | undefined> {
  return firstValueFrom(source, { defaultValue: undefined });
}

function lineOf(event: WatchEvent<ConfigMap>): string {
  switch (event.type) {
    case 'init':
      return `init ${event.cause}`;
    case 'initApply':
    case 'apply':
    case 'delete':
      return `${event.type} ${event.object.metadata.name}`;
    case 'interrupted':
      return `interrupted ${codeOf(event.error)}`;
    default:
      return event.type;
  }
}

function codeOf(error: unknown): string {
  const { kind, code } = error as { readonly kind?: string; readonly code?: number };
  return kind === 'status' ? String(code) : (kind ?? String(error));
}

/** The lists and watches that were asked for, in short: `stream ""`, `list limit=500`, `watch 7`. Tokens are `…`. */
export function asked(server: ApiServer): string[] {
  return server.requests
    .filter(({ verb }) => verb === 'list' || verb === 'watch')
    .map(({ verb, query }) => {
      const at = query.get('resourceVersion') ?? '';
      if (verb === 'watch') return query.has('sendInitialEvents') ? `stream ${JSON.stringify(at)}` : `watch ${at}`;
      const rest = ['limit', 'resourceVersion', 'resourceVersionMatch', 'continue'].flatMap((name) => {
        const value = query.get(name);
        return value === null ? [] : [` ${name}=${name === 'continue' ? '…' : value}`];
      });
      return `list${rest.join('')}`;
    });
}

/** When the n-th list or watch came in, ms. */
export function askedAt(server: ApiServer, nth: number): number {
  return server.requests[nth - 1]?.at ?? NaN;
}

/** A Status as API servers send it. */
export function status(code: number, reason: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, code, ...more });
}

/** The bytes of a frame. */
export function frame(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** A ConfigMap as it is on the wire. */
export function wire(name: string, resourceVersion: string, more: Readonly<Record<string, unknown>> = {}): unknown {
  const metadata = { name, namespace: 'default', uid: name, resourceVersion };
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata, ...more };
}

export function bookmark(resourceVersion: string, annotations?: Readonly<Record<string, string>>): unknown {
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion, creationTimestamp: null, annotations } };
}

export const MARKER: Readonly<Record<string, string>> = { 'k8s.io/initial-events-end': 'true' };

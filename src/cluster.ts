import type { KubernetesObject } from './events.js';
import type { Kind } from './kind.js';
import { Neighbours } from './neighbours.js';
import type { Source, SourceOf } from './source.js';
import { fetchClient, type FetchClientOptions } from './transport/fetch-client.js';
import { httpResourceApi } from './transport/http-api.js';
import type { HttpClient } from './transport/request.js';
import { resourceFrom, type ResourceOptions } from './transport/url.js';

/**
 * An object of which only the metadata was asked for. `kind` and `apiVersion` are those of the object itself. Its metadata is what its own
 * type says of it, and what any object may have besides.
 */
export interface PartialObjectMetadata<T extends KubernetesObject = KubernetesObject> extends KubernetesObject {
  readonly apiVersion: T extends { readonly apiVersion: infer Version extends string } ? Version : string;
  readonly kind: T extends { readonly kind: infer Name extends string } ? Name : string;
  readonly metadata: T['metadata'] &
    Omit<
      {
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
        readonly creationTimestamp?: string;
        readonly deletionTimestamp?: string;
        readonly generation?: number;
        readonly finalizers?: readonly string[];
        readonly ownerReferences?: readonly {
          readonly apiVersion: string;
          readonly kind: string;
          readonly name: string;
          readonly uid: string;
          readonly controller?: boolean;
        }[];
      },
      keyof T['metadata']
    >;
}

/** The source that a kind gives when only the metadata is asked for. */
export type MetadataSourceOf<D extends Kind> =
  D extends Kind<infer T, infer K> ? Source<PartialObjectMetadata<T>, K> : never;

/** A Kubernetes API server, or several behind one address. Nothing is opened before a watch is subscribed to. */
export interface Cluster {
  /** Its address: what the events call `cluster`. */
  readonly id: string;
  /**
   * Says what to watch, with whole objects. Where `kind` is one of several, so is the source, and the events of its watch narrow by their
   * `resource`, as those of a `merge` do.
   *
   * @throws RangeError for options that name nothing that could be watched: a namespace of a cluster-scoped kind, an empty name …
   */
  resource<D extends Kind>(
    kind: D,
    options?: ResourceOptions & { readonly metadataOnly?: false | undefined },
  ): SourceOf<D>;
  /** Says what to watch, with `metadataOnly`. Where that is a `boolean`, only the metadata is sure to be there. */
  resource<D extends Kind>(kind: D, options: ResourceOptions): MetadataSourceOf<D>;
}

/** A cluster that is reached through `client`. Watches of one cluster share what they learn of it: make one, not one a watch. */
export function createCluster(client: HttpClient): Cluster {
  const neighbours = new Neighbours();
  return {
    id: client.id,
    resource: <T extends KubernetesObject, K extends string>(
      kind: Kind<T, K>,
      options: ResourceOptions = {},
    ): Source<T, K> => ({
      kind,
      cluster: client.id,
      from: resourceFrom(client.id, kind, options),
      api: httpResourceApi<T>(client, kind, options),
      neighbours,
    }),
  };
}

/**
 * A cluster that is reached by `fetch`: from a browser, through a same-origin path that leads to an API server (`kubectl proxy`, an
 * ingress, a development server's proxy). In Node, `connect()` of `rxkube/node` is the better one: it knows kubeconfigs.
 *
 * ```ts
 * import { fetchCluster } from 'rxkube';
 *
 * const cluster = fetchCluster({ url: '/k8s', headers: () => ({ authorization: `Bearer ${session.token}` }) });
 * ```
 */
export function fetchCluster(options: FetchClientOptions): Cluster {
  return createCluster(fetchClient(options));
}

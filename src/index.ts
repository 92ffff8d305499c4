/**
 * Watches Kubernetes: `watch$`, its operators, stores, and a transport over `fetch`.
 *
 * @packageDocumentation
 */

export { appliedObjects } from '../operators/applied-objects.js';
export { backoffWith } from '../operators/backoff-with.js';
export { changes } from '../operators/changes.js';
export { concatMapByObject, type ConcatMapByObjectOptions } from '../operators/concat-map-by-object.js';
export {
  hasCondition,
  isCrdEstablished,
  isDeleted,
  isDeploymentAvailable,
  isJobComplete,
  isPodReady,
  isPodRunning,
  type Conditions,
  type Replicas,
  type WithStatus,
} from '../operators/conditions.js';
export { connectionState, type ConnectionState } from '../operators/connection-state.js';
export { constant } from '../operators/constant.js';
export { deletedObjects } from '../operators/deleted-objects.js';
export { distinctByObject } from '../operators/distinct-by-object.js';
export { eachValue, type EachValueOptions } from '../operators/each-value.js';
export { exponential, type ExponentialOptions } from '../operators/exponential.js';
export { giveUpAfter, type GiveUpLimit } from '../operators/give-up-after.js';
export { groupByObject, type ObjectGroup } from '../operators/group-by-object.js';
export { joinBy, type Joined, type JoinEvent } from '../operators/join-by.js';
export {
  byKey,
  byLabelSelector,
  byOwner,
  bySelector,
  type JoinKeys,
  type KeysOf,
  type LabelSelector,
  type LabelSelectorRequirement,
} from '../operators/join-keys.js';
export { mapObjects } from '../operators/map-objects.js';
export { annotationsOf, finalizersOf, generationOf, labelsOf } from '../operators/object-keys.js';
export { reflectInto } from '../operators/reflect-into.js';
export { shareWatch, type ShareWatchOptions } from '../operators/share-watch.js';
export { snapshots, type Snapshot, type SnapshotOptions } from '../operators/snapshots.js';
export { touchedObjects } from '../operators/touched-objects.js';
export { waitFor } from '../operators/wait-for.js';
export {
  createCluster,
  fetchCluster,
  type Cluster,
  type MetadataSourceOf,
  type PartialObjectMetadata,
} from './cluster.js';
export { WatchError, type Status, type WatchErrorInit, type WatchErrorKind } from './errors.js';
export type * from './events.js';
export { customResource, type Kind, type ResourceNames } from './kind.js';
export type { Observation, WatchOptions } from './options.js';
export { recorded, type RecordingOptions } from './recording.js';
export type { EventOf, Source, SourceOf } from './source.js';
export type { Added, Change, ChangeOf, Deleted, Modified } from './store/change.js';
export type { Connection, Phase } from './store/connections.js';
export type { StoreScope } from './store/feeds.js';
export type { IndexFunction } from './store/indexes.js';
export { createStore, type ObjectKey, type Store, type StoreOptions } from './store/store.js';
export type { FetchClientOptions, FetchHeaders } from './transport/fetch-client.js';
export type { HttpClient, HttpRequest, HttpResponse } from './transport/request.js';
export {
  exists,
  not,
  notExists,
  type Exists,
  type FieldSelection,
  type LabelSelection,
  type Not,
  type NotExists,
} from './transport/selectors.js';
export type { ResourceOptions } from './transport/url.js';
export { watch$ } from './watch.js';
export { watchEach } from './watch-each.js';

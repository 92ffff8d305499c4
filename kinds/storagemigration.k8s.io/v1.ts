// Generated from what kube-apiserver says of itself, by `npm run generate`. Not to be edited.
import type { Condition, GroupResource } from '../meta/v1.js';
import type { Kind } from '../../src/kind.js';
import type { ServedObjectMeta } from '../metadata.js';

/**
 * StorageVersionMigration represents a migration of stored data to the latest storage version.
 */
export interface StorageVersionMigration {
  readonly apiVersion: 'storagemigration.k8s.io/v1';
  readonly kind: 'StorageVersionMigration';
  readonly metadata: ServedObjectMeta;
  /**
   * Specification of the migration.
   */
  readonly spec?: StorageVersionMigrationSpec;
  /**
   * Status of the migration.
   */
  readonly status?: StorageVersionMigrationStatus;
}

export const StorageVersionMigration: Kind<
  StorageVersionMigration,
  'storageversionmigrations.storagemigration.k8s.io'
> = {
  id: 'storageversionmigrations.storagemigration.k8s.io',
  group: 'storagemigration.k8s.io',
  version: 'v1',
  plural: 'storageversionmigrations',
  kind: 'StorageVersionMigration',
  listKind: 'StorageVersionMigrationList',
  namespaced: false,
};
/**
 * Spec of the storage version migration.
 */
export interface StorageVersionMigrationSpec {
  /**
   * The resource that is being migrated. The migrator sends requests to the endpoint serving the resource. Immutable.
   */
  readonly resource: GroupResource;
}

/**
 * Status of the storage version migration.
 */
export interface StorageVersionMigrationStatus {
  /**
   * The latest available observations of the migration's current state.
   */
  readonly conditions?: readonly Condition[];
  /**
   * ResourceVersion to compare with the GC cache for performing the migration. This is the current resource version of given group, version and resource when kube-controller-manager first observes this StorageVersionMigration resource.
   */
  readonly resourceVersion?: string;
}

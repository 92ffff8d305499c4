// Generated from what kube-apiserver says of itself, by `npm run generate`. Not to be edited.
import type { Kind } from '../../src/kind.js';
import type { LabelSelector } from '../meta/v1.js';
import type { NamespacedObjectMeta, ServedObjectMeta } from '../metadata.js';

/**
 * AggregationRule describes how to locate ClusterRoles to aggregate into the ClusterRole
 */
export interface AggregationRule {
  /**
   * clusterRoleSelectors holds a list of selectors which will be used to find ClusterRoles and create the rules. If any of the selectors match, then the ClusterRole's permissions will be added
   */
  readonly clusterRoleSelectors?: readonly LabelSelector[];
}

/**
 * ClusterRole is a cluster level, logical grouping of PolicyRules that can be referenced as a unit by a RoleBinding or ClusterRoleBinding.
 */
export interface ClusterRole {
  /**
   * aggregationRule is an optional field that describes how to build the Rules for this ClusterRole. If AggregationRule is set, then the Rules are controller managed and direct changes to Rules will be stomped by the controller.
   */
  readonly aggregationRule?: AggregationRule;
  readonly apiVersion: 'rbac.authorization.k8s.io/v1';
  readonly kind: 'ClusterRole';
  readonly metadata: ServedObjectMeta;
  /**
   * rules holds all the PolicyRules for this ClusterRole
   */
  readonly rules?: readonly PolicyRule[] | null;
}

export const ClusterRole: Kind<ClusterRole, 'clusterroles.rbac.authorization.k8s.io'> = {
  id: 'clusterroles.rbac.authorization.k8s.io',
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterroles',
  kind: 'ClusterRole',
  listKind: 'ClusterRoleList',
  namespaced: false,
};
/**
 * ClusterRoleBinding references a ClusterRole, but not contain it.  It can reference a ClusterRole in the global namespace, and adds who information via Subject.
 */
export interface ClusterRoleBinding {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1';
  readonly kind: 'ClusterRoleBinding';
  readonly metadata: ServedObjectMeta;
  /**
   * roleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error. This field is immutable.
   */
  readonly roleRef: RoleRef;
  /**
   * subjects holds references to the objects the role applies to.
   */
  readonly subjects?: readonly Subject[];
}

export const ClusterRoleBinding: Kind<ClusterRoleBinding, 'clusterrolebindings.rbac.authorization.k8s.io'> = {
  id: 'clusterrolebindings.rbac.authorization.k8s.io',
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  listKind: 'ClusterRoleBindingList',
  namespaced: false,
};
/**
 * PolicyRule holds information that describes a policy rule, but does not contain information about who the rule applies to or which namespace the rule applies to.
 */
export interface PolicyRule {
  /**
   * apiGroups is the name of the APIGroup that contains the resources.  If multiple API groups are specified, any action requested against one of the enumerated resources in any API group will be allowed. "" represents the core API group and "*" represents all API groups.
   */
  readonly apiGroups?: readonly string[];
  /**
   * nonResourceURLs is a set of partial urls that a user should have access to.  *s are allowed, but only as the full, final step in the path Since non-resource URLs are not namespaced, this field is only applicable for ClusterRoles referenced from a ClusterRoleBinding. Rules can either apply to API resources (such as "pods" or "secrets") or non-resource URL paths (such as "/api"),  but not both.
   */
  readonly nonResourceURLs?: readonly string[];
  /**
   * resourceNames is an optional white list of names that the rule applies to.  An empty set means that everything is allowed.
   */
  readonly resourceNames?: readonly string[];
  /**
   * resources is a list of resources this rule applies to. '*' represents all resources.
   */
  readonly resources?: readonly string[];
  /**
   * verbs is a list of Verbs that apply to ALL the ResourceKinds contained in this rule. '*' represents all verbs.
   */
  readonly verbs: readonly string[];
}

/**
 * Role is a namespaced, logical grouping of PolicyRules that can be referenced as a unit by a RoleBinding.
 */
export interface Role {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1';
  readonly kind: 'Role';
  readonly metadata: NamespacedObjectMeta;
  /**
   * rules holds all the PolicyRules for this Role
   */
  readonly rules?: readonly PolicyRule[] | null;
}

export const Role: Kind<Role, 'roles.rbac.authorization.k8s.io'> = {
  id: 'roles.rbac.authorization.k8s.io',
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'roles',
  kind: 'Role',
  listKind: 'RoleList',
  namespaced: true,
};
/**
 * RoleBinding references a role, but does not contain it.  It can reference a Role in the same namespace or a ClusterRole in the global namespace. It adds who information via Subjects and namespace information by which namespace it exists in.  RoleBindings in a given namespace only have effect in that namespace.
 */
export interface RoleBinding {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1';
  readonly kind: 'RoleBinding';
  readonly metadata: NamespacedObjectMeta;
  /**
   * roleRef can reference a Role in the current namespace or a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error. This field is immutable.
   */
  readonly roleRef: RoleRef;
  /**
   * subjects holds references to the objects the role applies to.
   */
  readonly subjects?: readonly Subject[];
}

export const RoleBinding: Kind<RoleBinding, 'rolebindings.rbac.authorization.k8s.io'> = {
  id: 'rolebindings.rbac.authorization.k8s.io',
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'rolebindings',
  kind: 'RoleBinding',
  listKind: 'RoleBindingList',
  namespaced: true,
};
/**
 * RoleRef contains information that points to the role being used
 */
export interface RoleRef {
  /**
   * apiGroup is the group for the resource being referenced
   */
  readonly apiGroup?: string;
  /**
   * kind is the type of resource being referenced
   */
  readonly kind: string;
  /**
   * name is the name of resource being referenced
   */
  readonly name: string;
}

/**
 * Subject contains a reference to the object or user identities a role binding applies to.  This can either hold a direct API object reference, or a value for non-objects such as user and group names.
 */
export interface Subject {
  /**
   * apiGroup holds the API group of the referenced subject. Defaults to "" for ServiceAccount subjects. Defaults to "rbac.authorization.k8s.io" for User and Group subjects.
   */
  readonly apiGroup?: string;
  /**
   * kind of object being referenced. Values defined by this API group are "User", "Group", and "ServiceAccount". If the Authorizer does not recognized the kind value, the Authorizer should report an error.
   */
  readonly kind: string;
  /**
   * name of the object being referenced.
   */
  readonly name: string;
  /**
   * namespace of the referenced object.  If the object kind is non-namespace, such as "User" or "Group", and this value is not empty the Authorizer should report an error.
   */
  readonly namespace?: string;
}

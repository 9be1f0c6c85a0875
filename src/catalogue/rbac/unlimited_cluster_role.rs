//! `RBA19 unlimited-cluster-role`: `cluster-admin` under another name.

use super::shared::written::is_written;
use crate::object::rbac::{BOOTSTRAPPING, Role};
use crate::object::selector::LabelSelector;
use crate::policy::prelude::*;

policy! {
    /// A ClusterRole allows everything: all verbs on all resources of all API groups.
    ///
    /// So does one whose aggregation rule takes in the rules of `cluster-admin`. All verbs is `*`, and `get`,
    /// `list`, `watch`, `create`, `update`, `patch` and `delete` together. `wildcard-role` is about rules that come
    /// near it, and about Roles.
    ///
    /// ## Why
    /// Nobody sees it: lists of who has `cluster-admin` do not have those who are bound to this one. The token of
    /// such an account, taken from any of its Pods, is the cluster.
    ///
    /// ## Fix
    /// Name the API groups, resources and verbs that are used; bind `cluster-admin` itself where all are.
    ///
    /// ## Exceptions
    /// GitOps controllers and installers that write every kind of object, by the names of their roles.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: { name: deployer }
    /// rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: { name: deployer }
    /// rules: [{ apiGroups: [apps], resources: [deployments], verbs: [get, list, watch, create, update, patch, delete] }]
    /// ```
    pub(super) UnlimitedClusterRole = {
        code: "RBA19",
        since: "0.1.0",
        severity: High,
        on: Role,
        kinds: &[&kinds::CLUSTER_ROLE],
        equivalents: [
            "polaris:clusterrolebindingClusterAdmin", "polaris:rolebindingClusterAdminClusterRole", "trivy:KSV-0044",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege"],
    }
}

impl Check for UnlimitedClusterRole {
    type Params = NoParams;

    fn check(_: &NoParams, role: Role<'_>, context: &Context<'_>, out: &mut Findings) {
        if !is_written(role.metadata(), context) {
            return;
        }
        if let Some(aggregation) = role.aggregation_rule() {
            for selector in
                aggregation.cluster_role_selectors().iter().filter(|it| takes_in_cluster_admin(*it))
            {
                out.report(selector, "takes in the rules of `cluster-admin`");
            }
            return;
        }
        for rule in role.rules().iter().filter(|rule| rule.is_unlimited()) {
            if let Some(resource) = rule.any_resource() {
                out.report(
                    resource,
                    "allows all verbs on all resources of all API groups, as `cluster-admin` does",
                );
            }
        }
    }
}

/// Whether a selector fits the labels of `cluster-admin`, which has one.
fn takes_in_cluster_admin(selector: LabelSelector<'_>) -> bool {
    selector.fits(|key| (key == BOOTSTRAPPING.0).then_some(BOOTSTRAPPING.1))
}

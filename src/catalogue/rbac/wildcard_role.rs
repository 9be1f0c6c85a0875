//! `RBA08 wildcard-role`: `*` allows more than anybody has thought of.

use super::shared::written::rules;
use crate::object::rbac::{PolicyRule, Role};
use crate::policy::prelude::*;

policy! {
    /// A rule allows `*`: all verbs, all resources, all API groups, or all paths that are no resources.
    ///
    /// `*` within API groups of somebody's own passes, because an operator owns all that is in its group;
    /// Kubernetes' own are those without a dot and those that end in `.k8s.io`. `unlimited-cluster-role` speaks of a
    /// ClusterRole that allows everything.
    ///
    /// ## Why
    /// `*` for resources has Secrets and `pods/exec` in it, and whatever the next version of Kubernetes or the next
    /// CustomResourceDefinition brings; `*` for verbs has `delete`, `escalate` and `impersonate`. Nobody meant all
    /// of them, and whoever gets hold of the account has all of them.
    ///
    /// ## Fix
    /// Name the API groups, resources and verbs that are used.
    ///
    /// ## Exceptions
    /// GitOps controllers and administrators of a namespace, by the names of their roles.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: { name: web, namespace: shop }
    /// rules: [{ apiGroups: [""], resources: ["*"], verbs: [get, list] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: { name: web, namespace: shop }
    /// rules: [{ apiGroups: [""], resources: [configmaps], verbs: [get, list] }]
    /// ```
    pub(super) WildcardRole = {
        code: "RBA08",
        since: "0.1.0",
        severity: Medium,
        on: Role,
        yields_to: ["RBA19" in Object, "RBA12" in Field],
        equivalents: [
            "kube-linter:wildcard-in-rules", "kyverno:restrict-wildcard-verbs", "kyverno:restrict-wildcard-resources",
            "polaris:rolebindingClusterAdminRole", "trivy:KSV-0044", "trivy:KSV-0045", "trivy:KSV-0046",
            "trivy:KSV-0112", "kubescape:C-0187", "datree:CIS_INVALID_WILDCARD_ROLE",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Whether `*` for verbs and resources passes in API groups that are not Kubernetes' own.
    own_groups: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { own_groups: true }
    }
}

impl Check for WildcardRole {
    type Params = Params;

    fn check(params: &Params, role: Role<'_>, context: &Context<'_>, out: &mut Findings) {
        for rule in rules(role, context).filter(|rule| !(params.own_groups && is_of_own_groups(*rule))) {
            report(rule, out);
        }
        for path in rules(role, context).flat_map(|rule| rule.non_resource_urls().iter()) {
            if matches!(*path, "*" | "/*") {
                out.report(
                    path,
                    format_args!("`{path}` allows all paths of the API server that are no resources"),
                );
            }
        }
    }
}

/// One finding for a rule, where it is widest.
fn report(rule: PolicyRule<'_>, out: &mut Findings) {
    let all = [
        (rule.any_resource(), "resources, those to come too"),
        (rule.any_verb(), "verbs, those to come too"),
        (rule.any_group(), "API groups, those to come too"),
    ];
    // Paths come with verbs of their own, where `*` is hardly more than `get`.
    if rule.resources().is_empty() {
        return;
    }
    let Some((place, what)) = all.into_iter().find_map(|(entry, what)| Some((entry?, what))) else { return };
    let [resources, verbs, groups] = all.map(|(entry, _)| entry.is_some());
    let what = match (resources, verbs, groups) {
        (true, true, true) => "verbs on all resources of all API groups",
        (true, true, false) => "verbs on all resources",
        (true, false, true) => "resources of all API groups",
        (false, true, true) => "verbs, in all API groups",
        _ => what,
    };
    let width = [resources, verbs, groups].map(i64::from).into_iter().sum();
    out.report(place, format_args!("`*` allows all {what}")).magnitude(width);
}

fn is_of_own_groups(rule: PolicyRule<'_>) -> bool {
    !rule.api_groups().is_empty()
        && rule.api_groups().iter().all(|group| group.contains('.') && !group.ends_with(".k8s.io"))
}

//! `RBA17 privileged-aggregated-role`: `view` is to look, and `edit` is not to give rights.

use super::shared::written::rules;
use crate::object::rbac::{Access, GROUP, PolicyRule, Role, WRITES};
use crate::policy::prelude::*;

policy! {
    /// A ClusterRole adds to `view`, `edit` or `admin` of Kubernetes what these leave out on purpose.
    ///
    /// To `view`: verbs that change anything, and Secrets. To `edit`: roles and bindings. To any of them: `*` for
    /// API groups. Operators that add their own resources to `edit` and `admin`, and to `view` for reading, pass.
    ///
    /// ## Why
    /// Everybody who has one of the three gets the rules at once, in every namespace where they have it, without any
    /// binding having changed. `view` is given away freely because it cannot read Secrets.
    ///
    /// ## Fix
    /// Add only verbs that read to `view`, and keep the rest in a ClusterRole that is bound to those who need it.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: { name: backups-view, labels: { rbac.authorization.k8s.io/aggregate-to-view: "true" } }
    /// rules: [{ apiGroups: [backup.example.com], resources: [backups], verbs: [get, list, create] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: { name: backups-view, labels: { rbac.authorization.k8s.io/aggregate-to-view: "true" } }
    /// rules: [{ apiGroups: [backup.example.com], resources: [backups], verbs: [get, list, watch] }]
    /// ```
    pub(super) PrivilegedAggregatedRole = {
        code: "RBA17",
        since: "0.1.0",
        severity: Low,
        on: Role,
        kinds: &[&kinds::CLUSTER_ROLE],
        yields_to: ["RBA19" in Object, "RBA12" in Field, "RBA08" in Field],
        equivalents: [],
        references: ["https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles"],
    }
}

const SECRETS: &[Access] = &[Access::to_all("", "secrets", &["get", "list", "watch"]).or_named(|_| true)];

const RIGHTS: &[Access] =
    &[Access::to_all(GROUP, "roles", WRITES), Access::to_all(GROUP, "rolebindings", WRITES)];

impl Check for PrivilegedAggregatedRole {
    type Params = NoParams;

    fn check(_: &NoParams, role: Role<'_>, context: &Context<'_>, out: &mut Findings) {
        let Some(labels) = role.metadata().map(|metadata| metadata.labels()) else { return };
        let adds_to = |key: &str| labels.get(key).is_some_and(|value| *value == "true");
        let to_view = adds_to("rbac.authorization.k8s.io/aggregate-to-view");
        let to_edit = adds_to("rbac.authorization.k8s.io/aggregate-to-edit");
        if !(to_view || to_edit || adds_to("rbac.authorization.k8s.io/aggregate-to-admin")) {
            return;
        }
        for rule in rules(role, context) {
            if let Some(group) = rule.any_group() {
                out.report(group, "adds all API groups to a role of Kubernetes");
            } else if to_view {
                judge_view(rule, out);
            } else if to_edit {
                for grant in rule.grants(RIGHTS) {
                    let (verb, resource) = (shown(&grant.verb), shown(&grant.resource));
                    out.report(grant.resource, format_args!("adds `{verb}` on `{resource}` to `edit`"));
                }
            }
        }
    }
}

fn judge_view(rule: PolicyRule<'_>, out: &mut Findings) {
    // What can be read in a path that is no resource is not in question.
    if rule.resources().is_empty() {
        return;
    }
    let write = rule.verbs().iter().find(|verb| **verb == "*" || WRITES.contains(&**verb));
    if let Some(verb) = write {
        out.report(verb, format_args!("adds `{}` to `view`, which only reads", shown(&verb)));
        return;
    }
    for grant in rule.grants(SECRETS) {
        out.report(grant.resource, "adds Secrets to `view`, which leaves them out");
    }
}

//! `RBA12 escalating-role`: some verbs give more than the role itself.

use super::shared::written::{is_cluster_wide, rules};
use crate::object::rbac::{Access, CLUSTER_ADMIN, GROUP, Role};
use crate::policy::prelude::*;

policy! {
    /// A role allows to become somebody else, or to give away rights that one does not have.
    ///
    /// The verbs are `impersonate`, `bind` and `escalate`; `*` has them too. With `resourceNames`, `bind` and
    /// `impersonate` pass unless `cluster-admin` or `system:masters` is among the names; `escalate` never does,
    /// because it lets a role be filled with anything. `indirect-escalation-role` is about the ways that take one
    /// more step.
    ///
    /// ## Why
    /// Kubernetes refuses everybody to grant what they do not have. These verbs are the exceptions: whoever has one
    /// of them without limit is `cluster-admin` one request later, and the audit log names somebody else.
    ///
    /// ## Fix
    /// Name the verbs that are needed; to let a role be given away, allow `bind` with that role in `resourceNames`.
    ///
    /// ## Exceptions
    /// Controllers that manage roles for others, by the names of their roles.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: { name: onboarding }
    /// rules: [{ apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [get, bind] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: { name: onboarding }
    /// rules:
    ///   - { apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [view], verbs: [bind] }
    /// ```
    pub(super) EscalatingRole = {
        code: "RBA12",
        since: "0.1.0",
        severity: High,
        on: Role,
        yields_to: ["RBA19" in Object],
        equivalents: [
            "kyverno:restrict-escalation-verbs-roles", "trivy:KSV-0043", "kubescape:C-0065", "kubescape:C-0191",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#escalate-verb"],
    }
}

const TABLE: &[Access] = &[
    Access::to_all(GROUP, "clusterroles", &["escalate"]).or_named(|_| true),
    Access::to_all(GROUP, "roles", &["escalate"]).or_named(|_| true),
    Access::to_all(GROUP, "clusterroles", &["bind"]).or_named(|name| name == CLUSTER_ADMIN),
    Access::to_all(GROUP, "roles", &["bind"]),
    Access::to_all("", "users", &["impersonate"]),
    Access::to_all("", "groups", &["impersonate"]).or_named(|name| name == "system:masters"),
    Access::to_all("", "serviceaccounts", &["impersonate"]),
];

impl Check for EscalatingRole {
    type Params = NoParams;

    fn check(_: &NoParams, role: Role<'_>, context: &Context<'_>, out: &mut Findings) {
        for rule in rules(role, context) {
            // Whoever has all of a namespace gains nothing there.
            if rule.is_unlimited() && !is_cluster_wide(context) {
                continue;
            }
            let mut all_verbs = false;
            for grant in rule.grants(TABLE) {
                let is_by_verb = *grant.verb == "*" && *grant.resource != "*";
                if is_by_verb && std::mem::replace(&mut all_verbs, true) {
                    continue;
                }
                let place = if is_by_verb { grant.verb } else { grant.resource };
                let what = match grant.access.verbs {
                    ["escalate"] => "writes roles with rights that one does not have",
                    ["bind"] => "gives away roles that one does not have",
                    _ => "is to become somebody else",
                };
                let (verb, resource) = (shown(&grant.verb), shown(&grant.resource));
                out.report(place, format_args!("`{verb}` on `{resource}` {what}"));
            }
        }
    }
}

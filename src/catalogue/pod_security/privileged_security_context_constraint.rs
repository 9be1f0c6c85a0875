//! `SEC29 privileged-security-context-constraint`: on OpenShift nobody must be given Pods that own their node.

use crate::object::kinds::Kind;
use crate::object::openshift::SecurityContextConstraints;
use crate::object::rbac::{Access, PolicyRule, Role, RoleBinding};
use crate::object::{Text, View as _};
use crate::policy::prelude::*;

policy! {
    /// SecurityContextConstraints of OpenShift allow privileged containers, or somebody is given the use of such.
    ///
    /// Roles that allow `use` of a listed name or of all, and bindings of `system:openshift:scc:NAME`, are found. A rule with
    /// `*` for groups and resources gives everything there is, and is not a matter of constraints.
    ///
    /// ## Why
    /// Who may `use` such constraints may start Pods that own their node, in every namespace where they may start Pods.
    ///
    /// ## Fix
    /// Use `restricted-v2` or `nonroot-v2`, or make constraints that allow the one thing that is needed.
    ///
    /// ## Exceptions
    /// Operators of storage, network and monitoring, by a rule for the names of their roles.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: { name: web, namespace: shop }
    /// roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:openshift:scc:anyuid" }
    /// subjects: [{ kind: ServiceAccount, name: web, namespace: shop }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: { name: web, namespace: shop }
    /// roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:openshift:scc:nonroot-v2" }
    /// subjects: [{ kind: ServiceAccount, name: web, namespace: shop }]
    /// ```
    pub(super) PrivilegedSecurityContextConstraint = {
        code: "SEC29",
        since: "0.1.0",
        severity: High,
        opt_in: true,
        on: Subject,
        kinds: &[
            &kinds::SECURITY_CONTEXT_CONSTRAINTS, &kinds::ROLE, &kinds::CLUSTER_ROLE, &kinds::ROLE_BINDING,
            &kinds::CLUSTER_ROLE_BINDING,
        ],
        equivalents: [
            "kube-linter:scc-deny-privileged-container", "kyverno:disallow-security-context-constraint-anyuid",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Names of SecurityContextConstraints whose use nobody must be given.
    constraints: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let known =
            ["privileged", "anyuid", "hostaccess", "hostmount-anyuid", "hostnetwork", "hostnetwork-v2"];
        Self { constraints: known.map(str::to_owned).into() }
    }
}

/// What the ClusterRoles that OpenShift makes for its constraints are called.
const ROLE_PREFIX: &str = "system:openshift:scc:";

const USE: &[Access] =
    &[Access::to_all("security.openshift.io", "securitycontextconstraints", &["use"]).or_named(|_| true)];

impl Check for PrivilegedSecurityContextConstraint {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object)) = (subject.kind(), subject.judged()) else { return };
        let is_one_of = |kinds: [&Kind; 2]| kinds.contains(&kind);
        if let Some(constraints) = subject.lens::<SecurityContextConstraints<'static>>() {
            let allows = constraints.allow_privileged_container();
            if *allows {
                out.report(allows, "allows privileged containers: `allowPrivilegedContainer` is `true`");
            }
        } else if is_one_of([&kinds::ROLE, &kinds::CLUSTER_ROLE]) {
            let rules = Role::view(object.node()).into_iter().flat_map(|role| role.rules().iter());
            rules.for_each(|rule| params.judge(rule, out));
        } else if is_one_of([&kinds::ROLE_BINDING, &kinds::CLUSTER_ROLE_BINDING]) {
            let name = RoleBinding::view(object.node()).and_then(|it| it.role_ref()?.name());
            let constraint =
                |name: &Text<'_>| name.strip_prefix(ROLE_PREFIX).is_some_and(|it| params.names(it));
            if let Some(name) = name.filter(constraint) {
                out.report(
                    name,
                    format_args!(
                        "gives the SecurityContextConstraints `{}`",
                        shown(&name[ROLE_PREFIX.len()..])
                    ),
                );
            }
        }
    }
}

impl Params {
    fn names(&self, constraint: &str) -> bool {
        self.constraints.iter().any(|it| it == constraint)
    }

    fn judge(&self, rule: PolicyRule<'_>, out: &mut Findings) {
        let is_everything = rule.any_group().is_some() && rule.any_resource().is_some();
        if is_everything || rule.grants(USE).next().is_none() {
            return;
        }
        if rule.resource_names().is_empty() {
            out.report(rule.resources(), "allows the `use` of all SecurityContextConstraints");
        }
        for name in rule.resource_names().iter().filter(|name| self.names(name)) {
            out.report(
                name,
                format_args!("allows the `use` of the SecurityContextConstraints `{}`", shown(&name)),
            );
        }
    }
}

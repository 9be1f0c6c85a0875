//! `RBA07 cluster-admin-binding`: no workload must be master of the cluster.

use super::shared::written::is_written;
use crate::object::View as _;
use crate::object::rbac::{BoundSubject, CLUSTER_ADMIN, PolicyRule, Role, RoleBinding, RoleRef};
use crate::policy::prelude::*;

policy! {
    /// The ClusterRole `cluster-admin`, or a role that allows as much, is bound to a ServiceAccount.
    ///
    /// ServiceAccounts are also meant by the names of their users, `system:serviceaccount:…`, and by groups that
    /// they are in: `system:serviceaccounts`, those of one namespace, and `system:authenticated`. In a RoleBinding
    /// the role makes the account master of one namespace, which is reported too. Other users and groups pass:
    /// somebody has to administer the cluster. What a role of another name allows is looked up, where roles are known;
    /// `unlimited-cluster-role` speaks of the role itself.
    ///
    /// ## Why
    /// The token of the account lies in every Pod that runs under it. Whoever gets into one of them, through a hole
    /// in the program or a dependency, reads every Secret, deletes every namespace and creates Pods on every node.
    ///
    /// ## Fix
    /// Bind a Role that names the resources and verbs that the workload uses.
    ///
    /// ## Exceptions
    /// Installers and GitOps controllers that write every kind of object, by the name of their binding.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: { name: ci }
    /// roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
    /// subjects: [{ kind: ServiceAccount, name: runner, namespace: ci }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: { name: operators }
    /// roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin }
    /// subjects: [{ kind: Group, apiGroup: rbac.authorization.k8s.io, name: platform-operators }]
    /// ```
    pub(super) ClusterAdminBinding = {
        code: "RBA07",
        since: "0.1.0",
        severity: High,
        on: RoleBinding,
        reads: &[&kinds::CLUSTER_ROLE, &kinds::ROLE],
        equivalents: [
            "polaris:clusterrolebindingClusterAdmin", "polaris:rolebindingClusterAdminClusterRole",
            "polaris:rolebindingClusterAdminRole",
            "kube-linter:cluster-admin-role-binding", "kyverno:restrict-binding-clusteradmin", "trivy:KSV-0111",
            "kubescape:C-0035", "kubescape:C-0185", "kubescape:C-0267", "kubescape:C-0272",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Kinds of subjects that must not have the role.
    deny_kinds: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { deny_kinds: vec!["ServiceAccount".to_owned()] }
    }
}

impl Check for ClusterAdminBinding {
    type Params = Params;

    fn check(params: &Params, binding: RoleBinding<'_>, context: &Context<'_>, out: &mut Findings) {
        let mut denied = binding.subjects().iter().filter(|subject| params.denies(*subject)).peekable();
        if denied.peek().is_none() || !is_written(binding.metadata(), context) {
            return;
        }
        let Some((role, name)) = binding.role_ref().and_then(|role| Some((role, role.name()?))) else {
            return;
        };
        let is_admin = *role.kind() == "ClusterRole" && *name == CLUSTER_ADMIN;
        if !is_admin && !allows_everything(role, &name, context) {
            return;
        }
        let what = if is_admin { "" } else { ", which allows everything," };
        let role = shown_within(&name, 25);
        for subject in denied {
            let (kind, name) = (shown_within(&subject.kind(), 15), shown(&subject.name()));
            out.report(subject, format_args!("gives `{role}`{what} to the {kind} `{name}`"));
        }
    }
}

/// Whether the role is known, and is `cluster-admin` by another name.
fn allows_everything(role: RoleRef<'_>, name: &str, context: &Context<'_>) -> bool {
    let (kind, namespace) = match *role.kind() {
        "ClusterRole" => (&kinds::CLUSTER_ROLE, None),
        _ => (&kinds::ROLE, context.subject.namespace),
    };
    let Ok(Some(role)) = context.facts.named(kind, namespace, name) else { return false };
    Role::view(role.node()).is_some_and(|role| role.rules().iter().any(PolicyRule::is_unlimited))
}

impl Params {
    fn denies(&self, subject: BoundSubject<'_>) -> bool {
        let denies = |kind: &str| self.deny_kinds.iter().any(|denied| denied == kind);
        denies(&subject.kind()) || (subject.has_service_accounts() && denies("ServiceAccount"))
    }
}

//! `RBA07 cluster-admin-binding`: no workload must be master of the cluster.

use super::shared::written::is_written;
use crate::object::rbac::{BoundSubject, CLUSTER_ADMIN, RoleBinding};
use crate::policy::prelude::*;

policy! {
    /// The ClusterRole `cluster-admin` is bound to a ServiceAccount.
    ///
    /// ServiceAccounts are also meant by the names of their users, `system:serviceaccount:…`, and by groups that
    /// they are in: `system:serviceaccounts`, those of one namespace, and `system:authenticated`. In a RoleBinding
    /// the role makes the account master of one namespace, which is reported too. Other users and groups pass:
    /// somebody has to administer the cluster. `unlimited-cluster-role` finds roles that are `cluster-admin` by
    /// another name.
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
        equivalents: [
            "polaris:clusterrolebindingClusterAdmin", "polaris:rolebindingClusterAdminClusterRole",
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
        let is_admin = binding.role_ref().is_some_and(|role| {
            *role.kind() == "ClusterRole" && role.name().is_some_and(|name| *name == CLUSTER_ADMIN)
        });
        if !is_admin || !is_written(binding.metadata(), context) {
            return;
        }
        for subject in binding.subjects().iter().filter(|subject| params.denies(*subject)) {
            let (kind, name) = (subject.kind(), subject.name());
            out.report(subject, format!("gives `cluster-admin` to the {} `{}`", shown(&kind), shown(&name)));
        }
    }
}

impl Params {
    fn denies(&self, subject: BoundSubject<'_>) -> bool {
        let denies = |kind: &str| self.deny_kinds.iter().any(|denied| denied == kind);
        denies(&subject.kind()) || (subject.has_service_accounts() && denies("ServiceAccount"))
    }
}

//! `RBA07 cluster-admin-binding`: no workload must be master of the cluster.

use crate::object::rbac::RoleBinding;
use crate::policy::prelude::*;

policy! {
    /// The ClusterRole `cluster-admin` is bound to a ServiceAccount.
    ///
    /// In a RoleBinding it makes the account master of one namespace, which is reported too. Users and groups pass:
    /// somebody has to administer the cluster. `unlimited-cluster-role` finds roles that are `cluster-admin` by another
    /// name.
    ///
    /// ## Why
    /// The token of the account lies in every Pod that runs under it. Whoever gets into one of them, through a hole in
    /// the program or a dependency, reads every Secret, deletes every namespace and creates Pods on every node.
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
            "kubescape:C-0035", "kubescape:C-0185", "kubescape:C-0272",
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

    fn check(params: &Params, binding: RoleBinding<'_>, _: &Context<'_>, out: &mut Findings) {
        let is_admin = binding.role_ref().is_some_and(|role| {
            *role.kind() == "ClusterRole" && role.name().is_some_and(|name| *name == "cluster-admin")
        });
        if !is_admin {
            return;
        }
        for subject in binding.subjects().iter() {
            let (kind, name) = (subject.kind(), subject.name());
            if params.deny_kinds.iter().any(|denied| denied == *kind) {
                out.report(
                    subject,
                    format!("gives `cluster-admin` to the {} `{}`", shown(&kind), shown(&name)),
                );
            }
        }
    }
}

//! `RBA14 anonymous-binding`: whoever reaches the API server must not have rights.

use super::shared::bound;
use super::shared::written::is_written;
use crate::object::rbac::RoleBinding;
use crate::policy::prelude::*;

policy! {
    /// A role is bound to whoever has no credentials.
    ///
    /// That is the user `system:anonymous` or the group `system:unauthenticated`. What Kubernetes itself gives them
    /// passes: its version and health, the keys by which tokens are checked, and the ConfigMap by which nodes join a
    /// cluster of kubeadm.
    ///
    /// ## Why
    /// The binding asks nobody who they are. Whoever reaches the API server's port, and that is every Pod and often
    /// the Internet, has the role; scanners look for it, and what they start are miners.
    ///
    /// ## Fix
    /// Bind the role to those who need it, by name or by a group of the identity provider.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: { name: dashboard }
    /// roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
    /// subjects: [{ kind: User, apiGroup: rbac.authorization.k8s.io, name: "system:anonymous" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: { name: token-issuer }
    /// roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:service-account-issuer-discovery" }
    /// subjects: [{ kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:unauthenticated" }]
    /// ```
    pub(super) AnonymousBinding = {
        code: "RBA14",
        since: "0.1.0",
        severity: High,
        on: RoleBinding,
        equivalents: [
            "kyverno:restrict-binding-system-groups", "gatekeeper:disallowanonymous", "trivy:KSV-0122",
            "kubescape:C-0262",
        ],
        references: ["https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Names of ClusterRoles that anybody may have.
    allowed_roles: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let public =
            ["system:discovery", "system:public-info-viewer", "system:service-account-issuer-discovery"];
        Self { allowed_roles: public.map(str::to_owned).into() }
    }
}

impl Check for AnonymousBinding {
    type Params = Params;

    fn check(params: &Params, binding: RoleBinding<'_>, context: &Context<'_>, out: &mut Findings) {
        if is_of_kubeadm(binding, context) || !is_written(binding.metadata(), context) {
            return;
        }
        bound::report(
            binding,
            &params.allowed_roles,
            // Who mixes them up has meant the other one.
            |subject| {
                matches!(*subject.kind(), "User" | "Group")
                    && matches!(*subject.name(), "system:anonymous" | "system:unauthenticated")
            },
            "who has no credentials",
            out,
        );
    }
}

/// Whether the binding lets nodes that join read the address and the certificate of the API server.
fn is_of_kubeadm(binding: RoleBinding<'_>, context: &Context<'_>) -> bool {
    context.subject.namespace == Some("kube-public")
        && binding.role_ref().is_some_and(|role| {
            *role.kind() == "Role"
                && role.name().is_some_and(|name| *name == "kubeadm:bootstrap-signer-clusterinfo")
        })
}

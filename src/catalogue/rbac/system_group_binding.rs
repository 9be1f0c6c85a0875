//! `RBA21 system-group-binding`: a group that everybody is in is no group.

use super::shared::bound;
use super::shared::written::is_written;
use crate::object::rbac::RoleBinding;
use crate::policy::prelude::*;

policy! {
    /// A role is bound to a group of Kubernetes itself.
    ///
    /// That is `system:authenticated`, `system:serviceaccounts` or `system:masters`. What Kubernetes itself lets
    /// everybody read passes. The ServiceAccounts of one namespace, `system:serviceaccounts:shop`, are a group that
    /// one can oversee.
    ///
    /// ## Why
    /// `system:authenticated` is every user and every Pod of the cluster, and with some providers everybody with an
    /// account there; `system:serviceaccounts` is every Pod. Whoever is in `system:masters` passes every check of
    /// access anyway: a binding only hides that, and membership cannot be taken away but with the certificate
    /// authority.
    ///
    /// ## Fix
    /// Bind the role to those who need it, by name or by a group of the identity provider.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: { name: everybody-reads }
    /// roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
    /// subjects: [{ kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:authenticated" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: { name: support-reads }
    /// roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
    /// subjects: [{ kind: Group, apiGroup: rbac.authorization.k8s.io, name: support }]
    /// ```
    pub(super) SystemGroupBinding = {
        code: "RBA21",
        since: "0.1.0",
        severity: Medium,
        on: RoleBinding,
        yields_to: ["RBA07" in Field],
        equivalents: [
            "kyverno:restrict-binding-system-groups", "gatekeeper:disallowanonymous", "trivy:KSV-0123",
            "trivy:KSV-01011", "kubescape:C-0246", "kubescape:C-0265",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The groups.
    groups: Vec<String>,
    /// Names of ClusterRoles that everybody may have.
    allowed_roles: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        let groups = ["system:authenticated", "system:serviceaccounts", "system:masters"];
        let public = [
            "system:basic-user",
            "system:discovery",
            "system:public-info-viewer",
            "system:service-account-issuer-discovery",
        ];
        Self { groups: groups.map(str::to_owned).into(), allowed_roles: public.map(str::to_owned).into() }
    }
}

impl Check for SystemGroupBinding {
    type Params = Params;

    fn check(params: &Params, binding: RoleBinding<'_>, context: &Context<'_>, out: &mut Findings) {
        if !is_written(binding.metadata(), context) {
            return;
        }
        bound::report(
            binding,
            &params.allowed_roles,
            |subject| {
                *subject.kind() == "Group" && params.groups.iter().any(|group| group == *subject.name())
            },
            "a group of Kubernetes itself",
            out,
        );
    }
}

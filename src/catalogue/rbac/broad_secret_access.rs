//! `RBA09 broad-secret-access`: who reads all Secrets reads all passwords and tokens.

use super::shared::written::{realm, rules};
use crate::object::rbac::{Access, Role, WRITES};
use crate::policy::prelude::*;

policy! {
    /// A role allows to read every Secret of its namespace or of the cluster.
    ///
    /// Rules that name their Secrets in `resourceNames` pass: to list or watch, a client then has to ask for one of
    /// them by name. `*` for resources counts, and `*` for verbs.
    ///
    /// ## Why
    /// Among the Secrets are the tokens of other ServiceAccounts, the credentials of databases and the keys of
    /// certificates. Whoever gets into one Pod whose account has such a role has them all, and with the tokens what
    /// their owners may do. To list is to read: the answer has the values in it.
    ///
    /// ## Fix
    /// Allow `get` on the Secrets that are needed, by name in `resourceNames`; or mount them.
    ///
    /// ## Exceptions
    /// Controllers that make or copy Secrets, such as cert-manager, External Secrets and GitOps controllers, by the
    /// names of their roles.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: { name: web }
    /// rules: [{ apiGroups: [""], resources: [secrets], verbs: [get, list, watch] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: { name: web, namespace: shop }
    /// rules: [{ apiGroups: [""], resources: [secrets], resourceNames: [web-tls], verbs: [get] }]
    /// ```
    pub(super) BroadSecretAccess = {
        code: "RBA09",
        since: "0.1.0",
        severity: Medium,
        on: Role,
        yields_to: ["RBA19" in Object, "RBA08" in Field],
        equivalents: [
            "kube-linter:access-to-secrets", "kyverno:restrict-secret-role-verbs", "trivy:KSV-0041", "trivy:KSV-0113",
            "kubescape:C-0015", "kubescape:C-0186", "datree:CIS_INVALID_VERB_SECRETS",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Whether to make, change and delete Secrets counts too.
    writes: bool,
}

const READS: &[Access] = &[Access::to_all("", "secrets", &["get", "list", "watch"])];

/// Requests to create have no name: what a rule allows for names is not to create.
const CHANGES: &[Access] = &[Access::to_all("", "secrets", WRITES)];

impl Check for BroadSecretAccess {
    type Params = Params;

    fn check(params: &Params, role: Role<'_>, context: &Context<'_>, out: &mut Findings) {
        let changes = if params.writes { CHANGES } else { &[] };
        for grant in rules(role, context).flat_map(|rule| rule.grants(READS.iter().chain(changes))) {
            let what = if WRITES.contains(&*grant.verb) { "changes" } else { "reads" };
            let (verb, resource) = (shown(&grant.verb), shown(&grant.resource));
            out.report(
                grant.resource,
                format_args!("`{verb}` on `{resource}` {what} every Secret of the {}", realm(context)),
            );
        }
    }
}

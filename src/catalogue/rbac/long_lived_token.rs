//! `RBA05 long-lived-token`: a token that never expires is a password that nobody changes.

use crate::object::configuration::Secret;
use crate::policy::prelude::*;

policy! {
    /// A Secret asks for a token of a ServiceAccount that never expires.
    ///
    /// Its type is `kubernetes.io/service-account-token`; Kubernetes fills in the token.
    ///
    /// ## Why
    /// Since v1.24 Kubernetes no longer makes such Secrets by itself. Their tokens are bound to no Pod and valid
    /// until the Secret is deleted; they end up in pipelines, notebooks and backups, and whoever finds one there is
    /// the account.
    ///
    /// ## Fix
    /// Delete the Secret; have short-lived tokens made by `kubectl create token`, or mount a `serviceAccountToken`
    /// volume.
    ///
    /// ## Exceptions
    /// Systems outside the cluster that cannot renew a token, such as Argo CD for clusters that it delivers to.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: { name: ci, namespace: shop, annotations: { kubernetes.io/service-account.name: ci } }
    /// type: kubernetes.io/service-account-token
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: { name: ci, namespace: shop }
    /// type: Opaque
    /// ```
    pub(super) LongLivedToken = {
        code: "RBA05",
        since: "0.1.0",
        severity: Medium,
        on: Secret,
        equivalents: [
            "kyverno:deny-secret-service-account-token-type", "kyverno:check-serviceaccount-secrets",
        ],
        references: [
            "https://kubernetes.io/docs/concepts/security/service-accounts/#get-a-token",
        ],
    }
}

impl Check for LongLivedToken {
    type Params = NoParams;

    fn check(_: &NoParams, secret: Secret<'_>, _: &Context<'_>, out: &mut Findings) {
        if let Some(kind) = secret.kind().filter(|kind| **kind == "kubernetes.io/service-account-token") {
            out.report(kind, "a token of a ServiceAccount that never expires");
        }
    }
}

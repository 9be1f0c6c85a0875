//! `RBA02 default-service-account`: an account that everybody shares belongs to nobody.

use super::shared::token;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod runs under the ServiceAccount `default` of its namespace, and has its token.
    ///
    /// A Pod with `automountServiceAccountToken: false` passes, and so does one that was made without a token
    /// because the account says so.
    ///
    /// ## Why
    /// Every Pod that names no account has this one. A role that is bound to it for one of them is had by all of
    /// them, and nobody can tell from the audit log which it was.
    ///
    /// ## Fix
    /// Name an account of the workload's own in `serviceAccountName`, or set `automountServiceAccountToken: false`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: { name: web }
    /// spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: { name: web }
    /// spec: { serviceAccountName: web, containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    pub(super) DefaultServiceAccount = {
        code: "RBA02",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        equivalents: [
            "kube-linter:default-service-account", "kubescape:C-0189", "kubescape:C-0225", "kubescape:C-0239",
        ],
        references: [
            "https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts",
        ],
    }
}

impl Check for DefaultServiceAccount {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let account = pod.spec.account();
        let is_default = account.is_none_or(|name| *name == token::DEFAULT);
        if !is_default || !token::is_mounted(pod) {
            return;
        }
        let place = account.map_or(pod.spec.missing("serviceAccountName"), |account| account.place());
        out.report(place, "runs under the ServiceAccount `default`, which every Pod shares");
    }
}

//! `RBA02 default-service-account`: an account that everybody shares belongs to nobody.

use super::shared::token;
use super::shared::written::is_written;
use crate::object::View as _;
use crate::object::kinds::Kind;
use crate::object::pod::Pod;
use crate::object::rbac::{BoundSubject, RoleBinding};
use crate::policy::prelude::*;

policy! {
    /// A Pod runs under the ServiceAccount `default` of its namespace and has its token, or a role is bound to it.
    ///
    /// A Pod with `automountServiceAccountToken: false` passes, and so does one that was made without a token
    /// because the account says so.
    ///
    /// ## Why
    /// Every Pod that names no account has this one. A role that is bound to it for one of them is had by all of
    /// them, and nobody can tell from the audit log which it was.
    ///
    /// ## Fix
    /// Name an account of the workload's own in `serviceAccountName` and bind roles to that, or set
    /// `automountServiceAccountToken: false`.
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
        on: Subject,
        kinds: KINDS,
        yields_to: ["RBA07" in Field],
        equivalents: [
            "kube-linter:default-service-account", "kubescape:C-0189", "kubescape:C-0225", "kubescape:C-0239",
        ],
        references: [
            "https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts",
        ],
    }
}

const KINDS: &[&Kind] = &kinds::with::<{ kinds::ANY_POD_CARRIER.len() + 2 }>(
    &kinds::CLUSTER_ROLE_BINDING,
    &kinds::pod_carriers_and(&kinds::ROLE_BINDING),
);

impl Check for DefaultServiceAccount {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        if let Some(pod) = subject.pod() {
            check_pod(pod, out);
        } else if let Some(binding) = subject.judged().and_then(|it| RoleBinding::view(it.node())) {
            let bound = binding.subjects().iter().filter(|subject| is_default(*subject));
            for subject in bound.filter(|_| is_written(binding.metadata(), context)) {
                out.report(subject, "gives rights to the ServiceAccount `default`, which every Pod shares");
            }
        }
    }
}

fn check_pod(pod: &Pod<'_>, out: &mut Findings) {
    let account = pod.spec.account();
    let is_default = account.is_none_or(|name| *name == token::DEFAULT);
    if !is_default || !token::is_mounted(pod) {
        return;
    }
    let place = account.map_or(pod.spec.missing("serviceAccountName"), |account| account.place());
    out.report(place, "runs under the ServiceAccount `default`, which every Pod shares");
}

/// Whether the role is given to the account of this name of some namespace, be it by the name of its user.
fn is_default(subject: BoundSubject<'_>) -> bool {
    let name = subject.name();
    match *subject.kind() {
        "ServiceAccount" => *name == token::DEFAULT,
        "User" => name
            .strip_prefix("system:serviceaccount:")
            .and_then(|name| name.split_once(':'))
            .is_some_and(|(_, name)| name == token::DEFAULT),
        _ => false,
    }
}

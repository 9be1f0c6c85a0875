//! `RBA03 dangling-service-account`: the account that Pods run under must be there.

use super::shared::token;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod is to run under a ServiceAccount that its namespace does not have.
    ///
    /// The account may come later, with the rest of what is applied. `default` is in every namespace. Pods in the cluster have
    /// been made under theirs, and what a controller keeps passes: its operator may make the account.
    ///
    /// ## Why
    /// The API server takes the workload and refuses every Pod of it. Nothing shows but an event of its ReplicaSet: there are
    /// no Pods, and no logs that would say why.
    ///
    /// ## Fix
    /// Add the ServiceAccount to this namespace, or mend its name.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { spec: { serviceAccountName: web, containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { spec: { serviceAccountName: web, containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: { name: web, namespace: shop }
    /// ```
    pub(super) DanglingServiceAccount = {
        code: "RBA03",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        needs: Facts,
        reads: &[&kinds::SERVICE_ACCOUNT],
        equivalents: ["kube-linter:non-existent-service-account", "kubescape:C-0307"],
        references: ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/"],
    }
}

impl Check for DanglingServiceAccount {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        let is_kept = context.subject.judged().is_none_or(|object| object.controller().is_some());
        let Some(account) = pod.spec.account().filter(|name| **name != token::DEFAULT) else { return };
        if is_kept || pod.is_made() {
            return;
        }
        let found = context.facts.named(&kinds::SERVICE_ACCOUNT, context.subject.namespace, &account);
        if out.known(found).is_some_and(|found| found.is_none()) {
            out.report(account, format_args!("the namespace has no ServiceAccount `{}`", shown(&account)))
                .awaited();
        }
    }
}

//! `NSP02 system-namespace-write`: what belongs to Kubernetes must be left to it.

use crate::policy::prelude::*;

policy! {
    /// Somebody writes into a namespace whose name begins with `kube-`, which Kubernetes keeps for itself.
    ///
    /// Components of Kubernetes, nodes and the ServiceAccounts of such namespaces pass, and the add-ons of EKS; everybody else
    /// is found, administrators as well. Seawall is not asked about `kube-system` unless its registration is told to be.
    ///
    /// ## Why
    /// What runs there is what the cluster runs on, and is often left out of policies, quotas and backups for that reason. A
    /// workload put there inherits the leave, and a change by hand is undone by the next upgrade, or breaks it.
    ///
    /// ## Fix
    /// Use a namespace of your own; configure add-ons by what installs them.
    ///
    /// ## Exceptions
    /// Those who run the cluster, and the tools that install add-ons, by a rule for their users and groups.
    ///
    /// ## Denied
    /// ```yaml
    /// operation: CREATE
    /// kind: { group: "", version: v1, kind: ConfigMap }
    /// namespace: kube-public
    /// userInfo: { username: alice }
    /// object: { apiVersion: v1, kind: ConfigMap, metadata: { name: web, namespace: kube-public } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// operation: CREATE
    /// kind: { group: "", version: v1, kind: ConfigMap }
    /// namespace: shop
    /// userInfo: { username: alice }
    /// object: { apiVersion: v1, kind: ConfigMap, metadata: { name: web, namespace: shop } }
    /// ```
    pub(super) SystemNamespaceWrite = {
        code: "NSP02",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Subject,
        kinds: kinds::WRITTEN,
        operations: [Create, Update, Delete],
        needs: Request,
        equivalents: ["trivy:KSV-0037", "kyverno:namespace-protection", "kubescape:C-0209"],
        references: ["https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#working-with-namespaces"],
    }
}

impl Check for SystemNamespaceWrite {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let (Some(request), Some(object)) = (subject.request, subject.judged()) else { return };
        let Some(namespace) = subject.namespace.filter(|namespace| namespace.starts_with("kube-")) else {
            return;
        };
        if !is_of_system(request.user) {
            let (user, namespace) = (shown(request.user), shown(namespace));
            out.report(
                object,
                format_args!("`{user}` writes into `{namespace}`, which belongs to Kubernetes"),
            );
        }
    }
}

/// Whether a user is part of the cluster: names with these prefixes are given by the API server and by EKS alone.
fn is_of_system(user: &str) -> bool {
    match user.strip_prefix("system:serviceaccount:") {
        Some(account) => account.starts_with("kube-"),
        None => user.starts_with("system:") || user.starts_with("eks:"),
    }
}

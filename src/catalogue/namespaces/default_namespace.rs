//! `NSP01 default-namespace`: an application must have a namespace of its own.

use crate::policy::prelude::*;

policy! {
    /// An application is put into the namespace `default`.
    ///
    /// Pods and what carries them, Services, Ingresses and volume claims are looked at. A file that names no namespace can go
    /// to any, and passes, unless `--namespace` says that it goes there. The Service `kubernetes` is the API server's own.
    ///
    /// ## Why
    /// It is where everything ends up that somebody forgot to say a namespace for. Rights, quotas and NetworkPolicies are made
    /// for a namespace, and here they are for strangers; the namespace can never be deleted with what is in it.
    ///
    /// ## Fix
    /// Make a namespace for the application, and name it in `metadata.namespace`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: default }
    /// spec: { selector: { app: web }, ports: [{ port: 80 }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 80 }] }
    /// ```
    pub(super) DefaultNamespace = {
        code: "NSP01",
        since: "0.1.0",
        severity: Low,
        on: Subject,
        kinds: kinds::OF_APPLICATIONS,
        equivalents: [
            "kube-linter:use-namespace", "kyverno:disallow-default-namespace", "trivy:KSV-0110",
            "kubescape:C-0061", "kubescape:C-0212",
        ],
        references: ["https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces"],
    }
}

impl Check for DefaultNamespace {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(object) = subject.object.filter(|_| subject.namespace == Some("default")) else { return };
        let is_of_api_server = subject.kind() == Some(&kinds::SERVICE) && subject.name == Some("kubernetes");
        if !is_of_api_server {
            out.report(
                object.missing("metadata.namespace"),
                "is in the namespace `default`, which is nobody's",
            );
        }
    }
}

//! `CFG13 dangling-config-reference`: what a Pod is configured with must be there.

use super::reference::report_missing;
use crate::object::pod::Pod;
use crate::object::references::Source;
use crate::policy::prelude::*;

policy! {
    /// A Pod takes variables or files from a ConfigMap that its namespace does not have.
    ///
    /// It may come later, with the rest of what is applied. An optional reference passes. What the ConfigMap holds is not
    /// known, so that missing keys are not found. What a controller keeps passes: its template is judged, or its operator
    /// makes the object. Of Secrets, `dangling-secret-reference` speaks.
    ///
    /// ## Why
    /// The Pod is scheduled and never starts: `CreateContainerConfigError`, or a mount that is tried for ever. A name was
    /// mistyped, or the object was made by hand in the last cluster and nobody remembers.
    ///
    /// ## Fix
    /// Add the ConfigMap to this namespace, mend the name, or set `optional: true` where the program can do without.
    ///
    /// ## Exceptions
    /// ConfigMaps that an operator makes once the workload is there.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     spec:
    ///       containers: [{ name: web, image: "web:1.4.2", envFrom: [{ configMapRef: { name: web } }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     spec:
    ///       containers: [{ name: web, image: "web:1.4.2", envFrom: [{ configMapRef: { name: web } }] }]
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: { name: web, namespace: shop }
    /// data: { LOG_LEVEL: info }
    /// ```
    pub(super) DanglingConfigReference = {
        code: "CFG13",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        needs: Facts,
        reads: &[&kinds::CONFIG_MAP],
        equivalents: ["kube-linter:env-value-from"],
        references: ["https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/"],
    }
}

/// ConfigMaps that Kubernetes, and OpenShift, put into every namespace.
const EVERYWHERE: [&str; 2] = ["kube-root-ca.crt", "openshift-service-ca.crt"];

impl Check for DanglingConfigReference {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        report_missing(Source::ConfigMap, pod, context, out, |name, _| EVERYWHERE.contains(&name));
    }
}

//! `SEC02 host-pid`: a Pod must not see the processes of its node.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod sets `hostPID: true`.
    ///
    /// ## Why
    /// Its containers see every process of the node and may signal those of their own user; with `SYS_PTRACE`, or as
    /// root, they read the memory and the environment of all of them, credentials included.
    ///
    /// ## Fix
    /// Remove `hostPID: true`; use `shareProcessNamespace: true` where containers of one Pod must see each other.
    ///
    /// ## Exceptions
    /// Node agents that measure processes, by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// hostPID: true
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// shareProcessNamespace: true
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) HostPid = {
        code: "SEC02",
        since: "0.1.0",
        severity: High,
        on: Pod,
        equivalents: [
            "psa:hostNamespaces", "polaris:hostPIDSet", "kube-linter:host-pid",
            "kyverno:disallow-host-namespaces", "gatekeeper:host-namespaces", "trivy:KSV-0010",
            "kubescape:C-0038", "kubescape:C-0194", "kubescape:C-0214", "kubescape:C-0275",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    }
}

impl Check for HostPid {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let shared = pod.spec.host_pid();
        if *shared {
            out.report(shared, "Pod sees the processes of its node, and may reach into them");
        }
    }
}

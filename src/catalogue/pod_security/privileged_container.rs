//! `SEC01 privileged-container`: a container must not be root on its node.

use super::standards::{Version, privileged};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A container runs with `privileged: true`. Init, sidecar, app and ephemeral containers are looked at.
    ///
    /// ## Why
    /// A privileged container has every capability and every device of its node, and no seccomp or AppArmor profile.
    /// Whoever gets into it has the node, and from there the Secrets of every Pod on it.
    ///
    /// ## Fix
    /// Remove `privileged: true`; add the one capability that is needed under `securityContext.capabilities.add`.
    ///
    /// ## Exceptions
    /// Network and storage drivers and other node agents, by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: debug, image: "debug:1.0.0", securityContext: { privileged: true } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", securityContext: { privileged: false } }]
    /// ```
    pub(super) PrivilegedContainer = {
        code: "SEC01",
        since: "0.1.0",
        severity: High,
        on: Pod,
        equivalents: [
            "psa:privileged", "polaris:runAsPrivileged", "kube-linter:privileged-container",
            "kube-score:container-security-context-privileged",
            "kyverno:disallow-privileged-containers", "gatekeeper:privileged-containers",
            "trivy:KSV-0017", "kubeaudit:privileged", "kubewarden:pod-privileged-policy",
            "kubescape:C-0057", "kubescape:C-0193", "kubescape:C-0213",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    }
}

impl Check for PrivilegedContainer {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for violation in privileged::offending(pod, Version::Latest) {
            let owner = violation.owner.shown();
            out.report(violation.place, format_args!("{owner} is privileged: it has all rights on its node"))
                .fix(Fix::set(violation.place, false));
        }
    }
}

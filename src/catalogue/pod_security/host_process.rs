//! `SEC05 host-process`: a container must not be a process of its Windows node.

use super::standards::{Version, windows_host_process};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod or one of its containers sets `windowsOptions.hostProcess: true`.
    ///
    /// ## Why
    /// Such a container is a process of its node, as the account that it names, up to the system itself: with the
    /// files, the registry, the network and the services of the machine.
    ///
    /// ## Fix
    /// Remove `hostProcess: true`, and `hostNetwork: true` with it.
    ///
    /// ## Exceptions
    /// Agents that set up Windows nodes, by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// os: { name: windows }
    /// hostNetwork: true
    /// securityContext: { windowsOptions: { hostProcess: true, runAsUserName: 'NT AUTHORITY\SYSTEM' } }
    /// containers: [{ name: agent, image: "agent:1.0.0" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// os: { name: windows }
    /// securityContext: { windowsOptions: { runAsUserName: ContainerUser } }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) HostProcess = {
        code: "SEC05",
        since: "0.1.0",
        severity: High,
        on: Pod,
        equivalents: [
            "psa:windowsHostProcess", "polaris:hostProcess", "kyverno:disallow-host-process",
            "gatekeeper:host-process", "trivy:KSV-0103", "kubescape:C-0202",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    }
}

impl Check for HostProcess {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for violation in windows_host_process::offending(pod, Version::Latest) {
            let owner = violation.owner.shown();
            out.report(violation.place, format_args!("{owner} runs as a process of its Windows node"));
        }
    }
}

//! `SEC35 missing-seccomp-profile`: a container must not have every system call of its node.

use super::standards::{Pinned, seccomp_profile_restricted};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// Neither a container nor its Pod says which seccomp profile it has.
    ///
    /// Init, app and ephemeral containers are looked at. A profile that is turned off is `unconfined-seccomp`. From
    /// v1.25 on, Pods with `os: windows` are exempt; annotations have not counted since v1.27.
    ///
    /// ## Why
    /// Without a profile a container may make every system call that its kernel has. Most ways out of a container are
    /// faults in calls that no ordinary program makes; the profile of the runtime refuses those.
    ///
    /// ## Fix
    /// Set `securityContext.seccompProfile.type: RuntimeDefault` in the Pod's own `securityContext`.
    ///
    /// ## Exceptions
    /// Clusters whose kubelets run with `seccompDefault: true` have the profile anyway.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// securityContext: { seccompProfile: { type: RuntimeDefault } }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) MissingSeccompProfile = {
        code: "SEC35",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        yields_to: ["SEC01" in Container],
        equivalents: [
            "psa:seccompProfile_restricted", "kube-score:container-seccomp-profile",
            "kyverno:restrict-seccomp-strict", "gatekeeper:seccomp", "gatekeeper:seccompv2",
            "trivy:KSV-0030", "kubeaudit:seccomp", "kubescape:C-0210",
        ],
        references: ["https://kubernetes.io/docs/tutorials/security/seccomp/"],
    }
}

impl Check for MissingSeccompProfile {
    type Params = Pinned;

    fn check(params: &Pinned, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        params.violations(&seccomp_profile_restricted::CHECK, pod, |violation| {
            // With a value it is a profile that somebody chose.
            if violation.value.is_none() {
                let message =
                    format_args!("{} has no seccomp profile, nor has its Pod", violation.owner.shown());
                out.report(violation.place, message).fix(Fix::set(violation.place, "RuntimeDefault"));
            }
        });
    }
}

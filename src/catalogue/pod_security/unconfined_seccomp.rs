//! `SEC11 unconfined-seccomp`: a container must not turn the system call filter of its runtime off.

use super::standards::{Version, seccomp_profile_baseline};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod or a container sets a seccomp profile that filters nothing, such as `Unconfined`.
    ///
    /// Up to v1.18 profiles were annotations; with such a `version` these are judged, and the fields are not.
    ///
    /// ## Why
    /// The profile of the runtime refuses system calls that containers do not need and that most ways out of one have
    /// used. Without it every defect of the kernel can be reached.
    ///
    /// ## Fix
    /// Set `seccompProfile.type` to `RuntimeDefault`, or to `Localhost` with a profile that allows what is missing.
    ///
    /// ## Exceptions
    /// Browsers and builders of images that make namespaces of their own.
    ///
    /// ## Denied
    /// ```yaml
    /// securityContext: { seccompProfile: { type: Unconfined } }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// securityContext: { seccompProfile: { type: RuntimeDefault } }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) UnconfinedSeccomp = {
        code: "SEC11",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        yields_to: ["SEC01" in Container],
        equivalents: [
            "psa:seccompProfile_baseline", "kyverno:restrict-seccomp", "kyverno:restrict-seccomp-strict", "gatekeeper:seccomp",
            "gatekeeper:seccompv2", "trivy:KSV-0104",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The version of the Pod Security Standards that says what is allowed: `latest` or such as `v1.30`.
    version: Version,
}

impl Check for UnconfinedSeccomp {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for violation in seccomp_profile_baseline::offending(pod, params.version) {
            let owner = violation.owner.shown();
            let value = violation.shown_value(15);
            out.report(
                violation.place,
                format_args!("{owner} has the seccomp profile `{value}`, which filters nothing"),
            );
        }
    }
}

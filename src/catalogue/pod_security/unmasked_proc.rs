//! `SEC10 unmasked-proc`: a container must not see what the runtime hides in `/proc`.

use super::standards::{Version, proc_mount};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A container sets `procMount` to something other than `Default`.
    ///
    /// From v1.35 on, a Pod with `hostUsers: false` may.
    ///
    /// ## Why
    /// Runtimes hide the parts of `/proc` that act on the whole node: `/proc/sysrq-trigger` restarts it,
    /// `/proc/kcore` is its memory, and keys and timers tell of others. Unmasked, root in the container reaches them.
    ///
    /// ## Fix
    /// Remove `procMount`, or set it to `Default`; to nest containers set `hostUsers: false` as well.
    ///
    /// ## Exceptions
    /// Builders of images that nest containers, by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: build, image: "build:1.0.0", securityContext: { procMount: Unmasked } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// hostUsers: false
    /// containers: [{ name: build, image: "build:1.0.0", securityContext: { procMount: Unmasked } }]
    /// ```
    pub(super) UnmaskedProc = {
        code: "SEC10",
        since: "0.1.0",
        severity: High,
        on: Pod,
        yields_to: ["SEC01" in Container],
        equivalents: [
            "psa:procMount", "polaris:procMount", "kube-linter:unsafe-proc-mount",
            "kyverno:disallow-proc-mount", "gatekeeper:proc-mount", "trivy:KSV-0027",
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

impl Check for UnmaskedProc {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for violation in proc_mount::offending(pod, params.version) {
            let owner = violation.owner.shown();
            let value = violation.shown_value(15);
            out.report(
                violation.place,
                format_args!("{owner} sets procMount to `{value}`: it sees the kernel of its node"),
            );
        }
    }
}

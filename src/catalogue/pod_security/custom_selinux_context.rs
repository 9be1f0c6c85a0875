//! `SEC09 custom-selinux-context`: a container must not choose its own SELinux user, role or type.

use super::standards::{Version, se_linux_options};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod or a container sets an SELinux user or role, or a type other than those that containers have.
    ///
    /// The types `container_t`, `container_init_t`, `container_kvm_t` and, from v1.31 on, `container_engine_t` pass,
    /// as does any `level`.
    ///
    /// ## Why
    /// The type is what keeps a process within its container where SELinux is enforced. With another one, such as
    /// `spc_t`, it may touch what belongs to the node.
    ///
    /// ## Fix
    /// Remove `user`, `role` and `type` from `seLinuxOptions`; `level` may stay.
    ///
    /// ## Exceptions
    /// Agents with a policy module of their own on the node, by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// securityContext: { seLinuxOptions: { type: spc_t } }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// securityContext: { seLinuxOptions: { level: "s0:c123,c456" } }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) CustomSelinuxContext = {
        code: "SEC09",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        yields_to: ["SEC01" in Container],
        equivalents: [
            "psa:seLinuxOptions", "kyverno:disallow-selinux", "gatekeeper:selinux", "trivy:KSV-0025",
            "kubewarden:selinux-psp-policy",
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

impl Check for CustomSelinuxContext {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for violation in se_linux_options::offending(pod, params.version) {
            let owner = violation.owner.shown();
            let (field, value) = (violation.place.node().key(), violation.shown_value(30));
            out.report(violation.place, format_args!("{owner} sets the SELinux {field} `{value}`"));
        }
    }
}

//! `SEC06 added-capability`: a container must not add rights that containers do not have.

use super::standards::{Version, capabilities_baseline};
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A container adds a capability that runtimes do not give to containers anyway.
    ///
    /// Names are compared as the Pod Security Standards compare them: `CHOWN` passes, `CAP_CHOWN` does not.
    ///
    /// ## Why
    /// A capability is a part of what root may do. `NET_ADMIN` changes routes and firewalls, `NET_RAW` forges
    /// packets, `SYS_PTRACE` reads the memory of others.
    ///
    /// ## Fix
    /// Remove it from `capabilities.add`; to listen below 1024 set the sysctl `net.ipv4.ip_unprivileged_port_start`.
    ///
    /// ## Exceptions
    /// Init containers of service meshes need `NET_ADMIN` and `NET_RAW`: `extraAllowed` in a rule for that container.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", securityContext: { capabilities: { add: [NET_ADMIN] } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", securityContext: { capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] } } }]
    /// ```
    pub(super) AddedCapability = {
        code: "SEC06",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        yields_to: ["SEC01" in Container, "SEC34" in Field],
        equivalents: [
            "psa:capabilities_baseline", "polaris:dangerousCapabilities",
            "kyverno:disallow-capabilities", "kyverno:service-mesh-disallow-capabilities", "kyverno:psp-migration/restrict-adding-capabilities",
            "gatekeeper:capabilities", "trivy:KSV-0022", "trivy:KSV-0119",
            "kubewarden:capabilities-psp-policy", "kyverno:disallow-capabilities-strict",
            "kubescape:C-0046", "kubescape:C-0199", "kubescape:C-0200", "kubescape:C-0219",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Capabilities that are allowed besides, without `CAP_`, in capitals.
    extra_allowed: Vec<String>,
}

impl Check for AddedCapability {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        for violation in capabilities_baseline::offending(pod, Version::Latest) {
            let added = violation.place.node().as_str().unwrap_or_default();
            if !params.extra_allowed.iter().any(|allowed| allowed == added) {
                let (owner, added) = (violation.owner.shown(), shown(added));
                out.report(violation.place, format_args!("{owner} adds the capability `{added}`"));
            }
        }
    }
}

//! `SEC12 unsafe-sysctl`: a Pod must not set kernel parameters that reach beyond it.

use std::collections::HashSet;

use super::standards::{Version, sysctls};
use crate::object::pod::Pod;
use crate::object::security_context::PodSecurityContext;
use crate::policy::prelude::*;

policy! {
    /// A Pod sets a kernel parameter that is not known to be its own, or a value that hides another one.
    ///
    /// A value with `+` or `=` is refused for every parameter: some runtimes take what follows for a parameter of the
    /// whole node (CVE-2022-0811).
    ///
    /// ## Why
    /// Most kernel parameters hold for the whole node: one Pod then slows down or brings down all others.
    /// `kernel.core_pattern` runs a program of the Pod as root on the node.
    ///
    /// ## Fix
    /// Remove the sysctl; set what the whole node needs on the node.
    ///
    /// ## Exceptions
    /// Parameters that are namespaced, and that the nodes permit: `extraAllowed`.
    ///
    /// ## Denied
    /// ```yaml
    /// securityContext: { sysctls: [{ name: kernel.msgmax, value: "65536" }] }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// securityContext: { sysctls: [{ name: net.ipv4.ip_unprivileged_port_start, value: "80" }] }
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    pub(super) UnsafeSysctl = {
        code: "SEC12",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        equivalents: [
            "psa:sysctls", "kube-linter:unsafe-sysctls", "kyverno:restrict-sysctls",
            "kyverno:prevent-cr8escape", "gatekeeper:forbidden-sysctls", "trivy:KSV-0026",
            "kubewarden:sysctl-psp-policy",
        ],
        references: ["https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The version of the Pod Security Standards that says what is allowed: `latest` or such as `v1.30`.
    version: Version,
    /// Names that are allowed besides; one that ends with `*` stands for all that begin so.
    extra_allowed: Vec<String>,
}

impl Check for UnsafeSysctl {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let forbidden: HashSet<_> =
            sysctls::offending(pod, params.version).map(|it| it.place.node().id()).collect();
        let sysctls = pod.security_context().map(PodSecurityContext::sysctls);
        for sysctl in sysctls.into_iter().flat_map(|sysctls| sysctls.iter()) {
            let (name, value) = (sysctl.name(), sysctl.value());
            let shown_name = shown(&name);
            if value.contains(['+', '=']) {
                let value = shown_within(&value, 30);
                out.report(
                    sysctl.value(),
                    format_args!("sysctl `{shown_name}` has the value `{value}`, which may hide another"),
                );
            } else if forbidden.contains(&name.place().node().id()) && !params.permit(&name) {
                out.report(name, format_args!("sysctl `{shown_name}` may reach beyond the Pod"));
            }
        }
    }
}

impl Params {
    fn permit(&self, name: &str) -> bool {
        self.extra_allowed.iter().any(|allowed| match allowed.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == allowed,
        })
    }
}

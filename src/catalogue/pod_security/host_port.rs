//! `SEC04 host-port`: a container must not take a port of its node.

use super::standards::{Version, host_ports};
use crate::object::pod::Pod;
use crate::policy::params::PortRange;
use crate::policy::prelude::*;

policy! {
    /// A container takes a port of its node with `hostPort`.
    ///
    /// Pods with `hostNetwork: true` are left to `host-network`: in them every port is one of the node, and the API
    /// server writes it into `hostPort`.
    ///
    /// ## Why
    /// Only one such Pod fits on a node, so that rollouts wait for each other and drains get stuck. The port is open
    /// wherever the node is, and NetworkPolicies of some plugins do not cover it.
    ///
    /// ## Fix
    /// Remove `hostPort`, and let a Service reach the container.
    ///
    /// ## Exceptions
    /// Ingress controllers on bare metal and agents that others of the node call: `allowed`, or a rule.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", ports: [{ containerPort: 8080, hostPort: 8080 }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", ports: [{ containerPort: 8080 }] }]
    /// ```
    pub(super) HostPort = {
        code: "SEC04",
        since: "0.1.0",
        severity: Medium,
        on: Pod,
        equivalents: [
            "psa:hostPorts", "polaris:hostPortSet", "kyverno:disallow-host-ports",
            "kyverno:disallow-host-ports-range", "gatekeeper:host-network-ports", "trivy:KSV-0024",
            "kubescape:C-0044", "kubescape:C-0204",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Ports that may be taken, as ranges with a first and a last port (`from` and `to`).
    allowed: Vec<PortRange>,
}

impl Check for HostPort {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        if *pod.spec.host_network() {
            return;
        }
        for violation in host_ports::offending(pod, Version::Latest) {
            let port = violation.place.node().as_i64().unwrap_or_default();
            if !params.allowed.iter().any(|ports| ports.contains(port)) {
                let owner = violation.owner.shown();
                out.report(violation.place, format_args!("{owner} takes the port {port} of its node"));
            }
        }
    }
}

//! `SEC32 host-network`: a Pod must have a network of its own.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod sets `hostNetwork: true`.
    ///
    /// ## Why
    /// No NetworkPolicy covers such a Pod; it can listen to the traffic of its node, and reaches what only the node
    /// may: the kubelet, services on localhost, and the credentials that a cloud gives to its machines.
    ///
    /// ## Fix
    /// Remove `hostNetwork: true`, and let a Service reach the Pod.
    ///
    /// ## Exceptions
    /// Network plugins, proxies and other node agents, by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// hostNetwork: true
    /// containers: [{ name: web, image: "web:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", ports: [{ containerPort: 8080 }] }]
    /// ```
    pub(super) HostNetwork = {
        code: "SEC32",
        since: "0.1.0",
        severity: High,
        on: Pod,
        yields_to: ["SEC05" in Object],
        equivalents: [
            "psa:hostNamespaces", "polaris:hostNetworkSet", "kube-linter:host-network",
            "kyverno:disallow-host-namespaces", "gatekeeper:host-network-ports", "trivy:KSV-0009",
            "kubescape:C-0041", "kubescape:C-0196", "kubescape:C-0216",
        ],
        references: ["https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline"],
    }
}

impl Check for HostNetwork {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let shared = pod.spec.host_network();
        if *shared {
            out.report(shared, "Pod has the network of its node: no NetworkPolicy covers it");
        }
    }
}

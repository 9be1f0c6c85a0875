//! `NET25 bypassed-cluster-dns`: a Pod in the network of its node must say which names it knows.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A Pod with `hostNetwork: true` has `dnsPolicy: ClusterFirst`, which does nothing there.
    ///
    /// Where `hostNetwork` itself is not wanted, `host-network` says so, and this policy does not.
    ///
    /// ## Why
    /// Kubernetes silently uses the resolver of the node instead, which knows no Service: the Pod starts, and cannot find
    /// `db.shop.svc`. `ClusterFirst` is the default, so nobody has written it who could see it.
    ///
    /// ## Fix
    /// Set `dnsPolicy: ClusterFirstWithHostNet`, or `Default` if the Pod needs no Service.
    ///
    /// ## Denied
    /// ```yaml
    /// hostNetwork: true
    /// containers: [{ name: agent, image: "agent:1.4.2" }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// hostNetwork: true
    /// dnsPolicy: ClusterFirstWithHostNet
    /// containers: [{ name: agent, image: "agent:1.4.2" }]
    /// ```
    pub(super) BypassedClusterDns = {
        code: "NET25",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        yields_to: ["SEC32" in Object],
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy"],
    }
}

impl Check for BypassedClusterDns {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let policy = pod.spec.dns_policy();
        // There is no `ClusterFirstWithHostNet` on Windows.
        if *policy == "ClusterFirst" && *pod.spec.host_network() && !pod.spec.is_windows() {
            out.report(
                policy,
                "in the network of its node, the Pod has the DNS of the node, which knows no Service",
            );
        }
    }
}

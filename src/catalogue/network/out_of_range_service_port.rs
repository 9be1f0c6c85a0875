//! `NET08 out-of-range-service-port`: a Service must keep to the ports that are meant for it.

use crate::object::Int;
use crate::object::network::Service;
use crate::policy::params::PortRange;
use crate::policy::prelude::*;

policy! {
    /// A Service listens on a port, or on a port of every node, that is not in a range meant for that.
    ///
    /// A port of the nodes is looked at once the cluster has given it: in a file it stands only if its author chose it.
    ///
    /// ## Why
    /// Firewalls, dashboards and people go by ranges: a Service on port 30443 is taken for a port of every node, and a port
    /// of the nodes outside the range that was opened for it is reached by nobody.
    ///
    /// ## Fix
    /// Choose a port in one of the ranges.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 30443 }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { type: NodePort, selector: { app: web }, ports: [{ port: 443, nodePort: 30443 }] }
    /// ```
    pub(super) OutOfRangeServicePort = {
        code: "NET08",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Service,
        equivalents: ["kyverno:restrict-service-port-range"],
        references: ["https://kubernetes.io/docs/concepts/services-networking/service/#nodeport-custom-port"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Ports that Services may listen on, as ranges with a first and a last port (`from` and `to`).
    ports: Vec<PortRange>,
    /// Ports of the nodes that they may take, likewise.
    node_ports: Vec<PortRange>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            ports: vec![PortRange { from: 1, to: 29_999 }, PortRange { from: 32_768, to: u16::MAX }],
            node_ports: vec![PortRange { from: 30_000, to: 32_767 }],
        }
    }
}

impl Check for OutOfRangeServicePort {
    type Params = Params;

    fn check(params: &Params, service: Service<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(spec) = service.spec() else { return };
        let is_in = |ranges: &[PortRange], port: Int<'_>| ranges.iter().any(|range| range.contains(*port));
        for entry in spec.ports().iter() {
            if let Some(port) = entry.port().filter(|port| !is_in(&params.ports, *port)) {
                out.report(port, format_args!("port {port} is in no range for Services"));
            }
            let node_port = entry.node_port();
            if *node_port != 0 && !is_in(&params.node_ports, node_port) {
                out.report(
                    node_port,
                    format_args!("port {node_port} of every node is in no range for such ports"),
                );
            }
        }
    }
}

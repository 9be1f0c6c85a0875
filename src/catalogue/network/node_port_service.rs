//! `NET01 node-port-service`: no port of every node must lead into the cluster.

use crate::object::network::Service;
use crate::policy::prelude::*;

policy! {
    /// A Service is of the type `NodePort`.
    ///
    /// One of the type `LoadBalancer` opens ports of the nodes too, but the load balancer is what clients are meant to
    /// use: it is left to `load-balancer-service`.
    ///
    /// ## Why
    /// The port is open on the address of every node, past whatever guards the front door: TLS, authentication and the
    /// web application firewall of the ingress, and often the firewall of the network, in which the whole range from
    /// 30000 to 32767 was opened once. Clients have to know nodes, and lose their connections when one is replaced.
    ///
    /// ## Fix
    /// Use `ClusterIP` behind an Ingress or a Gateway, or `LoadBalancer` for what is not HTTP.
    ///
    /// ## Exceptions
    /// Clusters without a load balancer in front of them, for the Service of the ingress controller.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80 }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { type: ClusterIP, selector: { app: web }, ports: [{ port: 80 }] }
    /// ```
    pub(super) NodePortService = {
        code: "NET01",
        since: "0.1.0",
        severity: Medium,
        on: Service,
        equivalents: [
            "kube-linter:exposed-services", "kube-score:service-type", "kyverno:restrict-node-port",
            "gatekeeper:block-nodeport-services", "kubescape:C-0256",
            "kubewarden:disallow-service-nodeport-policy",
        ],
        references: ["https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport"],
    }
}

impl Check for NodePortService {
    type Params = NoParams;

    fn check(_: &NoParams, service: Service<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(kind) = service.spec().map(|spec| spec.kind()) else { return };
        if *kind == "NodePort" {
            out.report(kind, "is open on a port of every node");
        }
    }
}

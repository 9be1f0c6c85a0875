//! `NET28 load-balancer-service`: what one front door can do needs no load balancer of its own.

use crate::object::network::Service;
use crate::policy::prelude::*;

policy! {
    /// A Service is of the type `LoadBalancer`.
    ///
    /// ## Why
    /// Each one is a machine or a contract of the cloud that is paid by the hour, and an address that is open to the world
    /// unless somebody closes it, past the TLS, the authentication and the firewall of the ingress.
    ///
    /// ## Fix
    /// Use `ClusterIP` behind an Ingress or a Gateway.
    ///
    /// ## Exceptions
    /// The Service of the ingress controller, and what is not HTTP, by a rule for their namespaces.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { type: ClusterIP, selector: { app: web }, ports: [{ port: 80 }] }
    /// ```
    pub(super) LoadBalancerService = {
        code: "NET28",
        since: "0.1.0",
        severity: Medium,
        opt_in: true,
        on: Service,
        equivalents: [
            "kube-linter:exposed-services", "kyverno:restrict-loadbalancer",
            "gatekeeper:block-loadbalancer-services", "kubescape:C-0256",
            "kubewarden:disallow-service-loadbalancer-policy",
        ],
        references: ["https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer"],
    }
}

impl Check for LoadBalancerService {
    type Params = NoParams;

    fn check(_: &NoParams, service: Service<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(kind) = service.spec().map(|spec| spec.kind()) else { return };
        if *kind == "LoadBalancer" {
            out.report(kind, "has a load balancer of its own");
        }
    }
}

//! `NET13 ingress-default-backend`: what nobody asked for must not end up in somebody's application.

use crate::object::network::Ingress;
use crate::policy::prelude::*;

policy! {
    /// An Ingress has a default backend.
    ///
    /// ## Why
    /// With most controllers it is the default of the whole load balancer, not of the Ingress: the application gets
    /// whatever no rule of any team takes, and takes that place away from another that had it.
    ///
    /// ## Fix
    /// Remove `defaultBackend`, and name hosts and paths in `rules`.
    ///
    /// ## Exceptions
    /// Controllers that make a load balancer for each Ingress, such as that of AWS, where it is a default of its own.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: web, namespace: shop }
    /// spec: { defaultBackend: { service: { name: web, port: { number: 80 } } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: web, namespace: shop }
    /// spec: { rules: [{ host: shop.example.com, http: { paths: [{ path: /, pathType: Prefix }] } }] }
    /// ```
    pub(super) IngressDefaultBackend = {
        code: "NET13",
        since: "0.1.0",
        severity: Low,
        on: Ingress,
        equivalents: ["kyverno:restrict-ingress-defaultbackend"],
        references: ["https://kubernetes.io/docs/concepts/services-networking/ingress/#default-backend"],
    }
}

impl Check for IngressDefaultBackend {
    type Params = NoParams;

    fn check(_: &NoParams, ingress: Ingress<'_>, _: &Context<'_>, out: &mut Findings) {
        if let Some(backend) = ingress.spec().and_then(|spec| spec.default_backend()) {
            out.report(backend, "takes requests that no rule of any Ingress is for");
        }
    }
}

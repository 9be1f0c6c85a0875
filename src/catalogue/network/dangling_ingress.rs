//! `NET16 dangling-ingress`: requests from outside must lead to a port of a Service.

use std::collections::HashSet;

use crate::catalogue::beside;
use crate::object::backend::Backend;
use crate::object::network::Service;
use crate::object::{NumberOrText, View as _};
use crate::policy::prelude::*;

policy! {
    /// An Ingress or an HTTPRoute leads to a Service, or to a port of one, that does not exist.
    ///
    /// A Service is reported once, and so is each of its ports. Backends that are no Services pass, and actions of the load balancer of AWS, which stand
    /// where a Service would; of a Service of the type `ExternalName` the port is not looked at. What an operator has made
    /// passes.
    ///
    /// ## Why
    /// The controller answers with 503 or 404, while the application is healthy. Some controllers drop the whole Ingress for
    /// it, with its other hosts. A port that was renumbered in the Service alone, or a name with a release before it, is how
    /// it comes about.
    ///
    /// ## Fix
    /// Name a Service of the same namespace, and one of the ports in its `spec.ports`, not that of the container.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: web, namespace: shop }
    /// spec: { defaultBackend: { service: { name: web, port: { number: 8080 } } } }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: { name: web, namespace: shop }
    /// spec: { defaultBackend: { service: { name: web, port: { name: http } } } }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
    /// ```
    pub(super) DanglingIngress = {
        code: "NET16",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[&kinds::INGRESS, &kinds::HTTP_ROUTE],
        needs: Facts,
        reads: &[&kinds::SERVICE],
        equivalents: [
            "kube-linter:dangling-ingress", "kube-score:ingress-targets-service", "kubescape:C-0298",
            "kubescape:C-0302",
        ],
        references: ["https://kubernetes.io/docs/concepts/services-networking/ingress/#the-ingress-resource"],
    }
}

/// The port of a backend that stands for an action of the load balancer of AWS, which an annotation describes.
const ACTION: NumberOrText<'static> = NumberOrText::Text("use-annotation");

impl Check for DanglingIngress {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object)) = (subject.kind(), subject.judged()) else { return };
        if beside::is_made(object.node()) {
            return;
        }
        let (mut seen, mut missing) = (HashSet::new(), HashSet::new());
        for backend in Backend::all(kind, object) {
            let port = backend.port.map(|port| *port);
            let namespace = backend.namespace.map(|namespace| *namespace).or(subject.namespace);
            if port == Some(ACTION) || !seen.insert((namespace, *backend.name, port)) {
                continue;
            }
            let service = context.facts.named(&kinds::SERVICE, namespace, &backend.name);
            let Some(service) = out.known(service) else { return };
            let name = shown(&backend.name);
            match (service.and_then(|service| Service::view(service.node())), backend.port) {
                (None, _) if missing.insert((namespace, *backend.name)) => {
                    out.report(backend.name, format_args!("there is no Service `{name}`")).awaited();
                }
                (Some(service), Some(port)) if !has_port(service, *port) => {
                    let number = port.to_string();
                    let number = shown(&number);
                    out.report(port, format_args!("Service `{name}` has no port `{number}`")).awaited();
                }
                (None | Some(_), _) => {}
            }
        }
    }
}

fn has_port(service: Service<'_>, wanted: NumberOrText<'_>) -> bool {
    let Some(spec) = service.spec() else { return false };
    *spec.kind() == "ExternalName"
        || spec.ports().iter().any(|port| match wanted {
            NumberOrText::Number(number) => port.port().is_some_and(|it| *it == number),
            NumberOrText::Text(name) => port.name().is_some_and(|it| *it == name),
        })
}

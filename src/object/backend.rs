//! Which Services requests from outside are sent to, whatever sends them there.

use super::gateway::HttpRoute;
use super::kinds::{self, Kind};
use super::lens::{IntOrString, NumberOrText, Text, View as _};
use super::meta::Object;
use super::network::{Ingress, IngressBackend};

/// A Service that requests are sent to.
#[derive(Clone, Copy)]
pub struct Backend<'t> {
    /// Its namespace, where it need not be that of the object.
    pub namespace: Option<Text<'t>>,
    /// Its name.
    pub name: Text<'t>,
    /// Number or name of its port.
    pub port: Option<IntOrString<'t>>,
}

impl<'t> Backend<'t> {
    /// The Services that an Ingress or an HTTPRoute sends requests to, in order; none for other kinds.
    pub fn all(kind: &Kind, object: Object<'t>) -> Vec<Self> {
        if *kind == kinds::INGRESS {
            Ingress::view(object.node()).map(of_ingress).unwrap_or_default()
        } else if *kind == kinds::HTTP_ROUTE {
            HttpRoute::view(object.node()).map(of_http_route).unwrap_or_default()
        } else {
            Vec::new()
        }
    }
}

fn of_ingress(ingress: Ingress<'_>) -> Vec<Backend<'_>> {
    let Some(spec) = ingress.spec() else { return Vec::new() };
    let paths = spec.rules().iter().filter_map(|rule| rule.http()).flat_map(|http| http.paths().iter());
    let of_paths = paths.filter_map(|path| path.backend());
    spec.default_backend().into_iter().chain(of_paths).filter_map(of_ingress_backend).collect()
}

fn of_ingress_backend(backend: IngressBackend<'_>) -> Option<Backend<'_>> {
    let service = backend.service()?;
    let port = service.port().and_then(|port| port.either());
    Some(Backend { namespace: None, name: service.name()?, port })
}

fn of_http_route(route: HttpRoute<'_>) -> Vec<Backend<'_>> {
    let rules = route.spec().into_iter().flat_map(|spec| spec.rules().iter());
    let backends = rules.flat_map(|rule| rule.backend_refs().iter());
    let services = backends.filter(|it| it.group().is_empty() && *it.kind() == "Service");
    let backends = services.filter_map(|it| {
        let port = it.port().map(|port| IntOrString::new(port, NumberOrText::Number(*port)));
        Some(Backend { namespace: it.namespace(), name: it.name()?, port })
    });
    backends.collect()
}

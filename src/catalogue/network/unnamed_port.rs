//! `NET09 unnamed-port`: a port must have a name that others can go by.

use crate::object::kinds::Kind;
use crate::object::network::Service;
use crate::policy::prelude::*;

policy! {
    /// A port of a container or of a Service has no name.
    ///
    /// Whether a name is valid and unique, the API server checks.
    ///
    /// ## Why
    /// What refers to a number has to be changed together with it: the Service, the probes, the monitors and the
    /// NetworkPolicies, each in its own file. A name stays when the number changes, and service meshes tell the protocol
    /// by it.
    ///
    /// ## Fix
    /// Give the port a `name`, and let `targetPort`, probes and monitors use it.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", ports: [{ containerPort: 8080 }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", ports: [{ name: http, containerPort: 8080 }] }]
    /// ```
    pub(super) UnnamedPort = {
        code: "NET09",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Subject,
        kinds: KINDS,
        equivalents: ["kyverno:require-container-port-names"],
        references: ["https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports"],
    }
}

const KINDS: &[&Kind] = &kinds::pod_carriers_and(&kinds::SERVICE);

impl Check for UnnamedPort {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, _: &Context<'_>, out: &mut Findings) {
        for container in subject.pod().into_iter().flat_map(|pod| &pod.containers) {
            for port in container.ports().iter().filter(|port| port.name().is_none_or(|it| it.is_empty())) {
                let number = port.container_port().map_or(0, |number| *number);
                let container = shown(container.display_name());
                out.report(
                    port.missing("name"),
                    format_args!("port {number} of container `{container}` has no name"),
                );
            }
        }
        let spec = subject.lens::<Service<'static>>().and_then(Service::spec);
        for port in spec.into_iter().flat_map(|spec| spec.ports().iter()) {
            if port.name().is_none_or(|name| name.is_empty()) {
                let number = port.port().map_or(0, |number| *number);
                out.report(port.missing("name"), format_args!("port {number} of the Service has no name"));
            }
        }
    }
}

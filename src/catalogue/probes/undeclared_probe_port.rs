//! `PRB12 undeclared-probe-port`: the ports that are probed should be among those that are declared.

use std::collections::HashSet;

use crate::object::kinds;
use crate::object::pod::{Pod, PodContainer};
use crate::object::pod_spec::ContainerPort;
use crate::policy::prelude::*;

policy! {
    /// A probe asks a port that no container of the Pod declares for TCP.
    ///
    /// All containers share one network, so a port of a sidecar is as good as one of the container itself. On the node's
    /// network a declared port is taken on the node too, so that agents leave theirs out on purpose: Pods with
    /// `hostNetwork` pass. A name that no port has is left to `unresolvable-probe-port`. A port is reported once for a
    /// container, at the first probe that asks it.
    ///
    /// ## Why
    /// Declared ports are only information, so the probe may well work. But the one is often changed without the other,
    /// and then the container is never ready, or is killed again and again; and who reads the declared ports, to write a
    /// NetworkPolicy or a Service, does not learn about this one.
    ///
    /// ## Fix
    /// Add the port to `ports` with a name, and use the name in the probe.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     ports: [{ name: http, containerPort: 8080 }]
    ///     livenessProbe: { httpGet: { path: /healthz, port: 8081 } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     ports: [{ name: http, containerPort: 8080 }, { name: admin, containerPort: 8081 }]
    ///     livenessProbe: { httpGet: { path: /healthz, port: admin } }
    /// ```
    pub(super) UndeclaredProbePort = {
        code: "PRB12",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        kinds: kinds::LONG_RUNNING,
        equivalents: ["kube-linter:liveness-port", "kube-linter:readiness-port", "kube-linter:startup-port"],
        references: ["https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports"],
    }
}

impl Check for UndeclaredProbePort {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        if !pod.is_long_running() || *pod.spec.host_network() {
            return;
        }
        let mut everywhere = None;
        for container in pod.running() {
            let mut reported = Vec::new();
            let mut before = None;
            for port in container.probes().filter_map(|probe| probe.port()) {
                // Most containers are asked at one port only.
                if before.replace(*port) == Some(*port) {
                    continue;
                }
                let Some(number) = container.resolve_port(*port) else { continue };
                // Most probes ask a port of their own container, and need no look at the others.
                if declared_ports(container).any(|it| it == number) {
                    continue;
                }
                let everywhere: &mut HashSet<_> = everywhere
                    .get_or_insert_with(|| pod.containers.iter().flat_map(declared_ports).collect());
                if !everywhere.contains(&number) && !reported.contains(&number) {
                    reported.push(number);
                    let name = shown(container.display_name());
                    out.report(
                        port,
                        format_args!("container `{name}` is probed at port {number}, which is not declared"),
                    );
                }
            }
        }
    }
}

/// The ports that a container declares for TCP: probes know nothing else.
fn declared_ports<'t>(container: &PodContainer<'t>) -> impl Iterator<Item = i64> + use<'t> {
    let is_tcp = |port: &ContainerPort<'_>| matches!(*port.protocol(), "TCP" | "");
    container.ports().iter().filter(is_tcp).filter_map(|port| Some(*port.container_port()?))
}

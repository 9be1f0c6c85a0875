//! `PRB06 unresolvable-probe-port`: the kubelet must know which port a probe means.

use crate::object::NumberOrText;
use crate::object::pod::PodContainer;
use crate::policy::prelude::*;

policy! {
    /// A probe names a port that its container does not declare.
    ///
    /// Liveness, readiness and startup probes are looked at. A name is looked for among the ports of the same container
    /// only, as the kubelet does; the ports of a sidecar are no help.
    ///
    /// ## Why
    /// The kubelet cannot ask, and throws every try away: it is neither a success nor a failure. A container with such a
    /// readiness or startup probe never becomes ready, so that a rollout stands still; with such a liveness probe it
    /// hangs for ever although everybody believes that it is watched. The API server takes the object, because
    /// it does not compare the two.
    ///
    /// ## Fix
    /// Give the port of the container that name, or put its number into the probe.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     ports: [{ name: web, containerPort: 8080 }]
    ///     readinessProbe: { httpGet: { path: /ready, port: http } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     ports: [{ name: http, containerPort: 8080 }]
    ///     readinessProbe: { httpGet: { path: /ready, port: http } }
    /// ```
    pub(super) UnresolvableProbePort = {
        code: "PRB06",
        since: "0.1.0",
        severity: High,
        on: LongRunningContainer,
        equivalents: ["kube-linter:liveness-port", "kube-linter:readiness-port", "kube-linter:startup-port"],
        references: [
            "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
        ],
    }
}

impl Check for UnresolvableProbePort {
    type Params = NoParams;

    fn check(_: &NoParams, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        let mut resolved = None;
        for port in container.probes().filter_map(|probe| probe.port()) {
            let NumberOrText::Text(name) = *port else { continue };
            // Most containers are asked at one port only.
            if resolved == Some(name) {
                continue;
            }
            if container.resolve_port(*port).is_some() {
                resolved = Some(name);
            } else {
                let (name, container) = (shown(name), shown(container.display_name()));
                out.report(port, format_args!("no port of container `{container}` has the name `{name}`"));
            }
        }
    }
}

//! `PRB04 identical-probes`: what takes a container out of service must not kill it at the same moment.

use crate::object::pod::PodContainer;
use crate::object::pod_spec::{HttpGetAction, Probe};
use crate::object::{IntOrString, Text};
use crate::policy::prelude::*;

policy! {
    /// The liveness probe of a container asks exactly what its readiness probe asks.
    ///
    /// Method, port, path, scheme, host, gRPC service or command are compared; ports by number, whether they are
    /// given by number or by name. Timing makes no difference, but for one: a liveness probe that fails after
    /// more failures than the readiness probe is what the Kubernetes documentation shows, and passes. Pods that run
    /// to their end, as those of Jobs do, get no traffic and pass too.
    ///
    /// ## Why
    /// A container that is too busy to answer should get less traffic for a while. If liveness asks the same
    /// question, it is killed instead, its work goes to the others, and they are killed next.
    ///
    /// ## Fix
    /// Let liveness ask only whether the process still runs, or give it a larger `failureThreshold`.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     readinessProbe: { httpGet: { path: /healthz, port: 8080 } }
    ///     livenessProbe: { httpGet: { path: /healthz, port: 8080 } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     readinessProbe: { httpGet: { path: /healthz, port: 8080 } }
    ///     livenessProbe: { httpGet: { path: /healthz, port: 8080 }, failureThreshold: 10 }
    /// ```
    pub(super) IdenticalProbes = {
        code: "PRB04",
        since: "0.1.0",
        severity: Medium,
        on: LongRunningContainer,
        equivalents: ["kube-score:pod-probes-identical", "kyverno:ensure-probes-different"],
        references: [
            "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Accept the same question if liveness needs more failures in a row than readiness.
    accept_larger_failure_threshold: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { accept_larger_failure_threshold: true }
    }
}

impl Check for IdenticalProbes {
    type Params = Params;

    fn check(params: &Params, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        let probes = container.liveness_probe().zip(container.readiness_probe());
        let Some((liveness, readiness)) = probes else { return };
        let is_patient = || liveness.failures() > readiness.failures();
        if ask_the_same(container, liveness, readiness)
            && !(params.accept_larger_failure_threshold && is_patient())
        {
            let name = shown(container.display_name());
            out.report(
                liveness,
                format_args!("liveness and readiness of container `{name}` ask the same: busy means killed"),
            );
        }
    }
}

fn ask_the_same(container: &PodContainer<'_>, a: Probe<'_>, b: Probe<'_>) -> bool {
    let same_port = |a: Option<IntOrString<'_>>, b: Option<IntOrString<'_>>| {
        let number = |port: IntOrString<'_>| container.resolve_port(*port);
        // A named port that the container does not declare is compared by its name.
        a == b || a.and_then(number).is_some_and(|a| b.and_then(number) == Some(a))
    };
    // An empty host is none: the probe asks the Pod.
    let same_host =
        |a: Option<Text<'_>>, b: Option<Text<'_>>| a.as_deref().unwrap_or(&"") == b.as_deref().unwrap_or(&"");
    if let Some((a, b)) = a.http_get().zip(b.http_get()) {
        // Where they differ, it is in the path, as a rule.
        return path_of(a) == path_of(b)
            && a.scheme() == b.scheme()
            && same_port(a.port(), b.port())
            && same_host(a.host(), b.host());
    }
    if let Some((a, b)) = a.tcp_socket().zip(b.tcp_socket()) {
        return same_port(a.port(), b.port()) && same_host(a.host(), b.host());
    }
    if let Some((a, b)) = a.grpc().zip(b.grpc()) {
        return (a.port(), a.service()) == (b.port(), b.service());
    }
    a.exec().zip(b.exec()).is_some_and(|(a, b)| a.command().iter().eq(b.command().iter()))
}

/// The path that is asked, without the `/` that the kubelet puts in front where it is missing.
fn path_of(probe: HttpGetAction<'_>) -> &str {
    let path = *probe.path();
    path.strip_prefix('/').unwrap_or(path)
}

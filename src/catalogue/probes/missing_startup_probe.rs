//! `PRB03 missing-startup-probe`: a slow start is waited for by a startup probe, not by a guess.

use crate::object::pod::PodContainer;
use crate::policy::prelude::*;

policy! {
    /// A liveness probe waits long before it asks for the first time, because the container has no startup probe.
    ///
    /// ## Why
    /// `initialDelaySeconds` is a guess about the slowest start. On a busy node the start takes longer, and the container
    /// is killed while it loads, each time again. On all other days the guess is too long: a container that hangs right
    /// after its start is left alone for all that time.
    ///
    /// ## Fix
    /// Add a `startupProbe` whose `failureThreshold` times `periodSeconds` covers the slowest start, and take the delay
    /// away.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     livenessProbe: { httpGet: { path: /healthz, port: 8080 }, initialDelaySeconds: 120 }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     startupProbe: { httpGet: { path: /healthz, port: 8080 }, failureThreshold: 30, periodSeconds: 5 }
    ///     livenessProbe: { httpGet: { path: /healthz, port: 8080 } }
    /// ```
    pub(super) MissingStartupProbe = {
        code: "PRB03",
        since: "0.1.0",
        severity: Low,
        on: LongRunningContainer,
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Seconds for which a liveness probe may wait without a startup probe.
    max_initial_delay: u16,
    /// Whether every container must have a startup probe, however fast it starts.
    required: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self { max_initial_delay: 30, required: false }
    }
}

impl Check for MissingStartupProbe {
    type Params = Params;

    fn check(params: &Params, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        if container.startup_probe().is_some_and(|probe| probe.has_handler()) {
            return;
        }
        if params.required {
            let (place, name) = (container.missing("startupProbe"), shown(container.display_name()));
            out.report(place, format_args!("container `{name}` has no startup probe"));
            return;
        }
        let Some(liveness) = container.liveness_probe() else { return };
        let delay = liveness.initial_delay_seconds();
        if *delay > params.max_initial_delay.into() {
            out.report(
                delay,
                format_args!("liveness waits {delay} s for a start that no startup probe watches"),
            )
            .magnitude(*delay);
        }
    }
}

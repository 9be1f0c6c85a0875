//! `PRB07 hair-trigger-liveness-probe`: a short pause must not get a container killed.

use crate::object::pod::PodContainer;
use crate::policy::prelude::*;

policy! {
    /// A liveness probe kills its container after one failure, or after too short a time.
    ///
    /// The time is `failureThreshold` times `periodSeconds`: 30 seconds if neither is given. How long the container has
    /// to start is not looked at.
    ///
    /// ## Why
    /// A garbage collection, a throttled CPU, a node that pulls a large image: every container stops answering for a
    /// few seconds now and then, and all of them under load. The kubelet then kills what would have gone on, the others
    /// get its work, and are killed next.
    ///
    /// ## Fix
    /// Raise `failureThreshold` or `periodSeconds`; a container that hangs can wait for half a minute.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     livenessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 5 }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     livenessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 5, failureThreshold: 6 }
    /// ```
    pub(super) HairTriggerLivenessProbe = {
        code: "PRB07",
        since: "0.1.0",
        severity: Medium,
        on: LongRunningContainer,
        equivalents: [],
        references: ["https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Seconds for which a container may fail to answer before it is killed.
    min_liveness_window: u16,
}

impl Default for Params {
    fn default() -> Self {
        Self { min_liveness_window: 30 }
    }
}

impl Check for HairTriggerLivenessProbe {
    type Params = Params;

    fn check(params: &Params, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(probe) = container.liveness_probe() else { return };
        let (window, min) = (probe.window(), i64::from(params.min_liveness_window));
        if probe.failures() == 1 {
            let name = shown(container.display_name());
            let message = format_args!("container `{name}` is killed when it once does not answer");
            out.report(probe.failure_threshold(), message);
        } else if window < min {
            let name = shown(container.display_name());
            let message =
                format!("container `{name}` is killed after {window} s without an answer, less than {min} s");
            out.report(probe.failure_threshold(), message).magnitude(min.saturating_sub(window));
        }
    }
}

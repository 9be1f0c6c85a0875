//! `PRB13 inconsistent-probe-timing`: what a probe is told about time must fit together.

use crate::object::pod::PodContainer;
use crate::policy::prelude::*;

policy! {
    /// A probe may take as long to answer as there is until its next turn, or liveness gives up before readiness.
    ///
    /// A timeout of one second is never reported: it is the default, and nobody can tell whether somebody chose it. Of
    /// two probes the times are compared after which they have failed, `failureThreshold` times `periodSeconds`.
    ///
    /// ## Why
    /// The kubelet asks anew only when it has an answer. With a timeout as long as the period, a container that hangs is
    /// asked less often than the manifest says, and is killed or taken out of service later than anybody has
    /// calculated. And a container that is killed before readiness has failed gets requests to the last.
    ///
    /// ## Fix
    /// Keep `timeoutSeconds` below `periodSeconds`, and let liveness wait longer than readiness.
    ///
    /// ## Denied
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     livenessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 10, timeoutSeconds: 30 }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     livenessProbe: { httpGet: { path: /healthz, port: 8080 }, periodSeconds: 10, timeoutSeconds: 5 }
    /// ```
    pub(super) InconsistentProbeTiming = {
        code: "PRB13",
        since: "0.1.0",
        severity: Low,
        on: LongRunningContainer,
        yields_to: ["PRB07" in Field],
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes",
        ],
    }
}

impl Check for InconsistentProbeTiming {
    type Params = NoParams;

    fn check(_: &NoParams, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        for probe in container.probes() {
            let (timeout, period) = (probe.timeout_seconds(), probe.period());
            if *timeout > 1 && *timeout >= period {
                let message =
                    format_args!("an answer may take {timeout} s, and is asked for every {period} s");
                out.report(timeout, message);
            }
        }
        let probes = container.liveness_probe().zip(container.readiness_probe());
        let Some((liveness, readiness)) = probes else { return };
        let (killed, unready) = (liveness.window(), readiness.window());
        if killed < unready {
            let name = shown(container.display_name());
            let message =
                format!("container `{name}` is killed after {killed} s, but gets requests for {unready} s");
            out.report(liveness.failure_threshold(), message);
        }
    }
}

//! `LCY06 excessive-probe-grace-period`: a container that hangs must not get longer to stop than one that works.

use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// A probe gives its container a longer grace period than the Pod has.
    ///
    /// ## Why
    /// The field is there for the opposite: a container that has failed its liveness probe hangs, and need not be given
    /// the time in which a healthy one finishes its work. With a longer period it hangs on for that much longer, and its
    /// users wait for the restart.
    ///
    /// ## Fix
    /// Set `terminationGracePeriodSeconds` of the probe to some seconds, or remove it.
    ///
    /// ## Denied
    /// ```yaml
    /// terminationGracePeriodSeconds: 30
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     livenessProbe: { httpGet: { port: 8080 }, terminationGracePeriodSeconds: 300 }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// terminationGracePeriodSeconds: 300
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     livenessProbe: { httpGet: { port: 8080 }, terminationGracePeriodSeconds: 30 }
    /// ```
    pub(super) ExcessiveProbeGracePeriod = {
        code: "LCY06",
        since: "0.1.0",
        severity: Low,
        on: Pod,
        yields_to: ["LCY02" in Object],
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#probe-level-terminationgraceperiodseconds",
        ],
    }
}

impl Check for ExcessiveProbeGracePeriod {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, _: &Context<'_>, out: &mut Findings) {
        let probes = pod.running().flat_map(|container| container.probes());
        for own in probes.filter_map(|probe| probe.termination_grace_period_seconds()) {
            let grace = pod.spec.grace_period();
            if *own > grace {
                out.report(own, format_args!("gives {own} s to stop where the Pod gives {grace} s"))
                    .magnitude(own.saturating_sub(grace));
            }
        }
    }
}

//! `PRB02 missing-liveness-probe`: a container that hangs should be started again.

use crate::object::pod::PodContainer;
use crate::policy::prelude::*;

policy! {
    /// A container that runs for as long as its Pod has no liveness probe, or one that asks nothing.
    ///
    /// App containers and sidecars are looked at, in workloads that run until they are stopped: Pods with another
    /// `restartPolicy` than `Always` run to their end, and plain init containers cannot have probes.
    ///
    /// ## Why
    /// A program that is deadlocked still counts as running. Without a liveness probe it hangs until somebody notices,
    /// often at night, and the remedy is the restart that the kubelet would have made.
    ///
    /// ## Fix
    /// Add a `livenessProbe` that asks only whether the process itself still answers.
    ///
    /// ## Exceptions
    /// Good teams disagree here: a liveness probe that asks too much takes down what would have recovered, and programs
    /// that end when they cannot go on need none. Where that is the rule, switch this policy off.
    ///
    /// ## Denied
    /// ```yaml
    /// containers: [{ name: web, image: "web:1.4.2", ports: [{ containerPort: 8080 }] }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// containers:
    ///   - name: web
    ///     image: web:1.4.2
    ///     livenessProbe: { httpGet: { path: /healthz, port: 8080 } }
    /// ```
    pub(super) MissingLivenessProbe = {
        code: "PRB02",
        since: "0.1.0",
        severity: Low,
        on: LongRunningContainer,
        equivalents: [
            "polaris:livenessProbeMissing", "kube-linter:no-liveness-probe", "kube-score:pod-probes",
            "kyverno:require-probes", "gatekeeper:requiredprobes", "kubescape:C-0056",
            "datree:CONTAINERS_MISSING_LIVENESSPROBE_KEY",
        ],
        references: ["https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"],
    }
}

impl Check for MissingLivenessProbe {
    type Params = NoParams;

    fn check(_: &NoParams, container: &PodContainer<'_>, _: &Context<'_>, out: &mut Findings) {
        match container.liveness_probe() {
            None => {
                let (place, name) = (container.missing("livenessProbe"), shown(container.display_name()));
                out.report(place, format_args!("container `{name}` has no liveness probe"));
            }
            Some(probe) if !probe.has_handler() => {
                let name = shown(container.display_name());
                out.report(probe, format_args!("the liveness probe of container `{name}` asks nothing"));
            }
            Some(_) => {}
        }
    }
}

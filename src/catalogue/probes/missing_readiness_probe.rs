//! `PRB01 missing-readiness-probe`: a container must say when it can be given work.

use crate::catalogue::beside;
use crate::object::network::Service;
use crate::object::pod::PodContainer;
use crate::object::pod_spec::Probe;
use crate::policy::prelude::*;

policy! {
    /// A container that runs for as long as its Pod has no readiness probe, or one that asks nothing.
    ///
    /// App containers and sidecars are looked at, in workloads that run until they are stopped: Pods with another
    /// `restartPolicy` than `Always` run to their end and get no traffic, and plain init containers cannot have
    /// probes.
    ///
    /// ## Why
    /// Without a readiness probe a Pod counts as ready as soon as its process has started. Every rollout then
    /// sends users to a program that is still loading, and a rollout of a broken version does not stop.
    ///
    /// ## Fix
    /// Add a `readinessProbe` that answers once the container can do its work.
    ///
    /// ## Exceptions
    /// Workers that nobody calls: set `onlyWithPorts`, or `onlyBehindServices`, which has to know the Services of the
    /// namespace.
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
    ///     readinessProbe: { httpGet: { path: /ready, port: 8080 } }
    /// ```
    pub(super) MissingReadinessProbe = {
        code: "PRB01",
        since: "0.1.0",
        severity: Medium,
        on: LongRunningContainer,
        reads: &[&kinds::SERVICE],
        equivalents: [
            "polaris:readinessProbeMissing", "kube-linter:no-readiness-probe", "kube-score:pod-probes",
            "kyverno:require-probes", "gatekeeper:requiredprobes", "kubescape:C-0018",
            "datree:CONTAINERS_MISSING_READINESSPROBE_KEY",
        ],
        references: ["https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/"],
    }
}

#[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Look only at containers that declare a port.
    only_with_ports: bool,
    /// Look only at Pods that a Service sends traffic to.
    only_behind_services: bool,
}

impl Check for MissingReadinessProbe {
    type Params = Params;

    fn check(params: &Params, container: &PodContainer<'_>, context: &Context<'_>, out: &mut Findings) {
        let probe = container.readiness_probe();
        if probe.is_some_and(Probe::has_handler) || params.only_with_ports && container.ports().is_empty() {
            return;
        }
        if params.only_behind_services {
            let labels = context.subject.pod().and_then(|pod| Some(pod.metadata?.labels()));
            let services = out.known(beside::selecting::<Service<'static>>(context, labels));
            if services.is_none_or(|services| services.is_empty()) {
                return;
            }
        }
        let name = shown(container.display_name());
        match probe {
            None => {
                let place = container.missing("readinessProbe");
                out.report(place, format_args!("container `{name}` has no readiness probe"));
            }
            Some(probe) => {
                out.report(probe, format_args!("the readiness probe of container `{name}` asks nothing"));
            }
        }
    }
}

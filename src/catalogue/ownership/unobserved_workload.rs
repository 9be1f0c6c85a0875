//! `META12 unobserved-workload`: a workload that nothing measures fails unseen.

use crate::catalogue::beside;
use crate::object::monitoring::Monitor;
use crate::object::network::Service;
use crate::object::pod::Pod;
use crate::object::{Place, Text, View as _};
use crate::policy::params::Patterns;
use crate::policy::prelude::*;
use crate::policy::{Unknown, Within};

policy! {
    /// A workload shows no sign of being measured.
    ///
    /// One of these will do: an annotation or label by which its Pods are scraped or instrumented, an environment
    /// variable of OpenTelemetry, a port for metrics, a PodMonitor of any namespace that selects the Pods, or a
    /// ServiceMonitor that selects a Service of theirs. Monitors may come later, with the rest of what is applied.
    ///
    /// ## Why
    /// Its errors and its latency are seen by users first. That something scrapes it says little about what is measured,
    /// but without it nothing is.
    ///
    /// ## Fix
    /// Expose metrics on a port called `metrics`, or instrument the Pods with OpenTelemetry.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   selector: { matchLabels: { app: web } }
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2", ports: [{ name: http, containerPort: 8080 }] }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   selector: { matchLabels: { app: web } }
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2", ports: [{ name: metrics, containerPort: 9090 }] }] }
    /// ```
    pub(super) UnobservedWorkload = {
        code: "META12",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        kinds: &[
            &kinds::REPLICATION_CONTROLLER,
            &kinds::DEPLOYMENT,
            &kinds::STATEFUL_SET,
            &kinds::DAEMON_SET,
            &kinds::CUSTOM_WORKLOAD,
        ],
        needs: Facts,
        reads: &[&kinds::SERVICE, &kinds::SERVICE_MONITOR, &kinds::POD_MONITOR],
        equivalents: [],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Params {
    /// Regular expressions for keys of annotations and labels of the Pods; `false` as a value does not count.
    keys: Patterns,
    /// Regular expressions for names of environment variables.
    variables: Patterns,
    /// Regular expressions for names of ports.
    ports: Patterns,
}

impl Default for Params {
    fn default() -> Self {
        let keys = [
            r"^prometheus\.io/scrape$",
            r"^instrumentation\.opentelemetry\.io/inject-",
            r"^sidecar\.opentelemetry\.io/inject$",
            r"^ad\.datadoghq\.com/",
            r"^admission\.datadoghq\.com/enabled$",
        ];
        Self {
            keys: Patterns::of_default(&keys),
            variables: Patterns::of_default(&["^OTEL_"]),
            ports: Patterns::of_default(&["metrics|prometheus|monitoring|telemetry"]),
        }
    }
}

impl Check for UnobservedWorkload {
    type Params = Params;

    fn check(params: &Params, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        let is_mark = |(key, value): (&str, Text<'_>)| *value != "false" && params.keys.is_match(key);
        let is_marked = pod.metadata.is_some_and(|metadata| {
            metadata.annotations().iter().chain(metadata.labels().iter()).any(is_mark)
        });
        let is_measured = || {
            pod.running().any(|container| {
                container.variables().filter_map(|it| it.name()).any(|name| params.variables.is_match(&name))
                    || container
                        .ports()
                        .iter()
                        .filter_map(|it| it.name())
                        .any(|name| params.ports.is_match(&name))
            })
        };
        if !is_marked && !is_measured() && out.known(is_monitored(pod, context)) == Some(false) {
            let message = "no sign of metrics or traces: no annotation, no variable, no port, no monitor";
            out.report(Place::from(pod.spec), message).awaited();
        }
    }
}

/// Whether Prometheus is told to ask the Pods, directly or through a Service.
fn is_monitored(pod: &Pod<'_>, context: &Context<'_>) -> Result<bool, Unknown> {
    let labels = pod.metadata.map(|metadata| metadata.labels());
    let services = beside::selecting::<Service<'static>>(context, labels)?;
    let asks = |kind, labels| {
        let monitors = context.facts.find(kind, Within::Cluster, None)?;
        let mut monitors = monitors.into_iter().filter_map(|it| Monitor::view(it.node()));
        Ok(monitors.any(|monitor| monitor.selects(context.subject.namespace, labels)))
    };
    for service in services {
        if asks(&kinds::SERVICE_MONITOR, service.metadata().map(|metadata| metadata.labels()))? {
            return Ok(true);
        }
    }
    asks(&kinds::POD_MONITOR, labels)
}

//! `PRB10 readiness-off-service-port`: what says that a Pod is ready should be what is called.

use crate::catalogue::beside;
use crate::object::network::Service;
use crate::object::pod::Pod;
use crate::policy::prelude::*;

policy! {
    /// No readiness probe of a Pod asks a port that a Service sends traffic to.
    ///
    /// One such probe is enough, whatever container it is of. Pods that no Service selects pass, and so do those that are
    /// probed by a command. The Pods of a workload are judged in the workload.
    ///
    /// ## Why
    /// A management port can answer while the port that is called does not: its thread pool is full, or it has not been
    /// opened yet. The Pod stays among the endpoints and every request to it fails.
    ///
    /// ## Fix
    /// Ask the port that the Service has in `targetPort`.
    ///
    /// ## Exceptions
    /// Frameworks whose management port reports whether the other one works, such as Spring Boot with its own health groups.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2", readinessProbe: { httpGet: { port: 8081 } } }] }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2", readinessProbe: { httpGet: { port: 8080 } } }] }
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
    /// ```
    pub(super) ReadinessOffServicePort = {
        code: "PRB10",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: Pod,
        kinds: kinds::LONG_RUNNING,
        needs: Facts,
        reads: &[&kinds::SERVICE],
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes",
        ],
    }
}

impl Check for ReadinessOffServicePort {
    type Params = NoParams;

    fn check(_: &NoParams, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
        let is_made = context.subject.judged().is_some_and(|object| beside::is_made(object.node()));
        if is_made || !pod.is_long_running() {
            return;
        }
        let mut probed = Vec::new();
        for container in pod.running() {
            let Some(probe) = container.readiness_probe() else { continue };
            let Some(port) = probe.port() else { return };
            // A name that no port has is for another policy to speak of.
            let Some(number) = container.resolve_port(*port) else { return };
            probed.push((port, number));
        }
        let Some(&(first, _)) = probed.first() else { return };
        let services = beside::selecting::<Service<'static>>(context, pod.metadata.map(|it| it.labels()));
        let Some(services) = out.known(services) else { return };
        let mut served = None;
        for service in services {
            for port in service.spec().into_iter().flat_map(|spec| spec.ports().iter()) {
                let Some(target) = pod.target_port(port) else { continue };
                if probed.iter().any(|(_, number)| *number == target) {
                    return;
                }
                served = served.or(Some((service, target)));
            }
        }
        if let Some((service, target)) = served {
            let service = beside::shown_name(context, service.node());
            out.report(
                first,
                format_args!("readiness is not asked at port {target}, which Service `{service}` calls"),
            );
        }
    }
}

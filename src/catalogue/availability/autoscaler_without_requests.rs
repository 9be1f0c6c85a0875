//! `AVL16 autoscaler-without-requests`: a share of a request needs a request.

use crate::catalogue::beside::{self, Workload};
use crate::object::autoscaling::{Autoscaler, Load};
use crate::object::pod::{Pod, PodContainer};
use crate::policy::prelude::*;

policy! {
    /// An autoscaler scales by a share of what containers request, and one of them requests nothing.
    ///
    /// The autoscaler and its Deployment, StatefulSet or ReplicationController are judged together, whichever of them
    /// arrives. What counts is what the Pods will have: a limit is a request too, resources of the whole Pod count, and so
    /// do the defaults of a LimitRange. Containers that run beside the others count (sidecars), init containers do not.
    /// A metric for one container asks for that one's request alone; a value that is not in percent asks for none.
    ///
    /// ## Why
    /// The autoscaler cannot say what share of nothing is used, and does nothing at all: not one container but the whole
    /// workload is never scaled up. That shows on the first busy day. A sidecar without a request is enough.
    ///
    /// ## Fix
    /// Set `resources.requests` of the resource on every container, or scale by one container (`ContainerResource`).
    ///
    /// ## Exceptions
    /// Where something else gives requests to the Pods when they are made.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   maxReplicas: 9
    ///   scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
    ///   metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   maxReplicas: 9
    ///   scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
    ///   metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: web } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2", resources: { requests: { cpu: 100m } } }] }
    /// ```
    pub(super) AutoscalerWithoutRequests = {
        code: "AVL16",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &[
            &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET,
            &kinds::REPLICATION_CONTROLLER,
        ],
        needs: Facts,
        reads: &[
            &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET,
            &kinds::REPLICATION_CONTROLLER, &kinds::LIMIT_RANGE,
        ],
        yields_to: ["RES01" in Field, "RES02" in Field],
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details",
        ],
    }
}

/// What is measured of Pods, and where it is requested.
const MEASURED: [(&str, &str); 2] =
    [("cpu", "resources.requests.cpu"), ("memory", "resources.requests.memory")];

impl Check for AutoscalerWithoutRequests {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object)) = (subject.kind(), subject.judged()) else { return };
        if let Some(autoscaler) = Autoscaler::of(kind, object) {
            check_autoscaler(autoscaler, context, out);
        } else if let Some(pod) = subject.pod() {
            check_workload(Workload { kind, object }, pod, context, out);
        }
    }
}

fn check_autoscaler(autoscaler: Autoscaler<'_>, context: &Context<'_>, out: &mut Findings) {
    let loads = autoscaler.loads();
    let asks = |load: &Load<'_>| load.is_of_request && MEASURED.iter().any(|(it, _)| *it == load.resource);
    if autoscaler.is_made_by_keda() || !loads.iter().any(asks) {
        return;
    }
    let Some(target) = autoscaler.target() else { return };
    let workload = beside::scaled(context, &target, beside::SCALED);
    let Some(Some(workload)) = out.known(workload) else { return };
    let Some(pod) = workload.pod() else { return };
    for load in loads.iter().filter(|load| asks(load)) {
        let Some(container) = pod.running().find(|it| is_without(it, load)) else { continue };
        if let Some(false) = out.known(beside::gives_request(context, load.resource)) {
            let (kind, name) = (workload.kind.name, shown_within(workload.name(), 25));
            let (container, resource) = (shown_within(container.display_name(), 20), load.resource);
            let message = format_args!("container `{container}` of {kind} `{name}` requests no `{resource}`");
            out.report(load.place, format_args!("{message}: it never scales"));
        }
    }
}

fn check_workload(workload: Workload<'_>, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
    let has_all = |it: &PodContainer<'_>| MEASURED.iter().all(|(resource, _)| it.request(resource).is_some());
    if pod.running().all(has_all) {
        return;
    }
    let autoscaler = beside::autoscaler(context, workload.kind, workload.name());
    let Some(Some(autoscaler)) = out.known(autoscaler) else { return };
    let loads = autoscaler.loads();
    for (resource, path) in MEASURED {
        let asks = |load: &&Load<'_>| load.is_of_request && load.resource == resource;
        let is_without = |it: &&PodContainer<'_>| loads.iter().filter(asks).any(|load| is_without(it, load));
        let mut without = pod.running().filter(is_without).peekable();
        if without.peek().is_none() || out.known(beside::gives_request(context, resource)) != Some(false) {
            continue;
        }
        let (kind, name) = (autoscaler.kind().name, shown(autoscaler.name()));
        for container in without {
            let message = format_args!("no request of `{resource}`: {kind} `{name}` never scales");
            out.report(container.missing(path), message);
        }
    }
}

/// Whether a container requests nothing of what is measured of it.
fn is_without(container: &PodContainer<'_>, load: &Load<'_>) -> bool {
    let counts = load.container.is_none_or(|name| name == container.display_name());
    counts && container.request(load.resource).is_none()
}

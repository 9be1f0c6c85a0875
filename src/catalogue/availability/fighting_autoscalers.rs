//! `AVL17 fighting-autoscalers`: two must not steer by the same wheel.

use crate::catalogue::beside;
use crate::object::autoscaling::{Autoscaler, Load, ScaleTarget};
use crate::object::meta::name_of;
use crate::object::pod::Pod;
use crate::object::vertical_autoscaling::VerticalPodAutoscaler;
use crate::policy::prelude::*;

policy! {
    /// A VerticalPodAutoscaler changes the requests of a resource by which another autoscaler scales.
    ///
    /// It is judged together with HorizontalPodAutoscalers and the ScaledObjects of KEDA, whichever arrives. One that only
    /// recommends (`Off`) or only sets new Pods up (`Initial`) passes, as do resources that it does not control and
    /// containers for which it is off. Whoever scales by other metrics than CPU and memory, such as the length of a queue,
    /// passes too.
    ///
    /// ## Why
    /// Under load the one gives each Pod more, so that the share of it that is used falls; the other then takes Pods away,
    /// those that are left have more to do, and they are given more again. In the end a few huge Pods carry everything, and
    /// each correction replaces running Pods in the middle of the load.
    ///
    /// ## Fix
    /// Let the VerticalPodAutoscaler only recommend (`updateMode: "Off"`) or control the other resource
    /// (`controlledResources`), or scale by another metric.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: autoscaling.k8s.io/v1
    /// kind: VerticalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { targetRef: { apiVersion: apps/v1, kind: Deployment, name: web }, updatePolicy: { updateMode: Recreate } }
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   maxReplicas: 9
    ///   scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
    ///   metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: autoscaling.k8s.io/v1
    /// kind: VerticalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   targetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
    ///   updatePolicy: { updateMode: Recreate }
    ///   resourcePolicy: { containerPolicies: [{ containerName: "*", controlledResources: [memory] }] }
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   maxReplicas: 9
    ///   scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }
    ///   metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]
    /// ```
    pub(super) FightingAutoscalers = {
        code: "AVL17",
        since: "0.1.0",
        severity: High,
        on: Subject,
        kinds: &[
            &kinds::VERTICAL_POD_AUTOSCALER, &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT,
        ],
        needs: Facts,
        reads: &[
            &kinds::VERTICAL_POD_AUTOSCALER, &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT,
            &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICATION_CONTROLLER,
        ],
        equivalents: [],
        references: [
            "https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/known-limitations.md",
        ],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// Values of `updateMode` with which a VerticalPodAutoscaler leaves running Pods alone.
    allow_modes: Vec<String>,
}

impl Default for Params {
    fn default() -> Self {
        Self { allow_modes: ["Off", "Initial"].map(str::to_owned).into() }
    }
}

impl Check for FightingAutoscalers {
    type Params = Params;

    fn check(params: &Params, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object)) = (subject.kind(), subject.judged()) else { return };
        if let Some(vertical) = subject.lens::<VerticalPodAutoscaler<'static>>() {
            check_vertical(params, vertical, context, out);
        } else if let Some(autoscaler) = Autoscaler::of(kind, object).filter(|it| !it.is_made_by_keda()) {
            check_horizontal(params, autoscaler, context, out);
        }
    }
}

fn check_vertical(
    params: &Params,
    vertical: VerticalPodAutoscaler<'_>,
    context: &Context<'_>,
    out: &mut Findings,
) {
    let Some(target) = vertical.target().filter(|_| params.acts(vertical)) else { return };
    let Some(all) = out.known(beside::autoscalers_of(context, &target)) else { return };
    let pod = pod_of(&target, context);
    for autoscaler in all {
        let loads = autoscaler.loads();
        if let Some(load) = loads.iter().find(|load| is_contested(load, vertical, pod.as_ref())) {
            let (kind, name) = (autoscaler.kind().name, shown(autoscaler.name()));
            let message =
                format_args!("changes requests of `{}`, by which {kind} `{name}` scales", load.resource);
            out.report(vertical.missing("spec.updatePolicy.updateMode"), message)
                .passing("unless that goes now");
            return;
        }
    }
}

fn check_horizontal(params: &Params, autoscaler: Autoscaler<'_>, context: &Context<'_>, out: &mut Findings) {
    let loads = autoscaler.loads();
    let Some(target) = autoscaler.target().filter(|_| !loads.is_empty()) else { return };
    let Some(mut all) = out.known(beside::vertical_autoscalers_of(context, &target)) else { return };
    all.retain(|vertical| params.acts(*vertical));
    let pod = if all.is_empty() { None } else { pod_of(&target, context) };
    for load in &loads {
        if let Some(vertical) = all.iter().find(|vertical| is_contested(load, **vertical, pod.as_ref())) {
            let name = name_of(vertical.metadata());
            let (resource, name) = (load.resource, shown(name));
            let message =
                format!("scales by `{resource}`, whose requests VerticalPodAutoscaler `{name}` changes");
            out.report(load.place, message).passing("unless that goes now");
        }
    }
}

/// The Pods of a target, if it is of a kind that is known.
fn pod_of<'t>(target: &ScaleTarget<'_>, context: &Context<'t>) -> Option<Pod<'t>> {
    beside::scaled(context, target, beside::SCALED).ok()??.pod()
}

/// Whether a VerticalPodAutoscaler changes what is requested of the resource. Where the containers are not known, those
/// are taken that have a policy.
fn is_contested(load: &Load<'_>, vertical: VerticalPodAutoscaler<'_>, pod: Option<&Pod<'_>>) -> bool {
    let controls = |container: &str| vertical.controls(container, load.resource);
    match (load.container, pod) {
        (Some(container), _) => controls(container),
        (None, Some(pod)) => pod.running().any(|container| controls(container.display_name())),
        (None, None) => {
            let mut policies = vertical.container_policies().peekable();
            match policies.peek() {
                Some(_) => policies.any(|policy| policy.controls(load.resource)),
                None => controls(VerticalPodAutoscaler::REST),
            }
        }
    }
}

impl Params {
    /// Whether it changes Pods that run.
    fn acts(&self, vertical: VerticalPodAutoscaler<'_>) -> bool {
        !self.allow_modes.iter().any(|mode| mode == vertical.update_mode())
    }
}

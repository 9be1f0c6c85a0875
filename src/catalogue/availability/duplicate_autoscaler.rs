//! `AVL14 duplicate-autoscaler`: one workload, one who decides how many.

use crate::catalogue::beside;
use crate::object::autoscaling::Autoscaler;
use crate::object::key;
use crate::object::vertical_autoscaling::VerticalPodAutoscaler;
use crate::policy::prelude::*;

policy! {
    /// Two autoscalers have the same target.
    ///
    /// HorizontalPodAutoscalers and the ScaledObjects of KEDA are one kind here, VerticalPodAutoscalers another; those that
    /// only recommend (`updateMode: Off`) pass. The HorizontalPodAutoscaler that KEDA makes of its ScaledObject passes,
    /// and so do one that a ScaledObject takes over (`scaledobject.keda.sh/transfer-hpa-ownership`) and whatever an operator
    /// has made (it has a controller among its owners).
    ///
    /// ## Why
    /// Each sets the number by its own metric, and the other one corrects it: Pods are started and stopped every few seconds,
    /// and for Kubernetes both are right. Usually one was left behind when the other one got a new name. Of several
    /// VerticalPodAutoscalers nobody says which one counts.
    ///
    /// ## Fix
    /// Put all metrics into one autoscaler, and remove the other.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: keda.sh/v1alpha1
    /// kind: ScaledObject
    /// metadata: { name: web-queue, namespace: shop }
    /// spec: { scaleTargetRef: { name: web }, triggers: [{ type: rabbitmq }] }
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 2, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: keda.sh/v1alpha1
    /// kind: ScaledObject
    /// metadata: { name: web, namespace: shop }
    /// spec: { scaleTargetRef: { name: web }, triggers: [{ type: rabbitmq }, { type: cpu, metadata: { value: "70" } }] }
    /// ```
    pub(super) DuplicateAutoscaler = {
        code: "AVL14",
        since: "0.1.0",
        severity: High,
        on: Subject,
        kinds: &[
            &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT, &kinds::VERTICAL_POD_AUTOSCALER,
        ],
        needs: Facts,
        equivalents: ["kyverno:prevent-duplicate-hpa", "kyverno:prevent-duplicate-vpa"],
        references: [
            "https://keda.sh/docs/latest/concepts/scaling-deployments/#transfer-ownership-of-an-existing-hpa",
        ],
    }
}

/// What a ScaledObject carries that takes over a HorizontalPodAutoscaler.
const TAKES_OVER: &str = "scaledobject.keda.sh/transfer-hpa-ownership";

/// The `updateMode` of a VerticalPodAutoscaler that changes nothing.
const RECOMMENDS: &str = "Off";

impl Check for DuplicateAutoscaler {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object)) = (subject.kind(), subject.judged()) else { return };
        let target = key::target(kind, object).filter(|_| object.controller().is_none());
        let Some(target) = target else { return };
        let other = if let Some(own) = Autoscaler::of(kind, object) {
            let Some(all) = out.known(beside::autoscalers_of(context, &target)) else { return };
            let is_other = |it: &Autoscaler<'_>| it.kind() != kind || Some(it.name()) != subject.name;
            let mut others =
                all.into_iter().filter(is_other).filter(|it| !takes_over(own, *it) && !takes_over(*it, own));
            others.next().map(|it| (it.kind(), it.name()))
        } else {
            let Some(all) = out.known(beside::vertical_autoscalers_of(context, &target)) else { return };
            let acts = |it: &VerticalPodAutoscaler<'_>| it.update_mode() != RECOMMENDS;
            if subject.lens::<VerticalPodAutoscaler<'static>>().is_none_or(|own| !acts(&own)) {
                return;
            }
            let others = all.iter().filter(|it| acts(it));
            let mut names = others.filter_map(|it| it.metadata()?.name()).map(|name| *name);
            names.find(|name| Some(*name) != subject.name).map(|name| (kind, name))
        };
        if let Some((kind, name)) = other {
            let message = format_args!("{} `{}` has the same target", kind.name, shown(name));
            out.report(target.reference, message).passing("unless that goes now");
        }
    }
}

/// Whether the one is a ScaledObject that makes the other one its own.
fn takes_over(one: Autoscaler<'_>, other: Autoscaler<'_>) -> bool {
    let (Autoscaler::Scaled(one), Autoscaler::Horizontal(_)) = (one, other) else { return false };
    let annotation = one.metadata().and_then(|metadata| metadata.annotations().get(TAKES_OVER));
    annotation.is_some_and(|it| *it == "true")
}

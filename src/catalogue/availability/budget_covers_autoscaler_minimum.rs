//! `AVL06 budget-covers-autoscaler-minimum`: a budget must leave a Pod to evict when the autoscaler is at its
//! minimum.

use crate::object::autoscaling::HorizontalPodAutoscaler;
use crate::object::disruption::PodDisruptionBudget;
use crate::object::kinds::Kind;
use crate::object::meta::{Object, ObjectMeta, group_of};
use crate::object::pod::Pod;
use crate::object::share::Rounding;
use crate::object::{Int, IntOrString, Place};
use crate::policy::Unknown;
use crate::policy::prelude::*;

policy! {
    /// A PodDisruptionBudget demands at least as many Pods as the autoscaler of its workload keeps at minimum.
    ///
    /// The budget, the autoscaler and the workload are judged together, whichever of them arrives. Percentages are
    /// taken of the minimum and rounded up, as the disruption controller does. An autoscaler that goes down to
    /// nothing leaves no Pod to protect.
    ///
    /// ## Why
    /// At night the autoscaler goes down to its minimum, and from then on the budget allows no eviction: every
    /// node drain hangs until somebody notices, cluster upgrades and node replacements included.
    ///
    /// ## Fix
    /// Use `maxUnavailable: 1` in the budget, or raise `minReplicas` above `minAvailable`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { minAvailable: 2, selector: { matchLabels: { app: web } } }
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 2, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.0.0" }] } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata: { name: web, namespace: shop }
    /// spec: { minReplicas: 2, maxReplicas: 9, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec: { template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.0.0" }] } } }
    /// ```
    pub(super) BudgetCoversAutoscalerMinimum = {
        code: "AVL06",
        since: "0.1.0",
        severity: High,
        on: Subject,
        kinds: &[
            &kinds::POD_DISRUPTION_BUDGET, &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::DEPLOYMENT,
            &kinds::STATEFUL_SET, &kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER,
        ],
        needs: Facts,
        equivalents: ["polaris:pdbMinAvailableGreaterThanHPAMinReplicas", "kube-linter:pdb-min-available"],
        references: ["https://kubernetes.io/docs/tasks/run-application/configure-pdb/"],
    }
}

impl Check for BudgetCoversAutoscalerMinimum {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        if let Some(budget) = subject.lens::<PodDisruptionBudget<'static>>() {
            check_budget(budget, context, out);
        } else if let Some(autoscaler) = subject.lens::<HorizontalPodAutoscaler<'static>>() {
            check_autoscaler(autoscaler, context, out);
        } else if let (Some(object), Some(pod)) = (subject.judged(), subject.pod()) {
            check_workload(object, pod, context, out);
        }
    }
}

fn check_budget(budget: PodDisruptionBudget<'_>, context: &Context<'_>, out: &mut Findings) {
    let Some(autoscalers) = out.known(context.beside::<HorizontalPodAutoscaler<'static>>()) else {
        return;
    };
    for autoscaler in autoscalers {
        let Some(target) = out.known(target(autoscaler, context)) else { return };
        let Some(conflict) = target.and_then(|pod| Conflict::between(budget, autoscaler, &pod)) else {
            continue;
        };
        out.report(
            conflict.demanded,
            format!(
                "demands `{}` Pods, HorizontalPodAutoscaler `{}` keeps only {}: drains block",
                conflict.demanded,
                name(autoscaler.metadata()),
                *conflict.minimum
            ),
        );
    }
}

fn check_autoscaler(autoscaler: HorizontalPodAutoscaler<'_>, context: &Context<'_>, out: &mut Findings) {
    let Some(Some(pod)) = out.known(target(autoscaler, context)) else { return };
    let Some(budgets) = out.known(context.beside::<PodDisruptionBudget<'static>>()) else {
        return;
    };
    for conflict in budgets.into_iter().filter_map(|budget| Conflict::between(budget, autoscaler, &pod)) {
        out.report(
            conflict.minimum,
            format!(
                "keeps only {} Pods, PodDisruptionBudget `{}` demands `{}`: drains block",
                *conflict.minimum,
                name(conflict.budget.metadata()),
                conflict.demanded
            ),
        );
    }
}

fn check_workload(object: Object<'_>, pod: &Pod<'_>, context: &Context<'_>, out: &mut Findings) {
    let Some(autoscalers) = out.known(context.beside::<HorizontalPodAutoscaler<'static>>()) else {
        return;
    };
    let Some(budgets) = out.known(context.beside::<PodDisruptionBudget<'static>>()) else {
        return;
    };
    // What brings the three together are the labels of the Pods.
    let place = pod.metadata.map_or(Place::from(object), |metadata| metadata.labels().into());
    for autoscaler in autoscalers.into_iter().filter(|it| refers_to(*it, pod.carrier, object)) {
        for conflict in budgets.iter().filter_map(|budget| Conflict::between(*budget, autoscaler, pod)) {
            out.report(
                place,
                format!(
                    "autoscaler keeps only {} Pods, PodDisruptionBudget `{}` demands `{}`: drains block",
                    *conflict.minimum,
                    name(conflict.budget.metadata()),
                    conflict.demanded
                ),
            );
        }
    }
}

/// A budget and an autoscaler that leave no Pod to evict between them.
struct Conflict<'t> {
    budget: PodDisruptionBudget<'t>,
    demanded: IntOrString<'t>,
    minimum: Int<'t>,
}

impl<'t> Conflict<'t> {
    fn between(
        budget: PodDisruptionBudget<'t>,
        autoscaler: HorizontalPodAutoscaler<'t>,
        pod: &Pod<'_>,
    ) -> Option<Self> {
        let selected = budget.spec()?.selector()?.matches(pod.metadata.map(|metadata| metadata.labels()));
        let (demanded, minimum) = (budget.spec()?.min_available()?, autoscaler.spec()?.min_replicas());
        // A workload that may be scaled to nothing has no Pod to protect.
        let blocks = *minimum > 0 && demanded.share_of(*minimum, Rounding::Up)? >= *minimum;
        (selected && blocks).then_some(Self { budget, demanded, minimum })
    }
}

/// The Pod of the workload that an autoscaler scales; `None` if there is no such workload.
fn target<'t>(
    autoscaler: HorizontalPodAutoscaler<'_>,
    context: &Context<'t>,
) -> Result<Option<Pod<'t>>, Unknown> {
    let Some(kind) = target_kind(autoscaler) else { return Ok(None) };
    let objects = context.facts.objects(kind, context.subject.namespace)?;
    let target = objects.into_iter().find(|object| refers_to(autoscaler, kind, *object));
    Ok(target.and_then(|object| Pod::of(kind, object)))
}

/// The kind that an autoscaler scales, whichever version of its group it names.
fn target_kind(autoscaler: HorizontalPodAutoscaler<'_>) -> Option<&'static Kind> {
    let reference = autoscaler.spec()?.scale_target_ref()?;
    kinds::find(group_of(&reference.api_version()?), &reference.kind()?)
}

fn refers_to(autoscaler: HorizontalPodAutoscaler<'_>, kind: &Kind, object: Object<'_>) -> bool {
    let reference = autoscaler.spec().and_then(|spec| spec.scale_target_ref());
    let named = reference.and_then(|reference| reference.name()).map(|name| *name);
    target_kind(autoscaler).is_some_and(|it| it == kind) && named.is_some() && named == object.name()
}

fn name(metadata: Option<ObjectMeta<'_>>) -> impl std::fmt::Display {
    shown(metadata.and_then(|it| it.name()).map_or("", |it| *it))
}

//! `AVL06 budget-covers-autoscaler-minimum`: a budget must leave a Pod to evict when the autoscaler is at its
//! minimum.

use super::budget::Conflict;
use crate::catalogue::beside::{self, Workload};
use crate::object::Place;
use crate::object::autoscaling::Autoscaler;
use crate::object::disruption::PodDisruptionBudget;
use crate::object::meta::{ObjectMeta, name_of};
use crate::policy::prelude::*;

policy! {
    /// A PodDisruptionBudget demands at least as many Pods as the autoscaler of its workload keeps at minimum.
    ///
    /// The budget, the autoscaler and the workload are judged together, whichever of them arrives. Percentages are
    /// taken of the minimum and rounded up, as the disruption controller does. An autoscaler that goes down to
    /// nothing leaves no Pod to protect. The Pods of other workloads that the budget selects count with it, and what an
    /// operator keeps passes.
    ///
    /// ## Why
    /// At night the autoscaler goes down to its minimum, and from then on the budget allows no eviction: every
    /// node drain hangs until somebody notices, cluster upgrades and node replacements included.
    ///
    /// ## Fix
    /// Use `maxUnavailable: 1` in the budget, or raise `minReplicas` above `minAvailable`.
    ///
    /// Where both grow together, the autoscaler has to arrive before the budget.
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
            &kinds::POD_DISRUPTION_BUDGET, &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT,
            &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER,
        ],
        needs: Facts,
        yields_to: ["AVL04" in Field],
        equivalents: ["polaris:pdbMinAvailableGreaterThanHPAMinReplicas", "kube-linter:pdb-min-available"],
        references: ["https://kubernetes.io/docs/tasks/run-application/configure-pdb/"],
    }
}

impl Check for BudgetCoversAutoscalerMinimum {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        let (Some(kind), Some(object)) = (subject.kind(), subject.judged()) else { return };
        if object.controller().is_some() {
            return;
        }
        if let Some(budget) = subject.lens::<PodDisruptionBudget<'static>>() {
            check_budget(budget, context, out);
        } else if let Some(autoscaler) = Autoscaler::of(kind, object) {
            check_autoscaler(autoscaler, context, out);
        } else {
            check_workload(Workload { kind, object }, context, out);
        }
    }
}

fn check_budget(budget: PodDisruptionBudget<'_>, context: &Context<'_>, out: &mut Findings) {
    if budget.spec().is_none_or(|spec| spec.min_available().is_none()) {
        return;
    }
    let Some(autoscalers) = out.known(beside::autoscalers(context)) else { return };
    for autoscaler in autoscalers {
        // Only then is it worth while to look for the workload.
        if Conflict::of_numbers(budget, autoscaler).is_none() {
            continue;
        }
        let Some(target) = out.known(beside::target(context, autoscaler)) else { return };
        let Some(workload) = target else { continue };
        let conflict = Conflict::between(budget, autoscaler, workload, context);
        let Some(Some(conflict)) = out.known(conflict) else { continue };
        out.report(
            conflict.demanded,
            format_args!(
                "demands `{}` Pods, {} `{}` keeps only {}: drains block",
                conflict.demanded,
                autoscaler.kind().name,
                name(autoscaler.metadata()),
                *conflict.minimum
            ),
        );
    }
}

fn check_autoscaler(autoscaler: Autoscaler<'_>, context: &Context<'_>, out: &mut Findings) {
    if autoscaler.is_made_by_keda() {
        return;
    }
    let Some(Some(workload)) = out.known(beside::target(context, autoscaler)) else { return };
    let labels = workload.pod_labels();
    let budgets = beside::selecting::<PodDisruptionBudget<'static>>(context, labels);
    let Some(budgets) = out.known(budgets) else { return };
    for budget in budgets {
        let conflict = Conflict::between(budget, autoscaler, workload, context);
        let Some(Some(conflict)) = out.known(conflict) else { continue };
        out.report(
            conflict.minimum,
            format_args!(
                "keeps only {} Pods, PodDisruptionBudget `{}` demands `{}`: drains block",
                *conflict.minimum,
                name(conflict.budget.metadata()),
                conflict.demanded
            ),
        );
    }
}

fn check_workload(workload: Workload<'_>, context: &Context<'_>, out: &mut Findings) {
    let autoscaler = beside::autoscaler(context, workload.kind, workload.name());
    let Some(Some(autoscaler)) = out.known(autoscaler) else { return };
    // What brings the three together are the labels of the Pods.
    let labels = workload.pod_labels();
    let budgets = beside::selecting::<PodDisruptionBudget<'static>>(context, labels);
    let Some(budgets) = out.known(budgets) else { return };
    let place = labels.map_or(Place::from(workload.object), Place::from);
    for budget in budgets {
        let conflict = Conflict::between(budget, autoscaler, workload, context);
        let Some(Some(conflict)) = out.known(conflict) else { continue };
        out.report(
            place,
            format_args!(
                "autoscaler keeps only {} Pods, PodDisruptionBudget `{}` demands `{}`: drains block",
                *conflict.minimum,
                name(conflict.budget.metadata()),
                conflict.demanded
            ),
        );
    }
}

fn name(metadata: Option<ObjectMeta<'_>>) -> impl std::fmt::Display {
    shown_within(name_of(metadata), 24)
}

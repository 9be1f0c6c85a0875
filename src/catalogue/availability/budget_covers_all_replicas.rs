//! `AVL05 budget-covers-all-replicas`: a budget must leave a Pod to evict.

use crate::catalogue::beside::{self, Workload};
use crate::object::disruption::PodDisruptionBudget;
use crate::object::kinds::Kind;
use crate::object::selector::LabelSelector;
use crate::object::share::Rounding;
use crate::object::{Int, IntOrString};
use crate::policy::prelude::*;

policy! {
    /// A PodDisruptionBudget demands at least as many Pods as its workload has.
    ///
    /// The budget, the workload and its `scale` are judged together, whichever of them arrives. Percentages are rounded up,
    /// as the disruption controller does. A workload that is scaled to nothing has no Pod to protect, and where an
    /// autoscaler decides, `budget-covers-autoscaler-minimum` speaks of its minimum. A budget for the Pods of several
    /// workloads counts them together.
    ///
    /// ## Why
    /// No Pod may be evicted then: every node drain hangs until somebody notices, cluster upgrades and node replacements
    /// included. A single replica with `minAvailable: 1` is the usual form of it.
    ///
    /// ## Fix
    /// Use `maxUnavailable: 1`, or have more replicas than `minAvailable`. Where both grow together, the workload has to
    /// arrive before the budget.
    ///
    /// ## Exceptions
    /// Operators that take Pods away themselves, one after the other, and hold drains up for as long as that takes.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { minAvailable: 2, selector: { matchLabels: { app: web } } }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 2
    ///   template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { minAvailable: 2, selector: { matchLabels: { app: web } } }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   replicas: 3
    ///   template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1.4.2" }] } }
    /// ```
    pub(super) BudgetCoversAllReplicas = {
        code: "AVL05",
        since: "0.1.0",
        severity: High,
        on: Subject,
        kinds: &[
            &kinds::POD_DISRUPTION_BUDGET, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET,
            &kinds::REPLICATION_CONTROLLER, &kinds::SCALE,
        ],
        needs: Facts,
        reads: &[
            &kinds::POD_DISRUPTION_BUDGET, &kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET,
            &kinds::REPLICATION_CONTROLLER, &kinds::HORIZONTAL_POD_AUTOSCALER, &kinds::SCALED_OBJECT,
        ],
        yields_to: ["AVL04" in Field],
        equivalents: [
            "kube-linter:pdb-min-available", "kyverno:pdb-minavailable",
            "kyverno:deployment-replicas-higher-than-pdb", "kyverno:require-replicas-allow-disruption",
            "gatekeeper:poddisruptionbudget",
        ],
        references: ["https://kubernetes.io/docs/tasks/run-application/configure-pdb/"],
    }
}

/// What asks for a number of Pods.
const COUNTED: &[&Kind] =
    &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER];

impl Check for BudgetCoversAllReplicas {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        if let Some(budget) = subject.lens::<PodDisruptionBudget<'static>>() {
            check_budget(budget, context, out);
            return;
        }
        let Some(Some(workload)) = out.known(Workload::of_subject(context, COUNTED)) else { return };
        let Some(replicas) = subject.replicas().filter(|replicas| **replicas > 0) else { return };
        let Some(None) = out.known(beside::autoscaler(context, workload.kind, workload.name())) else {
            return;
        };
        let budgets = beside::selecting::<PodDisruptionBudget<'static>>(context, workload.pod_labels());
        for budget in out.known(budgets).unwrap_or_default() {
            let Some((selector, demanded)) = demand(budget) else { continue };
            let Some(others) = count(selector, context, out) else { return };
            if covers(demanded, *replicas + others) {
                out.report(replicas, message_to_workload(budget, demanded, replicas)).magnitude(-*replicas);
            }
        }
    }
}

fn check_budget(budget: PodDisruptionBudget<'_>, context: &Context<'_>, out: &mut Findings) {
    let Some((selector, demanded)) = demand(budget) else { return };
    let Some(replicas) = count(selector, context, out).filter(|replicas| *replicas > 0) else { return };
    if covers(demanded, replicas) {
        let message = format!("demands `{demanded}` of {replicas} Pods: drains block (scale up first)");
        out.report(demanded, message);
    }
}

/// Whose Pods a budget is for, and how many it demands.
fn demand(budget: PodDisruptionBudget<'_>) -> Option<(LabelSelector<'_>, IntOrString<'_>)> {
    let spec = budget.spec()?;
    Some((spec.selector()?, spec.min_available()?))
}

fn covers(demanded: IntOrString<'_>, replicas: i64) -> bool {
    demanded.share_of(replicas, Rounding::Up).is_some_and(|demanded| demanded >= replicas)
}

/// How many Pods the workloads have that a selector selects, but for the one under review; `None` if an autoscaler
/// decides, or nobody knows.
fn count(selector: LabelSelector<'_>, context: &Context<'_>, out: &mut Findings) -> Option<i64> {
    let mut pods = 0;
    for workload in out.known(beside::selected(context, COUNTED, selector))? {
        if out.known(beside::autoscaler(context, workload.kind, workload.name()))?.is_some() {
            return None;
        }
        if !workload.is_judged(context.subject) {
            pods += workload.replicas().map_or(0, |replicas| *replicas);
        }
    }
    Some(pods)
}

fn message_to_workload(
    budget: PodDisruptionBudget<'_>,
    demanded: IntOrString<'_>,
    replicas: Int<'_>,
) -> String {
    let name = budget.metadata().and_then(|metadata| metadata.name()).map_or("", |name| *name);
    format!(
        "`replicas: {replicas}`, PodDisruptionBudget `{}` demands `{demanded}`: drains block",
        shown(name)
    )
}

//! `AVL05 budget-covers-all-replicas`: a budget must leave a Pod to evict.

use super::budget::covers;
use crate::catalogue::beside::{self, COUNTED, Workload};
use crate::object::disruption::PodDisruptionBudget;
use crate::object::meta::name_of;
use crate::object::selector::LabelSelector;
use crate::object::share::Rounding;
use crate::object::{Int, IntOrString};
use crate::policy::Finding;
use crate::policy::prelude::*;

policy! {
    /// A PodDisruptionBudget demands at least as many Pods as its workload has.
    ///
    /// The budget, the workload and its `scale` are judged together, whichever of them arrives. Percentages are rounded up,
    /// as the disruption controller does. A workload that is scaled to nothing has no Pod to protect, and where an
    /// autoscaler decides, `budget-covers-autoscaler-minimum` speaks of its minimum. A budget for the Pods of several
    /// workloads counts them together. What an operator keeps passes: it knows how many there will be. A single Pod may be
    /// what a manifest without a number gets, with an autoscaler to follow, so that nothing is refused for it at creation.
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

impl Check for BudgetCoversAllReplicas {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        if let Some(budget) = subject.lens::<PodDisruptionBudget<'static>>() {
            check_budget(budget, context, out);
            return;
        }
        let Some(Some(workload)) = out.known(Workload::of_subject(context, COUNTED)) else { return };
        let Some(replicas) = subject.replicas().filter(|replicas| **replicas > 0) else { return };
        if workload.object.controller().is_some() {
            return;
        }
        let Some(None) = out.known(beside::autoscaler(context, workload.kind, workload.name())) else {
            return;
        };
        let budgets = beside::selecting::<PodDisruptionBudget<'static>>(context, workload.pod_labels());
        for budget in out.known(budgets).unwrap_or_default() {
            let Some((selector, demanded)) = demand(budget) else { continue };
            let own = Pods { all: *replicas, workloads: 1 };
            if let Some(pods) = covered(demanded, own, selector, context, out) {
                let finding = out.report(replicas, message_to_workload(budget, demanded, replicas));
                pods.say(finding);
                finding.magnitude(-*replicas);
            }
        }
    }
}

fn check_budget(budget: PodDisruptionBudget<'_>, context: &Context<'_>, out: &mut Findings) {
    if context.subject.judged().is_some_and(|object| object.controller().is_some()) {
        return;
    }
    let Some((selector, demanded)) = demand(budget) else { return };
    let Some(pods) = covered(demanded, Pods::default(), selector, context, out) else { return };
    let message = format_args!("demands `{demanded}` of {} Pods: drains block (scale up first)", pods.all);
    let finding = out.report(demanded, message);
    pods.say(finding);
    finding.magnitude(demanded.share_of(pods.all, Rounding::Up).unwrap_or_default() - pods.all);
}

/// Whose Pods a budget is for, and how many it demands.
fn demand(budget: PodDisruptionBudget<'_>) -> Option<(LabelSelector<'_>, IntOrString<'_>)> {
    let spec = budget.spec()?;
    Some((spec.selector()?, spec.min_available()?))
}

/// Pods of some workloads.
#[derive(Clone, Copy, Default)]
struct Pods {
    all: i64,
    workloads: i64,
}

impl Pods {
    /// One Pod is what a manifest without a number gets, and an autoscaler may come after it.
    fn say(self, finding: &mut Finding) {
        if self.all == self.workloads {
            finding.passing("unless an autoscaler follows");
        }
    }
}

/// The Pods that a budget is for, if it demands all of them: these, and those of the workloads that it selects but for the
/// one under review. `None` also if an autoscaler or an operator decides how many there are, or nobody knows.
fn covered(
    demanded: IntOrString<'_>,
    mut pods: Pods,
    selector: LabelSelector<'_>,
    context: &Context<'_>,
    out: &mut Findings,
) -> Option<Pods> {
    if !covers(demanded, pods.all) {
        return None;
    }
    for workload in out.known(beside::selected(context, COUNTED, selector))? {
        if workload.object.controller().is_some()
            || out.known(beside::autoscaler(context, workload.kind, workload.name()))?.is_some()
        {
            return None;
        }
        if !workload.is_judged(context.subject) {
            pods.all += workload.replicas().map_or(0, |replicas| *replicas);
            pods.workloads += 1;
        }
        if !covers(demanded, pods.all) {
            return None;
        }
    }
    (pods.all > 0).then_some(pods)
}

fn message_to_workload(
    budget: PodDisruptionBudget<'_>,
    demanded: IntOrString<'_>,
    replicas: Int<'_>,
) -> String {
    let name = shown(name_of(budget.metadata()));
    format!("`replicas: {replicas}`, PodDisruptionBudget `{name}` demands `{demanded}`: drains block")
}

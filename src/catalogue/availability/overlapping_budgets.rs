//! `AVL10 overlapping-budgets`: a Pod must have one budget at most.

use crate::catalogue::beside;
use crate::object::Place;
use crate::object::disruption::PodDisruptionBudget;
use crate::object::kinds::Kind;
use crate::object::meta::name_of;
use crate::policy::prelude::*;

policy! {
    /// Two PodDisruptionBudgets select the Pods of one workload.
    ///
    /// The budget and the workload are judged together, whichever of them arrives. What a controller keeps passes: an operator
    /// knows what its budgets select. Pods of DaemonSets are not evicted by drains, and not looked at.
    ///
    /// ## Why
    /// The API server answers every eviction of such a Pod with an error, whatever the budgets allow: its node cannot be
    /// drained until one of them is gone. It shows in the next upgrade of the cluster, long after the second one was written,
    /// often by a chart that brings its own.
    ///
    /// ## Fix
    /// Delete one of the budgets, or narrow its selector.
    ///
    /// ## Exceptions
    /// While a budget is renamed there are two of them for a moment. Delete the old one first.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: shop, namespace: shop }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { team: shop } } }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: web, team: shop } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
    /// ---
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: api, namespace: shop }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { app: api } } }
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: { name: web, namespace: shop }
    /// spec:
    ///   template:
    ///     metadata: { labels: { app: web, team: shop } }
    ///     spec: { containers: [{ name: web, image: "web:1.4.2" }] }
    /// ```
    pub(super) OverlappingBudgets = {
        code: "AVL10",
        since: "0.1.0",
        severity: Medium,
        on: Subject,
        kinds: &kinds::with::<{ EVICTED.len() + 2 }>(
            &kinds::POD_DISRUPTION_BUDGET,
            &kinds::with::<{ EVICTED.len() + 1 }>(&kinds::CUSTOM_WORKLOAD, EVICTED),
        ),
        needs: Facts,
        reads: &kinds::with::<{ EVICTED.len() + 1 }>(&kinds::POD_DISRUPTION_BUDGET, EVICTED),
        equivalents: [],
        references: [
            "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
            "https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/",
        ],
    }
}

/// What keeps Pods running that a drain evicts.
const EVICTED: &[&Kind] =
    &[&kinds::DEPLOYMENT, &kinds::STATEFUL_SET, &kinds::REPLICA_SET, &kinds::REPLICATION_CONTROLLER];

impl Check for OverlappingBudgets {
    type Params = NoParams;

    fn check(_: &NoParams, subject: &Subject<'_>, context: &Context<'_>, out: &mut Findings) {
        if subject.judged().is_none_or(|object| object.controller().is_some()) {
            return;
        }
        if let Some(budget) = subject.lens::<PodDisruptionBudget<'static>>() {
            return check_budget(budget, context, out);
        }
        let Some(pod) = subject.pod() else { return };
        let labels = pod.metadata.map(|metadata| metadata.labels());
        let budgets = out.known(beside::selecting::<PodDisruptionBudget<'static>>(context, labels));
        if let Some([first, second, ..]) = budgets.as_deref() {
            let [first, second] = [name(*first), name(*second)].map(|name| shown_within(name, 24));
            let place = labels.map_or(Place::from(pod.spec), Place::from);
            out.report(
                place,
                format_args!(
                    "PodDisruptionBudget `{first}` and `{second}` select these Pods: none can be evicted"
                ),
            );
        }
    }
}

fn check_budget(budget: PodDisruptionBudget<'_>, context: &Context<'_>, out: &mut Findings) {
    let Some(selector) = budget.spec().and_then(|spec| spec.selector()) else { return };
    // In most namespaces there is no other, and nobody need look for workloads.
    let others = beside::others::<PodDisruptionBudget<'static>>(context);
    if out.known(others).is_none_or(|others| others.is_empty()) {
        return;
    }
    for workload in out.known(beside::selected(context, EVICTED, selector)).unwrap_or_default() {
        let budgets = beside::selecting::<PodDisruptionBudget<'static>>(context, workload.pod_labels());
        let mut names = out.known(budgets).unwrap_or_default().into_iter().map(name);
        if let Some(other) = names.find(|name| Some(*name) != context.subject.name) {
            let (other, workload_name) = (shown_within(other, 20), shown_within(workload.name(), 20));
            let kind = workload.kind.name;
            out.report(
                selector,
                format_args!(
                    "{kind} `{workload_name}` has PodDisruptionBudget `{other}` too: no Pod can be evicted"
                ),
            );
            return;
        }
    }
}

fn name(budget: PodDisruptionBudget<'_>) -> &str {
    name_of(budget.metadata())
}

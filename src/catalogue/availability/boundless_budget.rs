//! `AVL08 boundless-budget`: a budget must say how many Pods may go.

use crate::object::disruption::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use crate::policy::prelude::*;

policy! {
    /// A PodDisruptionBudget has neither `minAvailable` nor `maxUnavailable`.
    ///
    /// The API takes it.
    ///
    /// ## Why
    /// The controller of budgets then counts no Pod that may go, and every eviction is refused: the drain of any node with
    /// one of the Pods waits for ever. It looks like a budget with nothing to say, and is the strictest there is.
    ///
    /// ## Fix
    /// Add `maxUnavailable: 1`.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { selector: { matchLabels: { app: web } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
    /// ```
    pub(super) BoundlessBudget = {
        code: "AVL08",
        since: "0.1.0",
        severity: High,
        on: PodDisruptionBudget,
        equivalents: ["kube-score:poddisruptionbudget-has-policy"],
        references: ["https://kubernetes.io/docs/tasks/run-application/configure-pdb/"],
    }
}

impl Check for BoundlessBudget {
    type Params = NoParams;

    fn check(_: &NoParams, budget: PodDisruptionBudget<'_>, _: &Context<'_>, out: &mut Findings) {
        let has_bound = |spec: PodDisruptionBudgetSpec<'_>| {
            spec.min_available().is_some() || spec.max_unavailable().is_some()
        };
        if !budget.spec().is_some_and(has_bound) {
            out.report(
                budget.missing("spec.maxUnavailable"),
                "neither bound is set: no Pod may ever go, drains wait for ever",
            );
        }
    }
}

//! `AVL32 misaimed-budget`: a budget must say whose Pods it is about.

use crate::object::disruption::PodDisruptionBudget;
use crate::policy::prelude::*;

policy! {
    /// A PodDisruptionBudget selects all Pods of its namespace, or none.
    ///
    /// An empty selector selects all, an absent one none.
    ///
    /// ## Why
    /// A budget for all counts the Pods of every workload together: one that is down for good uses up what the others may
    /// lose, and Pods that have a budget of their own now have two, which cannot be evicted at all. A budget for none
    /// protects nothing, and nobody notices.
    ///
    /// ## Fix
    /// Select the Pods of one workload by its labels.
    ///
    /// ## Exceptions
    /// Namespaces with a single workload.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 1, selector: {} }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
    /// ```
    pub(super) MisaimedBudget = {
        code: "AVL32",
        since: "0.1.0",
        severity: Low,
        on: PodDisruptionBudget,
        yields_to: ["AVL10" in Field],
        equivalents: [],
        references: ["https://kubernetes.io/docs/tasks/run-application/configure-pdb/#arbitrary-controllers-and-selectors"],
    }
}

impl Check for MisaimedBudget {
    type Params = NoParams;

    fn check(_: &NoParams, budget: PodDisruptionBudget<'_>, _: &Context<'_>, out: &mut Findings) {
        match budget.spec().and_then(|spec| spec.selector()) {
            None => {
                out.report(budget.missing("spec.selector"), "without a selector the budget is about no Pod");
            }
            Some(selector)
                if selector.match_labels().is_empty() && selector.match_expressions().is_empty() =>
            {
                out.report(
                    selector,
                    "an empty selector: the budget is about all Pods of the namespace together",
                );
            }
            Some(_) => {}
        }
    }
}

//! `AVL04 drain-blocking-budget`: a budget must leave a Pod to evict.

use crate::object::NumberOrText;
use crate::object::disruption::PodDisruptionBudget;
use crate::policy::prelude::*;

policy! {
    /// A PodDisruptionBudget allows no eviction, however many Pods there are.
    ///
    /// That is `maxUnavailable` of `0` or `0%`, and `minAvailable` of `100%`.
    ///
    /// ## Why
    /// Every drain of a node with such a Pod waits for ever: the upgrade of the cluster stops in the middle, the autoscaler of
    /// the nodes cannot take any away, and in the end somebody deletes the Pods by force, at the worst of times.
    ///
    /// ## Fix
    /// Use `maxUnavailable: 1`; Pods that may not go at all need a second replica first.
    ///
    /// ## Exceptions
    /// Operators that block drains on purpose while their data is not safe, and open the budget again by themselves, as
    /// Rook does: by a rule for their users.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 0, selector: { matchLabels: { app: web } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 1, selector: { matchLabels: { app: web } } }
    /// ```
    pub(super) DrainBlockingBudget = {
        code: "AVL04",
        since: "0.1.0",
        severity: High,
        on: PodDisruptionBudget,
        equivalents: [
            "polaris:pdbDisruptionsIsZero", "kube-linter:pdb-max-unavailable", "kube-linter:pdb-min-available",
            "kyverno:pdb-maxunavailable", "kyverno:pdb-maxunavailable-with-deployments",
            "gatekeeper:poddisruptionbudget",
        ],
        references: ["https://kubernetes.io/docs/tasks/run-application/configure-pdb/"],
    }
}

impl Check for DrainBlockingBudget {
    type Params = NoParams;

    fn check(_: &NoParams, budget: PodDisruptionBudget<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(spec) = budget.spec() else { return };
        let allows_none =
            |bound: NumberOrText<'_>| bound == NumberOrText::Number(0) || bound.percent() == Some(0);
        if let Some(most) = spec.max_unavailable().filter(|most| allows_none(**most)) {
            out.report(
                most,
                format_args!(
                    "`maxUnavailable: {}` lets no Pod go: drains wait for ever",
                    shown(&most.to_string())
                ),
            );
        }
        let demands_all = |bound: NumberOrText<'_>| bound.percent().is_some_and(|percent| percent >= 100);
        if let Some(least) = spec.min_available().filter(|least| demands_all(**least)) {
            out.report(
                least,
                format_args!(
                    "`minAvailable: {}` lets no Pod go: drains wait for ever",
                    shown(&least.to_string())
                ),
            );
        }
    }
}

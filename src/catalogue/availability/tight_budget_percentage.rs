//! `AVL07 tight-budget-percentage`: a budget should let half of the Pods go.

use crate::object::disruption::PodDisruptionBudget;
use crate::policy::prelude::*;

policy! {
    /// A PodDisruptionBudget gives a percentage that lets only few Pods go at a time.
    ///
    /// Numbers are not looked at: what they come to depends on how many Pods there are.
    ///
    /// ## Why
    /// With `minAvailable: 90%` a drain takes one Pod in ten at a time, and one Pod that does not come up stops it. An
    /// upgrade of the nodes then takes days.
    ///
    /// ## Fix
    /// Let half of the Pods go: `maxUnavailable: 50%`.
    ///
    /// ## Exceptions
    /// What needs a majority to go on, such as etcd, needs tighter bounds: give it some with `params` in a rule.
    ///
    /// ## Denied
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { minAvailable: 90%, selector: { matchLabels: { app: web } } }
    /// ```
    ///
    /// ## Allowed
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: { name: web, namespace: shop }
    /// spec: { maxUnavailable: 50%, selector: { matchLabels: { app: web } } }
    /// ```
    pub(super) TightBudgetPercentage = {
        code: "AVL07",
        since: "0.1.0",
        severity: Low,
        opt_in: true,
        on: PodDisruptionBudget,
        yields_to: ["AVL04" in Field],
        equivalents: ["kyverno:require-reasonable-pdbs"],
        references: ["https://kubernetes.io/docs/tasks/run-application/configure-pdb/"],
    }
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct Params {
    /// The highest percentage of `minAvailable`.
    highest_min_available: u8,
    /// The lowest percentage of `maxUnavailable`.
    lowest_max_unavailable: u8,
}

impl Default for Params {
    fn default() -> Self {
        Self { highest_min_available: 50, lowest_max_unavailable: 50 }
    }
}

impl Check for TightBudgetPercentage {
    type Params = Params;

    fn check(params: &Params, budget: PodDisruptionBudget<'_>, _: &Context<'_>, out: &mut Findings) {
        let Some(spec) = budget.spec() else { return };
        let (highest, lowest) = (params.highest_min_available, params.lowest_max_unavailable);
        if let Some(bound) = spec.min_available()
            && let Some(percent) = bound.percent().filter(|percent| *percent > highest.into())
        {
            out.report(bound, format_args!("demands {percent} % of the Pods, more than {highest} %"))
                .magnitude(percent);
        }
        if let Some(bound) = spec.max_unavailable()
            && let Some(percent) = bound.percent().filter(|percent| *percent < lowest.into())
        {
            out.report(bound, format_args!("lets {percent} % of the Pods go, less than {lowest} %"))
                .magnitude(-percent);
        }
    }
}

//! What budgets leave of the Pods that there are.

use crate::catalogue::beside::{self, SelectsPods as _, Workload};
use crate::object::autoscaling::Autoscaler;
use crate::object::disruption::PodDisruptionBudget;
use crate::object::share::Rounding;
use crate::object::{Int, IntOrString};
use crate::policy::{Context, Unknown};

/// A budget and an autoscaler that leave no Pod to evict between them.
pub(super) struct Conflict<'t> {
    pub(super) budget: PodDisruptionBudget<'t>,
    pub(super) demanded: IntOrString<'t>,
    pub(super) minimum: Int<'t>,
}

impl<'t> Conflict<'t> {
    /// What a budget and the autoscaler of a workload leave, with the Pods of all others that the budget selects; none if an
    /// operator decides how many these have.
    pub(super) fn between(
        budget: PodDisruptionBudget<'t>,
        autoscaler: Autoscaler<'t>,
        workload: Workload<'_>,
        context: &Context<'_>,
    ) -> Result<Option<Self>, Unknown> {
        let conflict = Self::of_numbers(budget, autoscaler).filter(|_| budget.selects(workload.pod_labels()));
        let selector = budget.spec().and_then(|spec| spec.selector());
        let (Some(conflict), Some(selector)) = (conflict, selector) else { return Ok(None) };
        let mut least = *conflict.minimum;
        for other in beside::selected(context, beside::SCALED, selector)? {
            if other.kind == workload.kind && other.name() == workload.name() {
                continue;
            }
            if other.object.controller().is_some() {
                return Ok(None);
            }
            let autoscaler = beside::autoscaler(context, other.kind, other.name())?;
            let minimum = autoscaler.and_then(Autoscaler::min_replicas).or(other.replicas());
            least += minimum.map_or(0, |minimum| *minimum);
            if !covers(conflict.demanded, least) {
                return Ok(None);
            }
        }
        Ok(Some(conflict))
    }

    /// The same, if both are about the same Pods and no others.
    pub(super) fn of_numbers(budget: PodDisruptionBudget<'t>, autoscaler: Autoscaler<'t>) -> Option<Self> {
        let (demanded, minimum) = (budget.spec()?.min_available()?, autoscaler.min_replicas()?);
        // A workload that may be scaled to nothing has no Pod to protect.
        let blocks = *minimum > 0 && covers(demanded, *minimum);
        blocks.then_some(Self { budget, demanded, minimum })
    }
}

/// Whether all of so many Pods are demanded. More of them are never demanded where fewer are not.
pub(super) fn covers(demanded: IntOrString<'_>, pods: i64) -> bool {
    demanded.share_of(pods, Rounding::Up).is_some_and(|demanded| demanded >= pods)
}

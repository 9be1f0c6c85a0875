//! Availability: what stays up while nodes come and go.

mod budget_covers_autoscaler_minimum;
mod flapping_autoscaler;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<budget_covers_autoscaler_minimum::BudgetCoversAutoscalerMinimum>(),
    Entry::of::<flapping_autoscaler::FlappingAutoscaler>(),
];

//! Availability: what stays up while nodes come and go.

mod autoscaler_without_requests;
mod bare_pod;
mod boundless_budget;
mod budget;
mod budget_covers_all_replicas;
mod budget_covers_autoscaler_minimum;
mod dangling_autoscaler;
mod drain_blocking_budget;
mod duplicate_autoscaler;
mod eviction_opt_out;
mod excessive_replicas;
mod fighting_autoscalers;
mod fixed_autoscaler_range;
mod flapping_autoscaler;
mod fragile_spot_workload;
mod ineffective_spread;
mod low_autoscaler_minimum;
mod misaimed_budget;
mod mismatched_autoscaler;
mod missing_autoscaler;
mod missing_disruption_budget;
mod missing_priority_class;
mod missing_rollback_history;
mod overlapping_budgets;
mod pinned_autoscaled_replicas;
mod recreate_strategy;
mod rollout_without_survivors;
mod single_replica;
mod system_priority_class;
mod tight_budget_percentage;
mod unbounded_vertical_autoscaler;
mod undrainable_unhealthy_pods;
mod unsatisfiable_anti_affinity;
mod unscalable_autoscaler_target;
mod unspread_replicas;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<single_replica::SingleReplica>(),
    Entry::of::<excessive_replicas::ExcessiveReplicas>(),
    Entry::of::<missing_disruption_budget::MissingDisruptionBudget>(),
    Entry::of::<drain_blocking_budget::DrainBlockingBudget>(),
    Entry::of::<budget_covers_all_replicas::BudgetCoversAllReplicas>(),
    Entry::of::<budget_covers_autoscaler_minimum::BudgetCoversAutoscalerMinimum>(),
    Entry::of::<tight_budget_percentage::TightBudgetPercentage>(),
    Entry::of::<boundless_budget::BoundlessBudget>(),
    Entry::of::<undrainable_unhealthy_pods::UndrainableUnhealthyPods>(),
    Entry::of::<overlapping_budgets::OverlappingBudgets>(),
    Entry::of::<low_autoscaler_minimum::LowAutoscalerMinimum>(),
    Entry::of::<fixed_autoscaler_range::FixedAutoscalerRange>(),
    Entry::of::<dangling_autoscaler::DanglingAutoscaler>(),
    Entry::of::<duplicate_autoscaler::DuplicateAutoscaler>(),
    Entry::of::<pinned_autoscaled_replicas::PinnedAutoscaledReplicas>(),
    Entry::of::<autoscaler_without_requests::AutoscalerWithoutRequests>(),
    Entry::of::<fighting_autoscalers::FightingAutoscalers>(),
    Entry::of::<unbounded_vertical_autoscaler::UnboundedVerticalAutoscaler>(),
    Entry::of::<missing_autoscaler::MissingAutoscaler>(),
    Entry::of::<mismatched_autoscaler::MismatchedAutoscaler>(),
    Entry::of::<flapping_autoscaler::FlappingAutoscaler>(),
    Entry::of::<unspread_replicas::UnspreadReplicas>(),
    Entry::of::<ineffective_spread::IneffectiveSpread>(),
    Entry::of::<unsatisfiable_anti_affinity::UnsatisfiableAntiAffinity>(),
    Entry::of::<recreate_strategy::RecreateStrategy>(),
    Entry::of::<missing_priority_class::MissingPriorityClass>(),
    Entry::of::<bare_pod::BarePod>(),
    Entry::of::<missing_rollback_history::MissingRollbackHistory>(),
    Entry::of::<fragile_spot_workload::FragileSpotWorkload>(),
    Entry::of::<eviction_opt_out::EvictionOptOut>(),
    Entry::of::<misaimed_budget::MisaimedBudget>(),
    Entry::of::<unscalable_autoscaler_target::UnscalableAutoscalerTarget>(),
    Entry::of::<rollout_without_survivors::RolloutWithoutSurvivors>(),
    Entry::of::<system_priority_class::SystemPriorityClass>(),
];

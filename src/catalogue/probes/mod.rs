//! Probes: when a Pod gets traffic, and when it is killed.

mod identical_probes;
mod liveness_on_dependency;
mod missing_readiness_probe;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<missing_readiness_probe::MissingReadinessProbe>(),
    Entry::of::<identical_probes::IdenticalProbes>(),
    Entry::of::<liveness_on_dependency::LivenessOnDependency>(),
];

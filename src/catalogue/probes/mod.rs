//! Probes: when a Pod gets traffic, and when it is killed.

mod costly_exec_probe;
mod hair_trigger_liveness_probe;
mod identical_probes;
mod inconsistent_probe_timing;
mod liveness_on_dependency;
mod liveness_on_readiness_path;
mod missing_liveness_probe;
mod missing_readiness_probe;
mod missing_startup_probe;
mod probe_host;
mod readiness_off_service_port;
mod undeclared_probe_port;
mod unresolvable_probe_port;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<missing_readiness_probe::MissingReadinessProbe>(),
    Entry::of::<missing_liveness_probe::MissingLivenessProbe>(),
    Entry::of::<missing_startup_probe::MissingStartupProbe>(),
    Entry::of::<identical_probes::IdenticalProbes>(),
    Entry::of::<liveness_on_dependency::LivenessOnDependency>(),
    Entry::of::<unresolvable_probe_port::UnresolvableProbePort>(),
    Entry::of::<hair_trigger_liveness_probe::HairTriggerLivenessProbe>(),
    Entry::of::<costly_exec_probe::CostlyExecProbe>(),
    Entry::of::<probe_host::ProbeHost>(),
    Entry::of::<readiness_off_service_port::ReadinessOffServicePort>(),
    Entry::of::<liveness_on_readiness_path::LivenessOnReadinessPath>(),
    Entry::of::<undeclared_probe_port::UndeclaredProbePort>(),
    Entry::of::<inconsistent_probe_timing::InconsistentProbeTiming>(),
];

//! Jobs: work that ends, and work that comes back.

mod implicit_time_zone;
mod missing_starting_deadline;
mod overlapping_cron_job;
mod overlong_pod;
mod standalone_job;
mod unbounded_job;
mod unexpiring_job;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[
    Entry::of::<missing_starting_deadline::MissingStartingDeadline>(),
    Entry::of::<unexpiring_job::UnexpiringJob>(),
    Entry::of::<overlapping_cron_job::OverlappingCronJob>(),
    Entry::of::<unbounded_job::UnboundedJob>(),
    Entry::of::<standalone_job::StandaloneJob>(),
    Entry::of::<implicit_time_zone::ImplicitTimeZone>(),
    Entry::of::<overlong_pod::OverlongPod>(),
];

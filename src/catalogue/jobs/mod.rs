//! Jobs: work that ends, and work that comes back.

mod overlapping_cron_job;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[Entry::of::<overlapping_cron_job::OverlappingCronJob>()];

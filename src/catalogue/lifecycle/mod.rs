//! Lifecycle: how a container starts and, above all, how it stops.

mod prestop_beyond_grace_period;

use crate::policy::Entry;

pub(super) const POLICIES: &[Entry] = &[Entry::of::<prestop_beyond_grace_period::PrestopBeyondGracePeriod>()];
